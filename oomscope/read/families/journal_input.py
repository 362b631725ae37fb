"""Journals: the export and the verbose format, entry by entry; and the binary files, which only journald's tools read."""

from collections import deque
from collections.abc import Iterable, Iterator

from oomscope.read.families.family_reader import Batch, FamilyReader, Regions
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.edges import EDGE_LINES, Edges
from oomscope.read.search.regions import Region
from oomscope.read.transports.journal import CURSOR, export_records, verbose_records

ENTRY_LINES = 16
"""Physical lines of one entry."""


class JournalInput(FamilyReader):
    """Reads entries of `journalctl -o export` or `-o verbose`."""

    def __init__(self, edges: Edges, options: ReadOptions, *, export: bool) -> None:
        super().__init__(edges, options)
        self._parse, self._start = (export_records, b"\n\n") if export else (verbose_records, b"\n")
        if export:
            self.read_alone = _alone

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, in the order of the log."""
        opening = list(self._parse(self.edges.head().data, 1))
        last: deque[Record] = deque(maxlen=EDGE_LINES)
        rest, line, goes_on = b"", 1, False
        for region in regions(ENTRY_LINES):
            data, first = (rest + region.data, line) if goes_on else self._from_a_start(region)
            end = len(data)
            if region.goes_on:  # an entry goes on in the next piece
                end = self._last_start(data)
            records = list(self._parse(data[:end], first))
            rest, line, goes_on = data[end:], first + data.count(b"\n", 0, end), region.goes_on
            opening = opening or records[:1]
            last.extend(records[-EDGE_LINES:])
            yield data[:end], records
        if rest:
            records = list(self._parse(rest, line))
            last.extend(records)
            yield rest, records
        self.edge_times(opening, [*opening, *last])

    def _last_start(self, data: bytes) -> int:
        """Where the last entry begins."""
        if self._parse is export_records:
            return data.rfind(b"\n\n") + 2 if b"\n\n" in data else 0
        return data.rfind(b"\n", 0, max(data.rfind(CURSOR), 0)) + 1

    def _from_a_start(self, region: Region) -> tuple[bytes, int]:
        """The region from the first entry that begins in it, and its line."""
        cut = region.data.find(self._start) + len(self._start) if region.line > 1 and self._start in region.data else 0
        return region.data[cut:], region.line + region.data.count(b"\n", 0, cut)


def _alone(region: Region) -> Iterable[Record]:
    return export_records(region.data, region.line)


class BinaryJournal(FamilyReader):
    """Says what to do with a binary journal file."""

    def read(self, regions: Regions) -> Iterator[Batch]:
        """Nothing."""
        deque(regions(), maxlen=0)
        words = "a binary journal file; run `journalctl --file FILE -o export` and read that"
        self.warnings.append(InputWarning("binary-journal", words))
        yield from ()
