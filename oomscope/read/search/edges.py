"""The first and last lines of an input, taken while it goes by."""

from collections.abc import Iterator

from oomscope.read.files.windows import Window
from oomscope.read.literals import Buffer
from oomscope.read.search.regions import KEPT_BYTES, Region, first_lines, last_lines

EDGE_LINES = 20
"""Lines at either end, for the times of the first and last record."""


_FEW_LINES, _SAMPLE_LINES, _SAMPLE_BYTES = 20, 400, 8 << 20
"""What kind of input it is cannot be judged by less than a few lines: then windows are read ahead until there are enough."""


def _opening(source: Iterator[Window]) -> Iterator[Window]:
    """The first window, and where it holds only a few long lines those after it."""
    window = next(source, None)
    if window is None or not _is_thin(window.buffer, window.end):
        yield from () if window is None else (window,)
        return
    lines = size = 0
    while window is not None:
        yield window.kept()
        lines, size = lines + window.buffer.count(b"\n", 0, window.end), size + window.end
        if lines >= _SAMPLE_LINES or size >= _SAMPLE_BYTES:
            return
        window = next(source, None)


def _is_thin(buffer: Buffer, end: int) -> bool:
    at = -1
    for _ in range(_FEW_LINES):
        at = buffer.find(b"\n", at + 1, end)
        if at < 0:
            return True
    return False


class Edges:
    """Passes windows on and keeps the input's first lines, and the last bytes that went by."""

    def __init__(self, source: Iterator[Window]) -> None:
        self._source = source
        self._ahead = list(_opening(source))
        self._lines = self._end = 0
        self.first = b"".join(window.copy() for window in self._ahead)
        self.before = b""
        """The bytes before the current window, KEPT_BYTES of them where there are as many."""

    def __iter__(self) -> Iterator[Window]:
        while self._ahead:
            yield from self._passed(self._ahead.pop(0))  # its buffer is to go with the input, and not with this object
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
