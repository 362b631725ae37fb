"""Logical lines: a record as it is, or the lines that the kernel printed as one record."""

from dataclasses import dataclass

from oomscope.kernel.numbers import COMM_BYTES, COMM_CHARS
from oomscope.patterns import lazy
from oomscope.read.record import Record, Trust

# A pid in brackets, a uid, a tgid, two sizes: how a row of the task table begins.
ROW_START = lazy(r"\[\s{0,9}\d{1,10}\]\s{1,40}-?\d{1,15}\s{1,40}\d{1,15}\s{1,40}\d{1,15}\s{1,40}\d{1,15}(?:\s|$)")

_NAMED = ("oom-kill:constraint=", "Killed process ", "Kill process ", "kill process ", "oom_reaper: ", "CPU: ", "Pid: ")


@dataclass(eq=False, repr=False, slots=True)
class Piece:
    """One line of a record that holds several, or a record whose process name holds a newline. Reads like a Record."""

    text: str
    line: int
    last_line: int
    record: Record

    @property
    def monotonic_seconds(self) -> float | None:
        return self.record.monotonic_seconds

    @property
    def wall_seconds(self) -> float | None:
        return self.record.wall_seconds

    @property
    def wall_source(self) -> str | None:
        return self.record.wall_source

    @property
    def caller(self) -> str | None:
        return self.record.caller

    @property
    def trust(self) -> Trust:
        return self.record.trust

    @property
    def ident(self) -> str | None:
        return self.record.ident

    @property
    def host(self) -> str | None:
        return self.record.host

    @property
    def boot_id(self) -> str | None:
        return self.record.boot_id

    @property
    def boot(self) -> int:
        return self.record.boot

    @property
    def contained(self) -> bool:
        return self.record.contained

    @property
    def continuation(self) -> bool:
        return self.record.continuation

    @property
    def borrowed(self) -> bool:
        return self.record.borrowed


Line = Record | Piece


def lines_of(record: Record) -> list[Line]:
    """Return a record that holds newlines as its lines.

    Mem-Info's first block (all eras) and memory.stat (5.3 to 6.4) are one record of many lines. A newline inside a
    process name stands in a record that says what it is only as a whole, so such a record is left in one piece.
    """
    text = record.text
    if _is_one_line(text):
        return [Piece(text, record.line, record.last_line, record)]
    spread = record.last_line > record.line
    pieces: list[Line] = []
    for n, part in enumerate(text.split("\n")):
        number = min(record.line + n, record.last_line) if spread else record.line
        pieces.append(Piece(part, number, number, record))
    return pieces


def _is_one_line(text: str) -> bool:
    """True if the newline stands inside a process name: at most 15 bytes of it, so near the kernel's words."""
    head = text.split("\n", 1)[0]
    if any(words in head for words in _NAMED):
        return True
    at = text.find(" invoked oom-killer: ")
    return 0 <= at <= COMM_CHARS or (len(text) - len(head) <= COMM_BYTES + 1 and ROW_START.match(head) is not None)


def is_stamped(line: Line) -> bool:
    """True if the line brought a time of its own; a tail that a mail program wrapped off has none."""
    return not line.borrowed and (line.monotonic_seconds is not None or line.wall_seconds is not None)
