"""Journals: the export and the verbose format, entry by entry; and the binary files, which only journald's tools read."""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from oomscope.read.families.family_reader import Batch, FamilyReader, Regions
from oomscope.read.files.windows import Window
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.edges import EDGE_LINES, Edges
from oomscope.read.search.export_fields import ExportFields
from oomscope.read.search.regions import Region
from oomscope.read.transports.family import HEADER
from oomscope.read.transports.journal import export_records, verbose_records

ENTRY_LINES = 16
"""Physical lines of one entry."""
_BLANK = b"\n\n"
_HEADER = re.compile(rb"(?m)^" + HEADER.pattern)


class JournalInput(FamilyReader):
    """Reads entries of `journalctl -o export` or `-o verbose`."""

    def __init__(self, edges: Edges, options: ReadOptions, *, export: bool) -> None:
        super().__init__(edges, options)
        self._parse = export_records if export else verbose_records
        self._fields = ExportFields(edges.first[:64]) if export else None
        if self._fields is not None:
            self.is_boundary = self._fields.is_boundary
        if export:
            self.read_alone = _alone

    def watch(self, windows: Iterator[Window]) -> Iterator[Window]:
        """Follow the structure of an export from its first byte."""
        return self._fields.watch(windows) if self._fields is not None else windows

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, in the order of the log."""
        opening = list(self._parse(self.edges.head().data, 1))
        last: deque[Record] = deque(maxlen=EDGE_LINES)
        rest = Region(1, b"", 0)
        for region in regions(ENTRY_LINES):
            if rest.goes_on and region.offset == rest.offset + len(rest.data):
                region = region._replace(line=rest.line, data=rest.data + region.data, offset=rest.offset)
            else:
                region = self._from_a_start(region)
            end = self._last_start(region) if region.goes_on else len(region.data)
            records = self._records(region.data[:end], region.line)
            lines = region.data.count(b"\n", 0, end)
            rest = Region(region.line + lines, region.data[end:], region.offset + end, region.goes_on)
            opening = opening or records[:1]
            last.extend(records[-EDGE_LINES:])
            yield region.data[:end], records
        if rest.data:
            records = self._records(rest.data, rest.line)
            last.extend(records)
            yield rest.data, records
        self.edge_times(opening, [*opening, *last])
        if self._fields is not None and not self._fields.is_sound:
            words = "the export is damaged or begins in the middle: its entries are believed no more than a container's output"
            self.warnings.append(InputWarning("export-damaged", words))

    def _records(self, data: bytes, line: int) -> list[Record]:
        records = list(self._parse(data, line))
        if self._fields is None or self._fields.is_sound:
            return records
        return [r._replace(trust="tag" if r.trust == "kernel" else r.trust, contained=True) for r in records]

    def _starts(self, region: Region) -> Iterator[int]:
        """Where entries begin in the region's data."""
        if self._fields is None:
            yield from (found.start() for found in _HEADER.finditer(region.data))
            return
        at = region.data.find(_BLANK)
        while at >= 0:
            if self._fields.is_boundary(region.offset + at + 1):
                yield at + 2
            at = region.data.find(_BLANK, at + 1)

    def _last_start(self, region: Region) -> int:
        """Where the last entry begins."""
        return max(self._starts(region), default=0)

    def _from_a_start(self, region: Region) -> Region:
        """The region from the first entry that begins in it."""
        if region.line == 1:
            return region
        cut = next(self._starts(region), len(region.data))
        line = region.line + region.data.count(b"\n", 0, cut)
        return region._replace(line=line, data=region.data[cut:], offset=region.offset + cut)


def _alone(region: Region) -> Iterable[Record]:
    return export_records(region.data, region.line)


class BinaryJournal(FamilyReader):
    """Says what to do with a binary journal file."""

    def read(self, regions: Regions) -> Iterator[Batch]:
        """Nothing."""
        deque(regions(), maxlen=0)
        words = (
            "a binary journal file: run `journalctl --file FILE -o export > journal.export`, with its name for FILE, "
            "and read journal.export"
        )
        self.warnings.append(InputWarning("binary-journal", words))
        yield from ()
