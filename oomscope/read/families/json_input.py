"""Inputs of JSON objects: journals, dmesg -J, container and cloud logs."""

from collections.abc import Iterable, Iterator

from oomscope.read.clock.times import Clock
from oomscope.read.families.family_reader import Batch, FamilyReader, Regions, bytes_of, oldest_first, text_of
from oomscope.read.options import ReadOptions
from oomscope.read.record import Record
from oomscope.read.search.edges import Edges
from oomscope.read.search.regions import Markers, Region, around
from oomscope.read.transports.json_objects import JsonReader, as_numbers, objects

_BATCH = 1_000


class JsonInput(FamilyReader):
    """Reads one object after the other; `by_lines`: each stands on a line of its own, so that regions can be found."""

    def __init__(self, edges: Edges, options: ReadOptions, *, by_lines: bool) -> None:
        super().__init__(edges, options)
        self._by_lines = by_lines
        self._reader = JsonReader(Clock(options))
        self.kinds = self._reader.kinds

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, oldest first."""
        yield from oldest_first(_batches(self._records(regions)))

    def _records(self, regions: Regions) -> Iterator[Record]:
        options = self.options
        if self._by_lines and options.markers:
            pieces = self._pieces(regions)
            self.read_alone = self._alone
        else:
            pieces = iter([(1, (region.data for region in regions(whole=True)))])
        found = self._reader.records(
            thing for line, data in pieces for thing in objects(map(text_of, data), self.warnings, line)
        )
        yield from around(map(self._seen, found), Markers(options.markers, bridges=options.bridges))

    def _pieces(self, regions: Regions) -> Iterator[tuple[int, Iterable[bytes]]]:
        """The regions with the line that each begins at; the head where there are none, to see what the input is."""
        some = False
        for region in regions(1, tuple(map(as_numbers, self.options.markers))):
            some = True
            yield region.line, [region.data]
        if not some:
            yield 1, [self.edges.head().data]

    def _alone(self, region: Region) -> list[Record]:
        record = self._reader.line(text_of(region.data), region.line)
        return [record] if record is not None else []

    def _seen(self, record: Record) -> Record:
        if record.wall_seconds is not None:
            self.first = self.first or record
            self.last = record
        return record


def _batches(records: Iterable[Record]) -> Iterator[Batch]:
    """Records some at a time, with their texts as the bytes that they were read from."""
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) >= _BATCH:
            yield bytes_of(batch), batch
            batch = []
    yield bytes_of(batch), batch
