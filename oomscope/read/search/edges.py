"""The first and last lines of an input, taken while it goes by."""

from collections.abc import Iterator

from oomscope.read.files.windows import Window
from oomscope.read.search.regions import KEPT_BYTES, Region, first_lines, last_lines

EDGE_LINES = 20
"""Lines at either end, for the times of the first and last record."""


class Edges:
    """Passes windows on and keeps the input's first lines, and the last bytes that went by."""

    def __init__(self, source: Iterator[Window]) -> None:
        self._source = source
        self._first = next(source, None)
        self._lines = self._end = 0
        self.first = self._first.copy() if self._first is not None else b""
        self.before = b""
        """The bytes before the current window, KEPT_BYTES of them where there are as many."""

    def __iter__(self) -> Iterator[Window]:
        first, self._first = self._first, None  # its buffer is to go with the input, and not with this object
        if first is not None:
            yield from self._passed(first)
        del first
        for window in self._source:
            yield from self._passed(window)

    def _passed(self, window: Window) -> Iterator[Window]:
        if window.offset != self._end:  # bytes of an overlong line are left out in between
            self.before = b""
        yield window
        self._lines = window.line + window.lines - 1
        self._end = window.offset + window.end
        start = max(window.end - KEPT_BYTES, 0)
        kept = window.copy(start)
        self.before = kept if start else (self.before + kept)[-KEPT_BYTES:]

    @property
    def size(self) -> int:
        """Bytes that went by."""
        return self._end

    def texts(self) -> Iterator[bytes]:
        """Return the bytes of all windows."""
        return (window.copy() for window in self)

    def head(self) -> Region:
        """Return the first lines."""
        return Region(1, first_lines(self.first, EDGE_LINES), 0)

    def tail(self) -> Region:
        """Return the last lines; known when all windows have gone by."""
        data = last_lines(self.before, EDGE_LINES)
        if len(data) == len(self.before) == KEPT_BYTES:
            data = data[data.find(b"\n") + 1 :]  # begins in the middle of a line
        return Region(self._lines + 1 - _lines(data), data, self._end - len(data))


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
