"""Lines that matter by themselves and may stand a week before the region that they explain: a container's start.

They are kept raw while the windows go by, and read only where somebody asks for those about a name: most logs have
thousands of them, and a kill needs one. In a large file that can be read again they are looked for only when somebody asks.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from oomscope.read.files.windows import Window
from oomscope.read.literals import finder, lines_with
from oomscope.read.record import Record
from oomscope.read.search.regions import FULL_BYTES, Region

MOST = 50_000
"""So many are kept, the last ones."""
MOST_NAMES = 32
"""Of more names the words are looked for instead."""
_ENTRY_END = b"\n\n"
_MAX_ENTRY = 1 << 20

Again = Callable[[], Iterator[Window]]
"""Reads the windows of an input once more."""


class KeptLines:
    """The lines, or with `entries` the blocks between blank lines, that hold one of some literals."""

    def __init__(
        self,
        words: Sequence[bytes],
        again: Again | None = None,
        *,
        entries: bool = False,
        telling: bytes | None = None,
        hints: Sequence[bytes] = (),
    ) -> None:
        """`telling`: a pattern that has to match where a word stands, for words that many other lines have.

        `hints`: a few literals of which every word holds one. A large file without any of them is not read again.
        """
        self._hints = tuple(hints)
        self._words, self._again, self._entries = tuple(words), again, entries
        self._telling = re.compile(telling) if telling else None
        self.reader: Callable[[Region], Iterable[Record]] | None = None  # where the transport has such lines
        self._kept: deque[Region] = deque(maxlen=MOST)
        self._open = b""  # an entry whose end has not been seen
        self._open_line, self._open_offset = 1, 0
        self.is_boundary: Callable[[int], bool] | None = None
        """Whether an empty line at an offset of the input ends an entry; else every empty line does."""
        self._left: int | None = None  # offset behind which nothing has been looked for

    def watch(self, windows: Iterable[Window]) -> Iterator[Window]:
        """The windows, unchanged; what is worth keeping in them is kept."""
        for window in windows:
            if self._words and (self._again is None or window.offset <= FULL_BYTES):
                self._take(window)
            elif self._words and self._left is None and self._may_hold(window):
                self._left = window.offset
            yield window
        self._finish()

    def holding(self, names: Sequence[str]) -> tuple[Record, ...]:
        """Return the records of those lines that hold one of the names."""
        needles = [name.encode("utf-8", "surrogateescape") for name in names]
        return self.matching(lambda line: any(needle in line for needle in needles), needles)

    def matching(self, wanted: Callable[[bytes], bool], names: Sequence[bytes]) -> tuple[Record, ...]:
        """Return the records of those lines whose bytes are wanted, each of which holds one of the names; only these are read."""
        read = self.reader
        if read is None or not self._words:
            return ()
        if self._left is not None and (self._entries or len(names) > MOST_NAMES):
            self._take_the_rest()
        few = names if len(names) <= MOST_NAMES else ()
        regions = [
            region
            for region in self._kept
            if (not few or any(name in region.data for name in few)) and wanted(region.data)
        ]
        if self._left is not None:
            regions += self._found_by(names, wanted, self._left)
        return tuple(record for region in regions for record in read(region))

    def _found_by(self, names: Sequence[bytes], wanted: Callable[[bytes], bool], left: int) -> Iterator[Region]:
        """Such lines of the part of a large file where nothing was kept: a few names are rarer than the words."""
        for window in self._again() if self._again is not None else ():
            if window.offset < left:
                continue
            for start, end in lines_with(window.buffer, window.end, names):
                data = window.copy(start, end)
                if any(word in data for word in self._words) and wanted(data):
                    yield Region(window.line + window.buffer.count(b"\n", 0, start), data, 0)

    def read_ahead(self) -> "KeptLines":
        """Return the same lines with their records, which another process can take over."""
        read = self.reader
        self._take_the_rest()
        ahead = KeptLines(self._words)
        if read is not None:
            ahead._kept = self._kept
            ahead.reader = _Known({region: tuple(read(region)) for region in self._kept})
        return ahead

    def __bool__(self) -> bool:
        return self.reader is not None and (bool(self._kept) or self._left is not None)

    def _may_hold(self, window: Window) -> bool:
        """False where no word can stand in the window."""
        if self._entries or not self._hints:
            return True
        find = finder(window.buffer, window.end)
        return any(find(hint, 0) >= 0 for hint in self._hints)

    def _take_the_rest(self) -> None:
        left, self._left = self._left, None
        if left is not None and self._again is not None:
            for window in self._again():
                if window.offset >= left:
                    self._take(window)
            self._finish()

    def _finish(self) -> None:
        if self._open:
            self._lines(self._open, len(self._open), self._open_line, self._open_offset, whole_entries=True)
            self._open = b""

    def _take(self, window: Window) -> None:
        if not self._entries:
            self._lines(window.buffer, window.end, window.line)
            return
        follows = self._open and self._open_offset + len(self._open) == window.offset
        held = self._open if follows else b""
        first, offset = (self._open_line, self._open_offset) if held else (window.line, window.offset)
        data = held + window.copy()
        end = self._last_end(data, offset)
        self._lines(data[:end], end, first, offset, whole_entries=True)
        self._open = data[end:] if len(data) - end <= _MAX_ENTRY else b""
        self._open_line, self._open_offset = first + data.count(b"\n", 0, end), offset + end

    def _lines(
        self, data: bytes | bytearray, size: int, first: int, offset: int = 0, *, whole_entries: bool = False
    ) -> None:
        done, line = 0, first
        for start, end in lines_with(data, size, self._words, self._telling):
            if start < done:
                continue  # a second hit in one entry
            if whole_entries:
                start, end = self._entry(data, start, end, offset)
            line += data.count(b"\n", done, start)
            self._kept.append(Region(line, bytes(data[start:end]), 0))
            line += data.count(b"\n", start, end)
            done = end

    def _ends(self, at: int, offset: int) -> bool:
        """True if the two newlines at `at`, of data that begins at an offset of the input, end an entry."""
        return self.is_boundary is None or self.is_boundary(offset + at + 1)

    def _last_end(self, data: bytes, offset: int) -> int:
        """Where the last whole entry ends."""
        at = data.rfind(_ENTRY_END)
        while at >= 0 and not self._ends(at, offset):
            at = data.rfind(_ENTRY_END, 0, at + 1)
        return at + len(_ENTRY_END) if at >= 0 else 0

    def _entry(self, data: bytes | bytearray, start: int, end: int, offset: int) -> tuple[int, int]:
        """The entry that the line from `start` to `end` stands in."""
        before = data.rfind(_ENTRY_END, 0, start + 1)
        while before >= 0 and not self._ends(before, offset):
            before = data.rfind(_ENTRY_END, 0, before + 1)
        after = data.find(_ENTRY_END, end - 1)
        while after >= 0 and not self._ends(after, offset):
            after = data.find(_ENTRY_END, after + 1)
        return (
            before + len(_ENTRY_END) if before >= 0 else 0,
            after + len(_ENTRY_END) if after >= 0 else len(data),
        )


class _Known:
    """Gives the records that were read of each line."""

    def __init__(self, records: Mapping[Region, tuple[Record, ...]]) -> None:
        self._records = records

    def __call__(self, region: Region) -> tuple[Record, ...]:
        return self._records[region]


def is_bare_ring(head: bytes) -> bool:
    """True if an input begins as a kernel ring does that nobody else writes to: then there is nothing to look for."""
    return head.startswith((b"[", b"<")) and b" kernel: " not in head and b"]: " not in head
