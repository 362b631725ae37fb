"""The lines of one burst of OOM reports, and those of the reports before it: all that is held of a log."""

import re
from collections import deque
from collections.abc import Iterable
from typing import Final

from oomscope.watch.line import Line

QUIET = 0.3  # seconds without a line after a kill: its report has ended
PATIENCE = 0.6  # seconds after a kill line, however much else is logged
OVER = 2.0  # seconds without an OOM line: what is held goes to the history
_MOST_BYTES = 4 << 20
_HISTORY_BYTES = 512 << 10
_OOM: Final = re.compile(rb"oom-kill|illed process|Out of memory|oom_reaper")
_KILL: Final = re.compile(rb"illed process|no killable processes")


class Episode:
    """Lines from the first OOM line on, until nothing more is said about OOM."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._size = 0
        self._history: deque[bytes] = deque()
        self._history_size = 0
        self._said = self._came = self._killed = 0.0
        self.due = False

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

    def over(self, now: float) -> bool:
        """True if nothing more belongs to what is held, or it has become too much."""
        return bool(self.lines) and (now - self._said >= OVER or self._size >= _MOST_BYTES)

    def text(self) -> tuple[bytes, int]:
        """Return the history with the lines, and how many lines of it are history."""
        before = b"".join(self._history)
        return before + b"".join(line.data for line in self.lines), before.count(b"\n")

    def place_of(self, number: int, history: int) -> str:
        """Return the place of a line of `text`, by its number from 1."""
        at = history
        for line in self.lines:
            at += line.data.count(b"\n")
            if number <= at:
                return line.place
        return ""

    def finish(self) -> None:
        """Put the lines to the history, of which the oldest burst goes where it becomes too much."""
        block = b"".join(line.data for line in self.lines)
        self._history.append(block)
        self._history_size += len(block)
        while self._history_size > _HISTORY_BYTES:
            self._history_size -= len(self._history.popleft())
        self.lines, self._size, self.due = [], 0, False
