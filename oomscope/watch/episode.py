"""The lines of one burst of OOM reports, and those of the reports before it: all that is held of a log."""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from oomscope.watch.line import Line

QUIET = 0.3  # seconds without a line after a kill: its report has ended
PATIENCE = 0.6  # seconds after a kill line, however much else is logged
OVER = 2.0  # seconds without an OOM line: what is held goes to the history
_MOST_BYTES = 4 << 20
_HISTORY_BYTES = 512 << 10
# Of systemd-oomd, earlyoom, nohang, oomd, the kubelet, lmkd and Talos: each line of theirs that tells of a kill holds one.
_OTHERS: Final = rb"oomd|due to memory |SIGTERM to|(?i:sigkill to)|to the victim|viction manager|lowmemorykiller|lmkd"
_OOM: Final = re.compile(rb"oom-kill|illed process|Out of memory|oom_reaper|OOM|nohang|" + _OTHERS)
_KILL: Final = re.compile(rb"illed process|no killable processes|" + _OTHERS)


class Mark(NamedTuple):
    """Where a held line stands in the log itself."""

    place: str
    number: int | None
    file: str


class Held(NamedTuple):
    """What is held: text, the place of each of its lines, and how many of them are history."""

    data: bytes
    marks: Sequence[Mark]
    history: int

    def mark(self, number: int) -> Mark | None:
        """Return the place of a line of the text, by its number from 1."""
        return self.marks[number - 1] if 0 < number <= len(self.marks) else None


class Episode:
    """Lines from the first OOM line on, until nothing more is said about OOM."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._size = 0
        self._history: deque[tuple[bytes, list[Mark]]] = deque()
        self._history_size = 0
        self._said = self._came = self._killed = 0.0
        self.due = False
        self.forgot = False  # some of the history had to go

    def add(self, lines: Iterable[Line], now: float) -> list[Line]:
        """Take lines; returns those about OOM."""
        telling = []
        for line in lines:
            if _OOM.search(line.data):
                telling.append(line)
                self._said = now
                if _KILL.search(line.data):
                    self._killed = self._killed if self.due else now
                    self.due = True
            elif not self.lines:
                continue
            self.lines.append(line)
            self._size += len(line.data)
            self._came = now
        return telling

    def settled(self, now: float) -> bool:
        """True if a kill was logged, and its report has ended."""
        return self.due and (now - self._came >= QUIET or now - self._killed >= PATIENCE)

    def is_full(self) -> bool:
        """True if what is held has become too much to wait for its end."""
        return self._size >= _MOST_BYTES

    def over(self, now: float) -> bool:
        """True if nothing more belongs to what is held, or it has become too much."""
        return bool(self.lines) and (now - self._said >= OVER or self.is_full())

    def held(self) -> Held:
        """Return the history with the lines."""
        blocks = [*self._history, _block(self.lines)]
        data, marks = b"".join(block for block, _ in blocks), [mark for _, some in blocks for mark in some]
        return Held(data, marks, len(marks) - len(blocks[-1][1]))

    def finish(self) -> None:
        """Put the lines to the history, of which the oldest burst goes where it becomes too much."""
        block = _block(self.lines)
        self._history.append(block)
        self._history_size += len(block[0])
        while self._history_size > _HISTORY_BYTES:
            self._history_size -= len(self._history.popleft()[0])
            self.forgot = True
        self.lines, self._size, self.due = [], 0, False


def _block(lines: Sequence[Line]) -> tuple[bytes, list[Mark]]:
    """Return the lines as one text with a mark for each of its physical lines: a record of the kernel's may have several."""
    marks = [Mark(line.place, line.number, line.file) for line in lines for _ in range(line.data.count(b"\n"))]
    return b"".join(line.data for line in lines), marks
