"""Tables that log stores export: Splunk, Graylog, Datadog, Kibana, CloudWatch. A column holds the message."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from oomscope.read.clock.times import Clock
from oomscope.read.families.family_reader import Batch, FamilyReader, Regions, bytes_of, oldest_first, text_of
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.edges import Edges
from oomscope.read.search.regions import Region
from oomscope.read.transports.csv_head import columns_of
from oomscope.read.transports.json_objects import JsonReader

_BATCH = 1_000


class CsvInput(FamilyReader):
    """Reads a row after the other, as the object that its column names make of it."""

    def __init__(self, edges: Edges, options: ReadOptions) -> None:
        super().__init__(edges, options)
        self._reader = JsonReader(Clock(options))
        self.kinds = self._reader.kinds
        first = text_of(edges.first[: edges.first.find(b"\n") + 1])
        self._columns, self._between = columns_of(first) or ((), ",")
        self._words = [word.decode() for word in options.report_words]
        self._elsewhere = self._elsewhere_line = 0

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, oldest first."""
        yield from oldest_first(self._batches(regions))
        if self._elsewhere:
            rows = "1 row holds" if self._elsewhere == 1 else f"{self._elsewhere:,} rows hold"
            words = f"{rows} the kernel's words outside of the table's message column and cannot be read as rows"
            self.warnings.append(
                InputWarning("objects-passed-over", f"{words}; give that log alone", self._elsewhere_line)
            )

    def _batches(self, regions: Regions) -> Iterator[Batch]:
        for region in regions():
            records = []
            for record in self._reader.records(self._rows(region)):
                records.append(record)
                self._note(record)
            for n in range(0, len(records), _BATCH):
                part = records[n : n + _BATCH]
                yield bytes_of(part), part

    def _rows(self, region: Region) -> Iterator[tuple[dict[str, object], int, int]]:
        """Rows as objects. A region begins at a row, or in one whose message has several lines: that one is lost."""
        table = csv.reader(self._lines(region), delimiter=self._between, strict=False)
        line = region.line
        while True:
            try:
                row = next(table)
            except StopIteration:
                return
            except csv.Error:
                self.warnings.append(InputWarning("broken-csv", "the table is broken here: rows are left out", line))
                return
            last = region.line + table.line_num - 1
            if self._is_elsewhere(row):
                self._elsewhere += 1
                self._elsewhere_line = self._elsewhere_line or line
            elif len(row) >= len(self._columns) and not (line == 1 and columns_of(",".join(row)) is not None):
                yield dict(zip(self._columns, row, strict=False)), line, last
            line = last + 1

    def _is_elsewhere(self, row: Sequence[str]) -> bool:
        """True if the kernel's words stand in another column than the message: a line of another log, below a table."""
        message = self._columns.index("message") if "message" in self._columns else -1
        return any(n != message and any(word in cell for word in self._words) for n, cell in enumerate(row))

    def _lines(self, region: Region) -> Iterable[str]:
        return (line.replace("\0", "") + "\n" for line in text_of(region.data).removesuffix("\n").split("\n"))

    def _note(self, record: Record) -> None:
        if record.wall_seconds is not None:
            self.first = self.first or record
            self.last = record
