"""The first and last lines of an input, taken while it goes by."""

from collections.abc import Iterator

from oomscope.read.files.windows import Window
from oomscope.read.search.regions import Region, first_lines

EDGE_LINES = 20  # at either end, for the times of the first and last record


class Edges:
    """Passes windows on and keeps the input's first and last lines."""

    def __init__(self, source: Iterator[Window]) -> None:
        self._source = source
        self.first, self._lines = next(source, (b"", 0))
        self._last = self.first
        self._before = b""

    def __iter__(self) -> Iterator[Window]:
        if self.first:
            yield self.first, self._lines
        for window, lines in self._source:
            self._lines += lines
            self._before, self._last = self._last, window
            yield window, lines

    def texts(self) -> Iterator[bytes]:
        return (window for window, _ in self)

    def head(self) -> Region:
        return Region(1, first_lines(self.first, EDGE_LINES))

    def tail(self) -> Region:
        """The last lines, from the last two windows, so that a short last window still has them."""
        data = self._before + self._last
        line = self._lines + 1 - _lines(data)
        at = len(data)
        for _ in range(EDGE_LINES + 1):
            at = data.rfind(b"\n", 0, max(at, 0))
            if at < 0:
                return Region(line, data)
        return Region(line + data.count(b"\n", 0, at + 1), data[at + 1 :])


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
