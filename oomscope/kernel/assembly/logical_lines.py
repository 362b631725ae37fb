"""Logical lines: records cut at the newlines that the kernel printed, with what is needed to place them."""

from collections.abc import Iterable
from dataclasses import dataclass

from oomscope.kernel.numbers import COMM_BYTES, COMM_CHARS
from oomscope.kernel.sections.task_table import looks_like_row
from oomscope.read.record import Record


@dataclass(eq=False, repr=False)
class Line:
    """One line of a record. Not frozen, because a log has as many of them as lines."""

    text: str
    number: int
    record: Record

    @property
    def stamped(self) -> bool:
        """Whether the line brought a time of its own; a tail that a mail program wrapped off has none."""
        record = self.record
        return not record.borrowed and (record.monotonic_seconds is not None or record.wall_seconds is not None)


def logical_lines(records: Iterable[Record]) -> list[Line]:
    """Every record as one line, or as several where it holds newlines.

    Mem-Info's first block (all eras) and memory.stat (5.3 to 6.4) are one record of many lines. A newline inside a
    process name stands in a record that says what it is only as a whole, so those are left in one piece.
    """
    out: list[Line] = []
    add = out.append
    for record in records:
        text = record.text
        if "\n" not in text:
            add(Line(text, record.line, record))
            continue
        if _whole(text):
            add(Line(text, record.line, record))
            continue
        spread = record.last_line > record.line
        for n, part in enumerate(text.split("\n")):
            number = min(record.line + n, record.last_line) if spread else record.line
            add(Line(part, number, record))
    return out


_NAMED = ("oom-kill:constraint=", "Killed process ", "Kill process ", "kill process ", "oom_reaper: ", "CPU: ", "Pid: ")


def _whole(text: str) -> bool:
    """A record of its own whose newline stands inside a process name: at most 15 bytes of it, so near the words."""
    head = text.split("\n", 1)[0]
    if any(words in head for words in _NAMED):
        return True
    at = text.find(" invoked oom-killer: ")
    return 0 <= at <= COMM_CHARS or (len(text) - len(head) <= COMM_BYTES + 1 and looks_like_row(head))
