"""pstore: one dump in numbered parts, from the newest to the oldest."""

from collections.abc import Iterator

from oomscope.read.families.family_reader import Batch, Regions
from oomscope.read.families.line_input import LineInput, sample_of
from oomscope.read.lines.style import style_of
from oomscope.read.search.regions import Region
from oomscope.read.transports.family import PSTORE_PART


class PstoreInput(LineInput):
    """Reads the parts in the order in which they were written: Part1 is the tail."""

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, in the order in which they were written."""
        data = b"".join(region.data for region in regions(whole=True))
        marks = list(PSTORE_PART.finditer(data))
        parts = [
            ((int(mark[1]), -int(mark[2])), Region(2 + data.count(b"\n", 0, mark.end()), data[mark.end() + 1 : end], 0))
            for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(data)], strict=True)
        ]
        ordered = [region for _, region in sorted(parts, key=lambda part: part[0])]
        reader = self._reader_of(style_of(sample_of(ordered)), None)
        batches = [(region.data, reader.read(region)) for region in ordered]
        records = [record for _, found in batches for record in found]
        self.kinds, self.warnings = reader.kinds, reader.warnings
        self.edge_times(records, records)
        yield from batches
