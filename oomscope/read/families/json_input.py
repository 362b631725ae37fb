"""Inputs of JSON objects: journals, dmesg -J, container and cloud logs."""

from collections.abc import Iterable, Iterator

from oomscope.read.clock.times import Clock
from oomscope.read.families.family_reader import Batch, FamilyReader, Regions, bytes_of, oldest_first, text_of
from oomscope.read.lines.line_reader import LineReader
from oomscope.read.lines.style import Style
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.edges import Edges
from oomscope.read.search.regions import Markers, Region, around
from oomscope.read.transports.json_objects import JsonReader, as_numbers
from oomscope.read.transports.json_stream import Json, broken_warning, first_objects, json_line, objects

_BATCH = 1_000
_EMPTIED = (b'"MESSAGE":null', b'"MESSAGE" : null', b'"MESSAGE": null')
"""What journalctl writes in the place of a long message, without --all."""
_SAMPLE_BYTES, _SAMPLE_LINES = 1 << 16, 400


class JsonInput(FamilyReader):
    """Reads one object after the other; `by_lines`: each stands on a line of its own, so that regions can be found."""

    def __init__(self, edges: Edges, options: ReadOptions, *, by_lines: bool) -> None:
        super().__init__(edges, options)
        self._by_lines = by_lines
        self._reader = JsonReader(Clock(options))
        self._reader.words = [word.decode("utf-8", "replace") for word in options.report_words]
        self.kinds = self._reader.kinds
        self._broken, self._broken_line = 0, 0
        if by_lines:
            lines = text_of(edges.first).split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
            self._reader.look(value for line in lines if (value := json_line(line)) is not None)
        else:
            self._reader.look(first_objects(text_of(edges.first[:_SAMPLE_BYTES])))

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, oldest first."""
        yield from oldest_first(_batches(self._records(regions)))
        if self._broken:
            self.warnings.append(broken_warning(self._broken, self._broken_line))
        if count := self._reader.passed_over:
            what = "1 JSON object holds" if count == 1 else f"{count:,} JSON objects hold"
            words = (
                f"{what} the kernel's words in a field that is not read, and no message; give the log itself, or the text of "
                "that field (jq -r .FIELD)"
            )
            self.warnings.append(InputWarning("objects-passed-over", words, self._reader.passed_line))
        if count := self._reader.emptied:
            what = "1 entry" if count == 1 else f"{count:,} entries"
            words = f"{what} of the kernel or of an OOM killer came without the message; run journalctl with --all"
            self.warnings.append(InputWarning("objects-passed-over", words, self._reader.emptied_line))

    def _records(self, regions: Regions) -> Iterator[Record]:
        options = self.options
        if self._by_lines:
            if options.markers:
                self.read_alone = self._alone
            found = self._of_lines(self._pieces(regions) if options.markers else regions(whole=True))
        else:
            data = (text_of(region.data) for region in regions(whole=True))
            found = self._reader.records(objects(data, self.warnings))
        yield from around(
            map(self._seen, found), Markers((*options.markers, *options.near_markers), bridges=options.bridges)
        )

    def _pieces(self, regions: Regions) -> Iterator[Region]:
        """The regions; the head where there are none, to see what the input is."""
        some = False
        for region in regions(1, (*_EMPTIED, *map(as_numbers, (*self.options.markers, *self.options.near_markers)))):
            some = True
            yield region
        if not some:
            yield self.edges.head()

    def _of_lines(self, regions: Iterable[Region]) -> Iterator[Record]:
        """The records of the objects, then what other lines in a region hold of the kernel's words."""
        lines = LineReader(
            Style(), Clock(self.options), self.options.texts, self.options.max_line_bytes, self._reader.line
        )
        for region in regions:
            others: list[tuple[int, str]] = []
            yield from self._reader.records(self._values(region, others))
            for run in _runs(others):
                if any(word in run.data for word in (*self.options.markers, *self.options.near_markers)):
                    self._say_lines(run)
                    yield from (record._replace(contained=True) for record in lines.read(run))

    def _values(self, region: Region, others: list[tuple[int, str]]) -> Iterator[tuple[Json, int, int]]:
        for number, line in enumerate(text_of(region.data).split("\n"), region.line):
            if not line or line.isspace():
                continue
            value = json_line(line)
            if value is not None:
                yield value, number, number
            else:
                others.append((number, line))
                self._broken += 1
                self._broken_line = self._broken_line or number

    def _say_lines(self, run: Region) -> None:
        if not any(warning.code == "read-as-lines" for warning in self.warnings):
            words = "lines that are not JSON hold the kernel's words: they are read as a container's output"
            self.warnings.append(InputWarning("read-as-lines", words, run.line))

    def _alone(self, region: Region) -> list[Record]:
        record = self._reader.alone(text_of(region.data), region.line)
        return [record] if record is not None else []

    def _seen(self, record: Record) -> Record:
        if record.wall_seconds is not None:
            self.first = self.first or record
            self.last = record
        return record


def _runs(lines: Iterable[tuple[int, str]]) -> Iterator[Region]:
    """Lines that follow each other, as regions."""
    held: list[str] = []
    first = 0
    for number, line in lines:
        if held and number != first + len(held):
            yield _region(first, held)
            held = []
        if not held:
            first = number
        held.append(line)
    if held:
        yield _region(first, held)


def _region(first: int, lines: list[str]) -> Region:
    return Region(first, "\n".join(lines).encode("utf-8", "surrogateescape"), 0)


def _batches(records: Iterable[Record]) -> Iterator[Batch]:
    """Records some at a time, with their texts as the bytes that they were read from."""
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) >= _BATCH:
            yield bytes_of(batch), batch
            batch = []
    yield bytes_of(batch), batch
