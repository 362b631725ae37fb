"""Lines that matter by themselves and may stand a week before the region that they explain: a container's start.

They are kept raw while the windows go by, and read only where somebody asks for those about a name: most logs have
thousands of them, and a kill needs one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from oomscope.read.files.windows import Window
from oomscope.read.record import Record
from oomscope.read.search.regions import Region, hit_lines

MOST = 50_000
"""So many are kept, the last ones."""
_ENTRY_END = b"\n\n"
_MAX_ENTRY = 1 << 20


class Lone:
    """The lines, or with `entries` the blocks between blank lines, that hold one of some literals."""

    def __init__(self, words: Sequence[bytes], *, entries: bool = False) -> None:
        self._words, self._entries = tuple(words), entries
        self.reader: Callable[[Region], Iterable[Record]] | None = None  # where the transport has such lines
        self._kept: deque[Region] = deque(maxlen=MOST)
        self._line = 1  # of the next byte
        self._open = b""  # an entry whose end has not been seen

    def watch(self, source: Iterable[Window]) -> Iterator[Window]:
        """The windows, unchanged."""
        for window, lines in source:
            if self._words:
                self._take_entries(window) if self._entries else self._take(window, self._line)
            self._line += lines
            yield window, lines
        if self._open:
            self._take(self._open, self._line - self._open.count(b"\n"), _entry)

    def __bool__(self) -> bool:
        return bool(self._kept) and self.reader is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lone) and self._kept == other._kept

    def holding(self, names: Sequence[str]) -> tuple[Record, ...]:
        """The records of those lines that hold one of the names."""
        needles = [name.encode("utf-8", "surrogateescape") for name in names]
        return self.matching(lambda line: any(needle in line for needle in needles))

    def matching(self, wanted: Callable[[bytes], bool]) -> tuple[Record, ...]:
        """Return the records of those lines whose bytes are wanted; only these are read."""
        read = self.reader
        if read is None:
            return ()
        return tuple(record for region in self._kept if wanted(region.data) for record in read(region))

    def _take_entries(self, window: bytes) -> None:
        first = self._line - self._open.count(b"\n")
        data = self._open + window
        end = data.rfind(_ENTRY_END) + len(_ENTRY_END) if _ENTRY_END in data else 0
        self._take(data[:end], first, _entry)
        self._open = data[end:] if len(data) - end <= _MAX_ENTRY else b""

    def _take(
        self, data: bytes, first: int, around: "Callable[[bytes, int, int], tuple[int, int]] | None" = None
    ) -> None:
        done, line = 0, first
        for start, end in hit_lines(data, self._words):
            if around is not None:
                start, end = around(data, start, end)
            if start < done:
                continue  # a second hit in one entry
            line += data.count(b"\n", done, start)
            self._kept.append(Region(line, data[start:end]))
            line += data.count(b"\n", start, end)
            done = end


def is_bare_ring(head: bytes) -> bool:
    """Whether an input begins as a kernel ring does that nobody else writes to: then there is nothing to look for."""
    return head.startswith((b"[", b"<")) and b" kernel: " not in head and b"]: " not in head


def _entry(data: bytes, start: int, end: int) -> tuple[int, int]:
    before = data.rfind(_ENTRY_END, 0, start + 1)
    after = data.find(_ENTRY_END, end - 1)
    return before + len(_ENTRY_END) if before >= 0 else 0, after + len(_ENTRY_END) if after >= 0 else len(data)
