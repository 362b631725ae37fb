"""Text transports: physical lines to records, with continuation lines where a record has several."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from oomscope.log import escapes
from oomscope.log.draft import record_of
from oomscope.log.prefixes import STAMP, Peeled, Peeler
from oomscope.log.record import InputWarning, Record
from oomscope.log.regions import Region
from oomscope.log.style import Style
from oomscope.log.times import Clock

_PASTE = re.compile(r"(?:[ \t>|`*\ufeff]{1,64}|[\w./-]{1,120}?[:-]\d{1,9}[:-]|\d{1,9}[:\t-]|[\w./-]{1,120}?:)")
_QUOTE = re.compile(r"(?:> ?|\| )+")
_BOOT = re.compile(r"-- (?:Boot ([0-9a-f]{32})|Reboot) --$")
_REMARK = re.compile(r"-- (?:Logs begin at|Journal begins at|No entries|Boot |Reboot --)")
_DICTIONARY = re.compile(r" [A-Z_]{1,64}=")
MIN_INDENT = 8
"""A continuation line is indented to its record's text; no prefix is narrower than this."""

JsonLine = Callable[[str, int], Record | None]


@dataclass(slots=True)
class LineReader:
    """Reads the lines of one input from top to bottom; regions may leave lines out between two calls of `read`."""

    style: Style
    clock: Clock
    markers: Sequence[str]
    max_line: int
    json_line: JsonLine
    warnings: list[InputWarning] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    boot_id: str | None = None
    _boots: int = 0

    def read(self, region: Region) -> list[Record]:
        return _Run(self, Peeler(self.clock, hosted=self.style.hosted)).records(self._lines(region))

    def _lines(self, region: Region) -> Iterator[tuple[int, int, str]]:
        """(first line, last line, text): escapes of the whole file undone, soft line ends joined, long lines cut."""
        style = self.style
        text = region.data.decode("utf-8", "surrogateescape")
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        pending, since = "", 0
        for number, line in enumerate(lines, region.line):
            if len(line) >= self.max_line:
                self.warnings.append(InputWarning("line-too-long", f"a line is cut at {self.max_line} bytes", number))
                line = line[: self.max_line]
            if line.endswith("\r"):
                line = line.rstrip("\r")
            if line.startswith(("\r", "\x00")):
                line = line.lstrip("\r\x00")
            if style.quoted_printable:
                since = since or number
                if line.endswith("=") and len(pending) < self.max_line:
                    pending += line[:-1]
                    continue
                line, pending = escapes.quoted_printable(pending + line), ""
                yield since, number, self._clean(line)
                since = 0
                continue
            yield number, number, self._clean(line)
        if pending:
            yield since, region.line + len(lines) - 1, self._clean(escapes.quoted_printable(pending))

    def _clean(self, line: str) -> str:
        if "\x1b" in line:
            line = escapes.strip_ansi(line)
        if self.style.html and "&" in line:
            line = escapes.html_unescape(line)
        if self.style.pasted and not line.isascii():
            line = escapes.plain_typography(line)
        return line


@dataclass(slots=True)
class _Run:
    """One region's pass: what the previous line was decides what an unprefixed line belongs to."""

    reader: LineReader
    peeler: Peeler
    out: list[Record] = field(default_factory=list)
    last: Peeled | None = None  # the prefix of the newest record that had one
    column: int = 0  # where its text began, counted in the physical line
    partial: Peeled | None = None  # the parts of one line that came so far
    _since: tuple[int, int] = (0, 0)

    def records(self, lines: Iterator[tuple[int, int, str]]) -> list[Record]:
        stamps = not self.peeler.hosted
        for first, last, line in lines:
            if stamps and line[:1] == "[" and (match := STAMP.match(line, 0)):
                end = match.end()
                if not line.startswith(("[", "(CPU:"), end):
                    self._plain(first, last, line, match[1], end)
                    continue
            self._any(first, last, line)
        self._flush()
        return self.out

    def _plain(self, first: int, last: int, line: str, stamp: str, end: int) -> None:
        """`[ts] text`, the everyday line, without the layers."""
        text = line[end:]
        peeled = Peeled(text, "dmesg", end, float(stamp))
        self._add(peeled, first, last)

    def _add(self, peeled: Peeled, first: int, last: int) -> None:
        if self.partial is not None or peeled.partial or peeled.fragment:
            self._join(peeled, first, last)
            return
        self._keep(peeled, first, last)

    def _keep(self, peeled: Peeled, first: int, last: int) -> None:
        kind = peeled.kind
        if kind in ("kmsg", "netconsole"):
            peeled.text = escapes.kmsg_unescape(peeled.text)
        elif "#0" in peeled.text or "\\" in peeled.text:
            peeled.text = escapes.unflatten(peeled.text)
        kinds = self.reader.kinds
        kinds[kind] = kinds.get(kind, 0) + 1
        self.last, self.column = peeled, peeled.width
        self.out.append(record_of(peeled, first, last, self.reader.boot_id))

    def _any(self, first: int, last: int, line: str) -> None:
        peeled = self.peeler.peel(line)
        if peeled is not None:
            self._add(peeled, first, last)
        elif line.startswith("-- ") and _REMARK.match(line):
            self._remark(first, line)
        elif not self._fold(last, line):
            self._pasted(first, last, line)

    def _remark(self, number: int, line: str) -> None:
        """`-- Boot 0c0a… --` and the like, which journalctl puts between the lines."""
        reader = self.reader
        reader.kinds["journal-remark"] = reader.kinds.get("journal-remark", 0) + 1
        if match := _BOOT.match(line.rstrip()):
            if reader._boots or match[1] is None:
                reader.warnings.append(InputWarning("reboot", "the log goes on in another boot", number))
            reader._boots += 1
            reader.boot_id = match[1]

    def _fold(self, last: int, line: str) -> bool:
        """Add a line to the newest record where it is certain that it is that record's: True if done.

        dmesg and journalctl indent lines 2..n of a record to the column of its text; /dev/kmsg adds ` KEY=value`.
        sample:: "                active_file:0 inactive_file:0" below "[    9.795937] active_anon:78895"
        """
        if self.last is None or not self.out or not line.startswith(" "):
            return False
        if self.last.kind == "kmsg" and _DICTIONARY.match(line):
            self.out[-1] = replace(self.out[-1], last_line=last)
            return True
        column = self.column
        raw = self.last.attested and self.last.kind == "dmesg" and column <= 64 and not self.reader.style.pasted
        if (column >= MIN_INDENT and line.strip() and line[:column].isspace() and len(line) > column) or raw:
            text = line if raw and not line[:column].isspace() else line[column:]
            self.out[-1] = replace(self.out[-1], text=self.out[-1].text + "\n" + text, last_line=last)
            return True
        return False

    def _pasted(self, first: int, last: int, line: str) -> None:
        """Quote marks, indents, list marks, grep's and editors' line numbers in front of a prefix, or of bare text."""
        if not line.strip():
            return
        rest, cut = line, 0
        for _ in range(3):
            match = _PASTE.match(rest)
            if match is None:
                break
            cut += match.end()
            rest = line[cut:]
            peeled = self.peeler.peel(rest)
            if peeled is not None:
                peeled.width += cut
                self._add(peeled, first, last)
                return
        if "\r" in line:
            self._returns(first, last, line)
            return
        if line[:1] == "{" and (record := self.reader.json_line(line, first)):
            self.out.append(record)
            return
        self._bare(first, last, line)

    def _returns(self, first: int, last: int, line: str) -> None:
        """Lone carriage returns of a console: a new line only where a prefix follows, since a name may hold one."""
        groups = [""]
        for piece in line.split("\r"):
            if self.peeler.peel(piece) is not None:
                groups.append(piece)
            else:
                groups[-1] += f"\r{piece}" if groups[-1] else piece
        for group in groups:
            if (peeled := self.peeler.peel(group)) is not None:
                self._add(peeled, first, last)
            elif group.strip():
                self._bare(first, last, group)

    def _bare(self, first: int, last: int, line: str) -> None:
        """A line without any prefix: the whole file's habit, or what is left of a line that was wrapped."""
        style = self.reader.style
        text = line
        if style.numbered and (match := re.match(r" {0,8}\d{1,9}(?:[:\t-]| {1,2})", text)):
            text = text[match.end() :]
        if match := _QUOTE.match(text.lstrip(" \t")):
            text = text.lstrip(" \t")[match.end() :]
        text = style.dedent(text, self.reader.markers)
        if "#0" in text or "\\" in text:
            text = escapes.unflatten(text)
        kinds = self.reader.kinds
        kinds[""] = kinds.get("", 0) + 1
        self.out.append(self._inherit(Peeled(text=text), first, last))

    def _inherit(self, bare: Peeled, first: int, last: int) -> Record:
        """A bare line below a prefixed one has its time, and not more trust than it or than a bare line."""
        before = self.last
        record = record_of(bare, first, last, self.reader.boot_id)
        if before is None:
            return replace(record, trust="text") if self.reader.style.prefixed else record
        owner = record_of(before, first, last, self.reader.boot_id)
        trust = "likely" if owner.trust == "kernel" else owner.trust
        return replace(owner, text=bare.text, trust=trust, continuation=False)

    def _join(self, peeled: Peeled, first: int, last: int) -> None:
        """Parts of one line: CRI's P … F, netconsole's fragments."""
        held = self.partial
        if held is not None and (peeled.sequence != held.sequence or peeled.kind != held.kind):
            self._flush()
            held = None
        if held is None:
            self.partial, self._since = peeled, (first, last)
        else:
            held.text += peeled.text
            self._since = (self._since[0], last)
        if not peeled.partial and (not peeled.fragment or self._complete()):
            self._flush()

    def _complete(self) -> bool:
        held = self.partial
        total = held.fragment.partition("/")[2] if held is not None and held.fragment else ""
        return held is not None and total.isdecimal() and len(held.text) >= int(total[:9])

    def _flush(self) -> None:
        held, self.partial = self.partial, None
        if held is not None:
            self._keep(held, *self._since)
