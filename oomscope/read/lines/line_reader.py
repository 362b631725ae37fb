"""Text transports: the physical lines of one input, cleaned of what the way here did to them."""

from collections.abc import Callable, Iterator, Sequence

from oomscope.read.clock.times import Clock
from oomscope.read.lines.paste_layout import PLAIN, undone
from oomscope.read.lines.style import Style
from oomscope.read.lines.unfold import Run
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.regions import Region
from oomscope.read.transports import escapes
from oomscope.read.transports.prefixes import Peeler

JsonLine = Callable[[str, int], Record | None]


class LineReader:
    """Reads the lines of one input from top to bottom; regions may leave lines out between two calls of `read`."""

    def __init__(self, style: Style, clock: Clock, markers: Sequence[str], max_line: int, json_line: JsonLine) -> None:
        self.style, self.clock, self.markers, self.json_line = style, clock, markers, json_line
        self._max_line = max_line
        self.warnings: list[InputWarning] = []
        self.kinds: dict[str, int] = {}
        self.boot_id: str | None = None
        self.reboots = 0  # remarks of the journal that another boot begins
        self.only_line = False  # all of the input is one line
        self._run: Run | None = None  # of a region that goes on

    def read(self, region: Region) -> list[Record]:
        """Return the records of a region; of one that goes on all but the last, to which further lines may belong."""
        run = self._run or Run(self, self._peeler())
        self._run = run if region.goes_on else None
        text = region.data.decode("utf-8", "surrogateescape")
        rows = text.split("\n")
        if not rows[-1]:
            rows.pop()
        self.only_line = region.line == 1 and len(rows) == 1
        if (
            region.line == 1
            and len(rows) > 1
            and rows[0][:1] not in "[<"
            and (whole := self._completed(rows)) is not None
        ):
            text = whole + text[len(rows[0]) :]
            rows[0] = whole
        if self._plain(text):
            run.plain(text, rows, region.line)
        else:
            lines = self._lines(rows, region.line)
            run.read(lines if self.style.layout == PLAIN else undone(lines, self.style.layout))
        return run.take(goes_on=region.goes_on)

    def _completed(self, rows: Sequence[str]) -> str | None:
        """The first line of the input with what a copy cut off its beginning. The clock forgets that it saw the lines."""
        from oomscope.read.lines.cut_first_line import completed

        mark = self.clock.mark()
        try:
            return completed(rows, self._peeler())
        finally:
            self.clock.back(mark)

    def _peeler(self) -> Peeler:
        return Peeler(self.clock, hosted=self.style.hosted, callers=self.style.habit.callers)

    def rest(self) -> list[Record]:
        """What was held back of a region that did not go on after all."""
        run, self._run = self._run, None
        return run.take(goes_on=False) if run is not None else []

    def _plain(self, text: str) -> bool:
        """Nothing to clean, and `[ts] text` is what a bracket at a line's start means."""
        style = self.style
        if (
            self.only_line
            or style.hosted
            or style.html
            or style.escaped
            or style.quoted_printable
            or style.pasted
            or style.padding
        ):
            return False
        return style.layout == PLAIN and not ("\r" in text or "\x00" in text or "\x1b" in text)

    def cut(self, line: str, number: int) -> str:
        """Lines longer than the cap end there; said once."""
        if len(line) < self._max_line:
            return line
        if not any(warning.code == "line-too-long" for warning in self.warnings):
            message = f"lines longer than {self._max_line} bytes are cut there"
            self.warnings.append(InputWarning("line-too-long", message, number))
        return line[: self._max_line]

    def _lines(self, rows: list[str], first: int) -> Iterator[tuple[int, int, str]]:
        """(first line, last line, text), with the soft line ends of quoted-printable mail joined."""
        pending, since = "", 0
        for number, row in enumerate(rows, first):
            line = self.cut(row, number)
            if line.endswith("\r"):
                line = line.rstrip("\r")
            if line.startswith(("\r", "\x00")):
                line = line.lstrip("\r\x00")
            if not self.style.quoted_printable:
                yield number, number, self._clean(line)
                continue
            since = since or number
            pending += line
            if line.endswith("=") and len(pending) < self._max_line:
                pending = pending[:-1]
                continue
            yield since, number, self._clean(escapes.quoted_printable(pending))
            pending, since = "", 0
        if pending:
            yield since, first + len(rows) - 1, self._clean(escapes.quoted_printable(pending))

    def _clean(self, line: str) -> str:
        if "\x1b" in line:
            line = escapes.strip_ansi(line)
        if self.style.tagged and "<" in line:
            line = escapes.without_tags(line)
        if self.style.html and "&" in line:
            line = escapes.html_unescape(line)
        if self.style.pasted and not line.isascii():
            line = escapes.plain_typography(line)
        return line

    def bad_line(self, number: int, error: Exception) -> None:
        """Say that a line cannot be read; once."""
        if not any(warning.code == "line-unreadable" for warning in self.warnings):
            message = f"a line cannot be read and is left out ({type(error).__name__}); so is any further one like it"
            self.warnings.append(InputWarning("line-unreadable", message, number))

    def count(self, kind: str, by: int = 1) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + by
