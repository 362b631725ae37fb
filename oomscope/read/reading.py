"""One stream of bytes to one Reading: sniff, find the regions, take the prefixes off, say what was lost."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from oomscope.read.clock.times import Clock, first_year, iso_utc
from oomscope.read.files.source import Readable
from oomscope.read.files.windows import Tally, windows
from oomscope.read.lines import losses
from oomscope.read.lines.line_reader import LineReader
from oomscope.read.lines.style import SAMPLE_LINES, Style, style_of
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputSummary, InputWarning, Reading, Record
from oomscope.read.search.edges import EDGE_LINES, Edges
from oomscope.read.search.kept_lines import Lone, is_bare_ring
from oomscope.read.search.regions import Region, around, find_regions, first_lines
from oomscope.read.transports.family import PSTORE_PART, Family, family_of, format_of

if TYPE_CHECKING:
    from oomscope.read.transports.json_objects import JsonReader

EXPORT_LINES = 16  # physical lines of one journal entry in the export and verbose formats


def read_stream(
    stream: Readable,
    path: str,
    member: str | None,
    markers: Sequence[bytes],
    options: ReadOptions,
    warnings: list[InputWarning],
) -> Reading:
    """Everything there is to know about one decompressed input. Never raises for what the bytes are."""
    tally = Tally()
    edges = Edges(windows(stream, tally, options.max_line_bytes))
    family = family_of(edges.first)
    work = _Work(edges, family, tuple(markers), options)
    records = _tied(work.read())
    warnings = [*warnings, *work.warnings, *losses.loss_warnings(records), *losses.reboot_warnings(records)]
    kind = format_of(work.kinds, family)
    if not work.pasted:
        warnings += losses.head_warning(work.first, kind)
    summary = InputSummary(
        path=path,
        member=member,
        format=kind,
        bytes=tally.bytes,
        lines=tally.lines,
        sha256=tally.sha256.hexdigest(),
        first_time=_time(work.first),
        last_time=_time(work.last),
        warnings=tuple(warnings),
    )
    return Reading(summary, tuple(records), work.lone)


def _tied(records: list[Record]) -> list[Record]:
    """What has an uptime alone is dated where other lines of the log tie that clock to the wall's."""
    if all(r.wall_seconds is None for r in records) or all(r.wall_seconds is not None for r in records):
        return records
    from oomscope.read.clock.align import tied_records

    return tied_records(records)


def _time(record: Record | None) -> str | None:
    return iso_utc(record.wall_seconds) if record is not None and record.wall_seconds is not None else None


class _Work:
    """The reading of one input, by family."""

    def __init__(self, edges: Edges, family: Family, markers: tuple[bytes, ...], options: ReadOptions) -> None:
        self._edges, self._family, self._markers, self._options = edges, family, markers, options
        self.warnings: list[InputWarning] = []
        self.kinds: dict[str, int] = {}
        self.pasted = False
        self.first: Record | None = None  # the first and last that have a time
        self.last: Record | None = None
        words = () if is_bare_ring(edges.head().data) else options.lone
        self.lone = Lone(words, entries=family == "export")
        self._lone_reader: LineReader | None = None

    def read(self) -> list[Record]:
        match self._family:
            case "json" | "ndjson":
                return self._json()
            case "export" | "verbose":
                return self._journal()
            case "pstore":
                return self._pstore()
            case "binary-journal":
                deque(self._edges, maxlen=0)
                self.warnings.append(
                    InputWarning(
                        "binary-journal", "a binary journal file; run `journalctl --file FILE -o export` and read that"
                    )
                )
                return []
            case _:
                return self._lines()

    def _regions(self, markers: Sequence[bytes], scale: int = 1) -> list[Region]:
        if not self._markers:
            data = b"".join(self._edges.texts())
            return [Region(1, data)] if data else []
        return list(find_regions(self.lone.watch(self._edges), markers, self._options.bridges, scale=scale))

    # -- lines -----------------------------------------------------------------------------------------------------

    def _lines(self) -> list[Record]:
        regions = self._regions(self._markers)
        head, tail = self._edges.head(), self._edges.tail()
        reader = self._line_reader([head, *regions, tail])
        start = reader.clock.mark()
        before = self._sample(reader, head)
        if regions and regions[0].line <= EDGE_LINES:  # read again
            reader.clock.back(start)
            self._sample(reader, Region(1, first_lines(head.data, regions[0].line - 1)))
        at_edges = dict(reader.kinds)
        reader.kinds.clear()
        records = [record for region in regions for record in reader.read(region)]
        self.kinds, self.warnings = dict(reader.kinds), list(reader.warnings)
        after = self._sample(reader, list(_once([head, *regions, tail]))[-1])
        self.kinds = self.kinds or reader.kinds or at_edges
        self._edge_times(before or records[:1], [*before, *records[-EDGE_LINES:], *after])
        self.lone.reader = partial(self._lone_line, head)
        return records

    def _lone_line(self, head: Region, region: Region) -> list[Record]:
        """By a clock of its own, which the head sets where times have no year."""
        if self._lone_reader is None:
            self._lone_reader = self._reader_of(*self._manner)
            self._lone_reader.read(head)
        return self._lone_reader.read(region)

    def _sample(self, reader: LineReader, region: Region) -> list[Record]:
        """An edge's records, read beside the rest: what they warn of is not kept."""
        held, boot, reader.warnings = reader.warnings, reader.boot_id, []
        records = reader.read(region)
        reader.warnings, reader.boot_id = held, boot
        return records

    def _line_reader(self, regions: list[Region]) -> LineReader:
        style = style_of(_sample(regions))
        self.pasted = style.pasted
        self._manner = style, self._first_year(regions, style)
        return self._reader_of(*self._manner)

    def _reader_of(self, style: Style, year: int | None) -> LineReader:
        clock = Clock(self._options, year)
        texts_of = [marker.decode("utf-8", "surrogateescape") for marker in self._markers]
        return LineReader(style, clock, texts_of, self._options.max_line_bytes, self._json_line(clock))

    def _first_year(self, regions: list[Region], style: Style) -> int | None:
        """None, and no look at the calendar, where no line can lack a year."""
        sample = regions[0].data[:4096] + regions[-1].data[-4096:]
        if not style.prefixed or sample[:1] not in b"[<0123456789" or b"[" not in sample:
            return first_year([_text(region.data) for region in _once(regions)], self._options)
        return None

    def _json_line(self, clock: Clock) -> Callable[[str, int], Record | None]:
        def read(text: str, number: int) -> Record | None:
            from oomscope.read.transports.json_objects import JsonReader

            return JsonReader(clock).line(text, number)

        return read

    def _edge_times(self, before: Sequence[Record], after: Sequence[Record]) -> None:
        self.first = next((r for r in before if r.wall_seconds is not None), before[0] if before else None)
        self.last = next((r for r in reversed(after) if r.wall_seconds is not None), None)

    # -- records that lines do not bound ---------------------------------------------------------------------------

    def _json(self) -> list[Record]:
        from oomscope.read.transports.json_objects import JsonReader, as_numbers, objects

        reader = JsonReader(Clock(self._options))
        if self._family == "ndjson" and self._markers:
            markers = (*self._markers, *map(as_numbers, self._markers))
            pieces: list[tuple[int, Iterable[bytes]]] = [
                (region.line, [region.data]) for region in self._regions(markers)
            ]
            pieces = pieces or [(1, [self._edges.head().data])]
            self.lone.reader = partial(_json_records, reader)
        else:
            pieces = [(1, self._edges.texts())]
        found = reader.records(
            thing for line, data in pieces for thing in objects(map(_text, data), self.warnings, line)
        )
        kept = around(map(self._seen, found), self._markers, self._options.bridges)
        self.kinds = reader.kinds
        return _oldest_first(kept)

    def _seen(self, record: Record) -> Record:
        if record.wall_seconds is not None:
            self.first = self.first or record
            self.last = record
        return record

    def _journal(self) -> list[Record]:
        from oomscope.read.transports.journal import export_records, verbose_records

        parse = export_records if self._family == "export" else verbose_records
        regions = self._regions(self._markers, EXPORT_LINES)
        start = b"\n\n" if self._family == "export" else b"\n"
        records: list[Record] = []
        for region in regions:
            cut = region.data.find(start) + len(start) if region.line > 1 and start in region.data else 0
            line = region.line + region.data.count(b"\n", 0, cut)
            records += parse(region.data[cut:], line)
        self._edge_times(list(parse(self._edges.head().data, 1)) or records, records)
        if self._family == "export":
            self.lone.reader = _export_records
        return records

    def _pstore(self) -> list[Record]:
        """Parts are numbered from the newest to the oldest: Part1 is the tail."""
        data = b"".join(self._edges.texts())
        marks = list(PSTORE_PART.finditer(data))
        parts = [
            ((int(mark[1]), -int(mark[2])), Region(1 + data.count(b"\n", 0, mark.end()), data[mark.end() + 1 : end]))
            for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(data)], strict=True)
        ]
        regions = [region._replace(line=region.line + 1) for _, region in sorted(parts, key=lambda part: part[0])]
        reader = self._line_reader(regions)
        records = [record for region in regions for record in reader.read(region)]
        self.kinds, self.warnings = reader.kinds, reader.warnings
        self._edge_times(records, records)
        return records


def _export_records(region: Region) -> Iterable[Record]:
    from oomscope.read.transports.journal import export_records

    return export_records(region.data, region.line)


def _json_records(reader: "JsonReader", region: Region) -> list[Record]:
    record = reader.line(_text(region.data), region.line)
    return [record] if record is not None else []


def _text(data: bytes) -> str:
    """Windows end with their lines, so that no character is cut in two."""
    return data.decode("utf-8", "surrogateescape")


def _once(regions: Iterable[Region]) -> Iterator[Region]:
    """The regions without the lines that one before had."""
    end = 0
    for region in regions:
        had = max(end + 1 - region.line, 0)
        data = region.data[len(first_lines(region.data, had)) :] if had else region.data
        yield Region(region.line + had, data)
        end = max(end, region.line - 1 + region.data.count(b"\n"))


def _sample(regions: Sequence[Region]) -> str:
    """What a style is judged by; an edge that a region covers is left out, since lines seen twice would count twice."""
    head, *rest = regions
    inner = [region for region in rest[:4] if region.data] or [head]
    if inner[0].line > EDGE_LINES:
        inner.insert(0, head)
    texts, end = [], 0
    for region in inner:
        if region.line > end:
            data = first_lines(region.data, SAMPLE_LINES)
            end = region.line + data.count(b"\n") - 1
            texts.append(data.decode("utf-8", "surrogateescape"))
    return "\n".join(texts)


def _oldest_first(records: list[Record]) -> list[Record]:
    """Cloud consoles list the newest first."""
    walls = [record.wall_seconds for record in records if record.wall_seconds is not None]
    falling = sum(b < a for a, b in pairwise(walls))
    rising = sum(b > a for a, b in pairwise(walls))
    if falling <= rising:
        return records
    turned = records[::-1]  # sorting is stable: what has the same time stays in its turned order
    return sorted(turned, key=lambda record: record.wall_seconds or 0.0)
