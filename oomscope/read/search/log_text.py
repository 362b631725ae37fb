"""The log's own text, read again where a view shows it: with the prefixes and the numbers that it has in the log.

Only places are kept. What cannot be read again (a pipe, a compressed file, a member of an archive, UTF-16) is copied
into a temporary file, region by region, while it goes by.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from oomscope.read.files.spool import Spool
from oomscope.read.search.regions import Region


class LogText:
    """The text of the regions of one input, by line number."""

    def __init__(self, path: str | None) -> None:
        """`path`: of a plain file, whose bytes stand at the offsets of its regions; None: make a copy."""
        self._path = path
        self._copy = Spool() if path is None else None
        self._places: list[tuple[int, int, int, int]] = []  # first line, offset, bytes, their crc32; by line

    def add(self, region: Region) -> None:
        """Remember where a region is; a copy takes its bytes."""
        offset = region.offset
        if self._copy is not None:
            offset = self._copy.add(region.data)
        self._places.append((region.line, offset, len(region.data), zlib.crc32(region.data)))

    def lines(self, runs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
        """(number, text) of the lines in these runs, first and last included; nothing where the file has changed since."""
        for first, last in runs:
            while first <= last:
                n = bisect_right(self._places, (first, 1 << 62)) - 1
                if n < 0:
                    break
                line, offset, size, check = self._places[n]
                end = self._places[n + 1][0] if n + 1 < len(self._places) else last + 1
                if size:
                    yield from _numbered(self._bytes(offset, size, check), line, first, min(last, end - 1))
                first = max(end, first + 1)

    def _bytes(self, offset: int, size: int, check: int) -> bytes:
        try:
            if self._copy is not None:
                data = self._copy.get(offset, size)
            elif self._path is not None:
                with Path(self._path).open("rb", buffering=0) as file:
                    file.seek(offset)
                    data = file.read(size) or b""
            else:
                return b""
        except (OSError, ValueError):
            return b""
        return data if zlib.crc32(data) == check else b""


def _numbered(data: bytes, line: int, first: int, last: int) -> Iterator[tuple[int, str]]:
    """The lines `first` to `last` of data that begins with line number `line`."""
    start = 0
    for _ in range(first - line):
        start = data.find(b"\n", start) + 1
        if not start:
            return
    for number in range(first, last + 1):
        end = data.find(b"\n", start)
        text = data[start:end] if end >= 0 else data[start:]
        if end >= 0 or text:
            yield number, text.decode("utf-8", "surrogateescape").rstrip("\r")
        if end < 0:
            return
        start = end + 1
