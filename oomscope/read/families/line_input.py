"""Inputs of lines: dmesg, syslog, consoles, pastes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from oomscope.read.clock.times import Clock, first_year
from oomscope.read.families.family_reader import Batch, FamilyReader, Regions, bytes_of, oldest_first, text_of
from oomscope.read.lines.line_reader import LineReader
from oomscope.read.lines.style import SAMPLE_LINES, Style, style_of
from oomscope.read.record import Record
from oomscope.read.search.edges import EDGE_LINES
from oomscope.read.search.held_regions import HeldRegions
from oomscope.read.search.regions import Region, first_lines

SAMPLE_REGIONS = 4
SAMPLE_BYTES = 4 << 20
"""A style is judged by the first regions: so many, or so much of them."""


class LineInput(FamilyReader):
    """Reads lines in the one style that the whole input has."""

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, in the order of the log."""
        yield from oldest_first(self._read(regions()))

    def _read(self, source: Iterator[Region]) -> Iterator[Batch]:
        first, whole = _first(source)
        head = self.edges.head()
        sample = [head, *first, *([self.edges.tail()] if whole else ())]
        style = style_of(sample_of(sample))
        self.pasted = style.pasted
        regions: Iterable[Region] = chain(first, source)
        year = None
        if _may_lack_years(sample, style):  # the last line's year tells the first one's
            regions = HeldRegions(regions)
            year = first_year((text_of(region.data) for region in self._once(head, regions)), self.options)
        reader = self._reader_of(style, year)
        before = _head(reader, head, first)
        at_edges = dict(reader.kinds)
        reader.kinds.clear()
        opening: list[Record] = []
        last: deque[Record] = deque(maxlen=EDGE_LINES)
        end = 0
        for region in regions:
            records = reader.read(region)
            end = max(end, region.line - 1 + region.data.count(b"\n"))
            opening = opening or records[:1]
            last.extend(records[-EDGE_LINES:])
            yield region.data, records
        if rest := reader.rest():
            last.extend(rest)
            yield bytes_of(rest), rest
        self.kinds, self.warnings = dict(reader.kinds), list(reader.warnings)
        after = _beside(reader, _without(self.edges.tail(), max(end, head.data.count(b"\n"))))
        self.kinds = self.kinds or reader.kinds or at_edges
        self.edge_times(before or opening[:1], [*before, *last, *after])
        self.read_alone = self._alone(style, year, head)

    def _once(self, head: Region, regions: Iterable[Region]) -> Iterator[Region]:
        """The head, the regions and the tail, each line once."""
        end = 0
        for region in chain([head], regions):
            yield _without(region, end)
            end = max(end, region.line - 1 + region.data.count(b"\n"))
        yield _without(self.edges.tail(), end)

    def _reader_of(self, style: Style, year: int | None) -> LineReader:
        clock = Clock(self.options, year)
        return LineReader(style, clock, self.options.texts, self.options.max_line_bytes, _json_line(clock))

    def _alone(self, style: Style, year: int | None, head: Region) -> Callable[[Region], list[Record]]:
        """By a clock of its own, which the head sets where times have no year."""
        readers: list[LineReader] = []

        def read(region: Region) -> list[Record]:
            if not readers:
                readers.append(self._reader_of(style, year))
                readers[0].read(head)
            return readers[0].read(region)

        return read


def _first(source: Iterator[Region]) -> tuple[list[Region], bool]:
    """The regions that the style is judged by, and whether they are all."""
    first: list[Region] = []
    size = 0
    for region in source:
        first.append(region)
        size += len(region.data)
        if len(first) >= SAMPLE_REGIONS or size >= SAMPLE_BYTES:
            return first, False
    return first, True


def _may_lack_years(sample: Sequence[Region], style: Style) -> bool:
    """False where every line of the input begins with a stamp that has its year, or needs none."""
    ends = sample[0].data[:4096] + sample[-1].data[-4096:]
    return not style.prefixed or ends[:1] not in b"[<0123456789" or b"[" not in ends


def _head(reader: LineReader, head: Region, regions: Sequence[Region]) -> list[Record]:
    """The head's records. Of what will be read again, the clock forgets that it has seen it."""
    start = reader.clock.mark()
    before = _beside(reader, head)
    if regions and regions[0].line <= EDGE_LINES:
        reader.clock.back(start)
        _beside(reader, Region(1, first_lines(head.data, regions[0].line - 1), 0))
    return before


def _beside(reader: LineReader, region: Region) -> list[Record]:
    """An edge's records, read beside the rest: what they warn of is not kept."""
    held, boot, reader.warnings = reader.warnings, reader.boot_id, []
    records = reader.read(region)
    reader.warnings, reader.boot_id = held, boot
    return records


def _without(region: Region, end: int) -> Region:
    """The region without the lines up to number `end`."""
    had = max(end + 1 - region.line, 0)
    return Region(region.line + had, region.data[len(first_lines(region.data, had)) :], 0) if had else region


def _json_line(clock: Clock) -> Callable[[str, int], Record | None]:
    def read(text: str, number: int) -> Record | None:
        from oomscope.read.transports.json_objects import JsonReader

        return JsonReader(clock).line(text, number)

    return read


def sample_of(regions: Sequence[Region]) -> str:
    """What a style is judged by; an edge that a region covers is left out, since lines seen twice would count twice."""
    head, *rest = regions
    inner = [region for region in rest[:SAMPLE_REGIONS] if region.data] or [head]
    if inner[0].line > EDGE_LINES:
        inner.insert(0, head)
    texts, end = [], 0
    for region in inner:
        if region.line > end:
            data = first_lines(region.data, SAMPLE_LINES)
            end = region.line + data.count(b"\n") - 1
            texts.append(text_of(data))
    return "\n".join(texts)
