"""One stream of bytes to records: sniff, find the regions, take the prefixes off, say what was lost.

Records go by one region at a time and are let go. What an input was is known when its records have gone by.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from oomscope.read.budget import Budget
from oomscope.read.clock.boots import BANNER, Boot, BootCounter
from oomscope.read.clock.same_lines import SameLines
from oomscope.read.clock.times import iso_utc
from oomscope.read.families.choice import reader_of
from oomscope.read.families.family_reader import Batch
from oomscope.read.files.source import Readable
from oomscope.read.files.windows import Tally, Window, too_large_to_hash, windows
from oomscope.read.lines.losses import LossWatch, head_warning
from oomscope.read.options import Aside, ReadOptions
from oomscope.read.record import InputSummary, InputWarning, Record
from oomscope.read.search.edges import Edges
from oomscope.read.search.kept_lines import KeptLines, is_bare_ring
from oomscope.read.search.log_text import LogText
from oomscope.read.search.regions import GAP_BYTES, Finder, Markers, Region, marked_lines
from oomscope.read.transports.family import family_of, format_of

Again = Callable[[], AbstractContextManager[Readable]]

_NOT_A_LOG = ("text", "json")
_PIECE_LINES = 20_000
_BY_LINES = ("lines", "pstore", "binary-journal")


class Reading:
    """One input while it is read, and what there is to know about it afterwards."""

    def __init__(
        self,
        stream: Readable,
        path: str,
        member: str | None,
        options: ReadOptions,
        warnings: list[InputWarning],
        again: Again | None = None,
        *,
        is_plain: bool = False,
        budget: Budget | None = None,
        hint: bool | None = None,
        bundle: tuple[str, int] | None = None,
    ) -> None:
        """`again` opens the same bytes once more, where that can be done. `is_plain`: at the path they stand as they are
        read, so that nothing need be copied.

        `hint`, for the member of an archive: whether its name is that of a log. `bundle`, for what is said
        of an archive or a directory itself: which of both, and its size.
        """
        self.path, self.member = path, member
        self._hint, self._bundle = hint, bundle
        self._warnings, self._options = warnings, options
        whole_file = again is not None and member is None
        self._tally = Tally(hashed=not options.only_marked and not (whole_file and too_large_to_hash(path)))
        self._losses, self._boots = LossWatch(), BootCounter()
        self.same_lines = SameLines(options.texts)
        self.budget = budget or Budget()
        counted = not options.only_marked
        self._edges = Edges(windows(stream, self._tally, options.max_line_bytes, self.budget, counted=counted))
        if self._tally.decoded:
            again = None
        self._family = family_of(self._edges.first)
        self.text = LogText(path if again is not None and is_plain else None)
        """The log's own lines, for views."""
        words = () if is_bare_ring(self._edges.head().data) else options.kept_words
        self.kept = KeptLines(
            words,
            self._windows_of(again),
            entries=self._family == "export",
            telling=options.kept_telling,
            hints=options.kept_hints,
        )
        self._reader = reader_of(self._family, self._edges, options)
        self.kept.is_boundary = self._reader.is_boundary
        self.aside: tuple[Aside, ...] = ()
        """Of what is said of a bundle: the members that were set aside."""
        self.found_records = False
        self.last_line = 0  # up to which the input was worked through, where a limit ended that
        self.batches: Iterator[Batch] = self._read()
        """Every record, once, some at a time, with the bytes that they were read from."""

    def _windows_of(self, again: Again | None) -> Callable[[], Iterator[Window]] | None:
        if again is None:
            return None

        def read() -> Iterator[Window]:
            with again() as stream:
                yield from windows(stream, Tally(hashed=False), self._options.max_line_bytes)

        return read

    @property
    def records(self) -> Iterator[Record]:
        """Every record, once."""
        for _, records in self.batches:
            yield from records

    def _read(self) -> Iterator[Batch]:
        for data, records in self._batches():
            records = self._boots.number(records)
            self._losses.look(data, records)
            if not self._options.only_marked:
                self.same_lines.look(records)
            self.found_records = self.found_records or bool(records)
            yield data, records
            if records:
                self.last_line = records[-1].last_line
            if self.budget.spent():
                break
        self.kept.reader = self._reader.read_alone

    def _batches(self) -> Iterator[Batch]:
        """What the family's reader finds; where that holds none of the words that the input has, its lines."""
        words = self._options.texts
        met = self._family in _BY_LINES or not words
        for data, records in self._reader.read(self._regions):
            met = met or any(word in record.text for record in records for word in words)
            yield data, records
        if not met and self._options.core_markers:
            yield from self._as_lines(self._options.core_markers)

    def _as_lines(self, words: Sequence[bytes]) -> Iterator[Batch]:
        """The regions once more, by lines. Believed like a container's output: whose lines they are nobody knows."""
        from oomscope.read.families.line_input import LineInput

        reader = LineInput(self._edges, self._options)
        regions = [region for region in _pieces(self.text, self._tally.lines) if any(w in region.data for w in words)]
        if not regions:
            return
        for data, records in reader.read(lambda *_, **__: iter(regions)):
            yield (
                data,
                [
                    record._replace(trust="tag" if record.trust != "text" else "text", contained=True)
                    for record in records
                ],
            )
        message = (
            f"no record of this {self.kind} input holds the kernel's words, although they stand in it: "
            "it was read again as lines"
        )
        self._warnings.append(InputWarning("read-as-lines", message, regions[0].line))

    def _regions(self, scale: int = 1, more: Sequence[bytes] = (), *, whole: bool = False) -> Iterator[Region]:
        """The regions around the markers; without markers, or where the family needs it, the whole input."""
        options = self._options
        if whole or not options.markers:
            for window in self._passed():
                yield self._noted(Region(window.line, window.copy(), window.offset, goes_on=True))
            return
        if options.only_marked:
            yield from marked_lines(self._edges, (*options.markers, *more))
            return
        core = (*options.core_markers, *more) if options.core_markers else ()
        markers = Markers(
            (*options.markers, *more, BANNER.encode()),
            core,
            options.bridges,
            options.near_markers,
            options.in_parts,
            options.long_block,
            options.wide,
        )
        finder = Finder(self._passed(), self._edges, markers, scale)
        for region in finder.regions():
            yield self._noted(region)
        if finder.gave_up_at is not None:
            words = f"a table of more than {GAP_BYTES >> 20} MiB inside a report is left out"
            self._warnings.append(InputWarning("table-left-out", words, finder.gave_up_at))

    def _passed(self) -> Iterator[Window]:
        return self.kept.watch(self._reader.watch(iter(self._edges)))

    def _noted(self, region: Region) -> Region:
        if not self._tally.uncut:  # a line that goes on over several regions cannot be shown
            self.text.add(region)
        return region

    @property
    def is_log(self) -> bool:
        """Whether the input is worth telling of; known when all records have gone by."""
        if self._hint is None or self._family == "binary-journal":
            return True
        return self.found_records and (bool(self._options.markers) or self._hint or self.kind not in _NOT_A_LOG)

    def dismiss(self) -> None:
        """Take note that nothing of the records was of use: a member that neither is named nor looks like a log is none."""
        if self._hint is False and self.kind in _NOT_A_LOG:
            self.found_records = False

    @property
    def kind(self) -> str:
        """The published name of the transport that most lines were in."""
        return self._bundle[0] if self._bundle is not None else format_of(self._reader.kinds, self._family)

    def boots(self) -> list[Boot]:
        """Return the boots that the records were of."""
        return self._boots.boots(self.same_lines.number)

    @property
    def short_text(self) -> str | None:
        """All of a short input, for a second look at it; None for a longer one. Known when it has been read."""
        data = self._edges.first
        return data.decode("utf-8", "surrogateescape") if len(data) == self._edges.size else None

    @property
    def number(self) -> int:
        """The number of the input in a run."""
        return self.same_lines.number

    def numbered(self, number: int) -> "Reading":
        """Return the same reading, as that of input `number` of a run."""
        self.same_lines.number = number
        return self

    def _limit(self) -> Iterator[InputWarning]:
        """The limit of time or memory that ended the reading."""
        if self.budget.met is not None:
            code, words = self.budget.met
            yield InputWarning(code, words, (self.last_line if self.budget.ended else self._tally.lines) or None)

    def _cut_lines(self) -> Iterator[InputWarning]:
        """Lines that are longer than the cap, unless the reader of lines has said so."""
        if self._family == "binary-journal":
            return
        count, most = self._tally.cut_lines, self._options.max_line_bytes
        if count and not any(warning.code == "line-too-long" for warning in self._reader.warnings):
            what = "1 line is" if count == 1 else f"{count:,} lines are"
            words = f"{what} longer than {most:,} bytes; what stands behind the first {most:,} is not read"
            yield InputWarning("line-too-long", words, None if self._options.only_marked else self._tally.cut_line)

    def _no_log(self) -> list[InputWarning]:
        """Say so where the input is no log at all; only one whose lines have no transport's form is looked at."""
        if self.budget.met is not None or any(
            warning.code in ("input-unreadable", "journal-unreadable") for warning in self._warnings
        ):
            return []
        kinds = {kind for kind, count in self._reader.kinds.items() if count}
        if self._family != "lines" or self._bundle is not None or kinds - {"", "journal-remark"}:
            return []
        from oomscope.read.not_a_log import not_a_log

        said = not_a_log(self._edges.first, self._edges.size, self.path)
        return [said] if said is not None else []

    def summary(self) -> InputSummary:
        """What the input was; known when all records have gone by."""
        reader = self._reader
        warnings = [
            *self._warnings,
            *self._limit(),
            *self._cut_lines(),
            *self._no_log(),
            *reader.warnings,
            *self._losses.warnings,
            *self._boots.warnings,
        ]
        if not reader.pasted:
            warnings += head_warning(reader.first, self.kind)
        return InputSummary(
            path=self.path,
            member=self.member,
            format=self.kind,
            bytes=self._tally.bytes if self._bundle is None else self._bundle[1],
            lines=self._tally.lines,
            sha256=self._tally.sha256,
            first_time=_time(reader.first),
            last_time=_time(reader.last),
            warnings=tuple(warnings),
        )


def _pieces(text: LogText, lines: int) -> Iterator[Region]:
    """The regions of an input, put together again from their lines."""
    held: list[str] = []
    first = 0
    for number, line in text.lines([(1, lines)]):
        if held and (number != first + len(held) or len(held) > _PIECE_LINES):
            yield Region(first, "\n".join([*held, ""]).encode("utf-8", "surrogateescape"), 0)
            held = []
        first = first if held else number
        held.append(line)
    if held:
        yield Region(first, "\n".join([*held, ""]).encode("utf-8", "surrogateescape"), 0)


def _time(record: Record | None) -> str | None:
    return iso_utc(record.wall_seconds) if record is not None and record.wall_seconds is not None else None
