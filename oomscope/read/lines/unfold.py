"""Lines to records: what an unprefixed line belongs to is decided by the line before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from oomscope.patterns import lazy
from oomscope.read.lines.collapsed import pieces_of
from oomscope.read.lines.habit import OF_JOURNALCTL, RING, sort_of
from oomscope.read.lines.known_prefix import PRINTK_TEXT, KnownPrefix, is_escaped, known_prefix
from oomscope.read.lines.paste_marks import bare_text, behind_marks, parts_of_returns
from oomscope.read.lines.style import MIN_SHIFT
from oomscope.read.record import TRUST_RANK, InputWarning, Record, Trust
from oomscope.read.transports import escapes
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import MIN_INDENT
from oomscope.read.transports.prefix_record import record_of
from oomscope.read.transports.prefixes import CLOCK, Peeler

if TYPE_CHECKING:
    from oomscope.read.lines.line_reader import LineReader

_BOOT = lazy(r"-- (?:Boot ([0-9a-f]{32})|Reboot) --\s*$")
_REMARK = lazy(r"-- (?:Logs begin at|Journal begins at|No entries|Boot |Reboot --)")
_DICTIONARY = lazy(r" [A-Z_]{1,64}=")
_INNER_STAMP = lazy(r"\[ {0,11}\d{1,10}\.\d{6}\](?=[ \[])")
# `[ts] text` and `[ts][caller] text`, the whole line; dmesg's deltas and vendors' additions go the long way.
_PLAIN = lazy(r"(?m)^\[ *(\d{1,10}\.\d{1,9})\] ?(?:\[ *([TC]\d{1,10})\] ?)?(.*)$")
_TABLE_ROW = lazy(r"\[ *\d{1,10}\] ")

PRINTK_LINE = 1_200
"""No record's line is longer, prefix and all (PRINTKRB_RECORD_MAX is 1024)."""
MAX_FOLDED = 400
"""Lines of one record, of which the longest known has 60: no file's indent makes one record of it."""


class Run:
    """One pass over neighbouring lines of one input."""

    def __init__(self, reader: LineReader, peeler: Peeler) -> None:
        self._reader, self._peeler = reader, peeler
        self._out: list[Record] = []
        self._owner: Record | None = None  # the newest record that had a prefix
        self._kind = ""  # its transport
        self._column = 0  # where its text began, counted in the physical line
        self._raw = False  # every line of the transport has a prefix: one without continues the last
        self._inner = 0  # the same within what a container's log wrapped
        self._folded = 0
        self._partial: Peeled | None = None  # the parts of one line that came so far
        self._since = (0, 0)
        style = reader.style
        self._may_repeat = not (style.padding or style.escaped)
        self._known: KnownPrefix | None = None  # that of the newest record

    def read(self, lines: Iterable[tuple[int, int, str]]) -> None:
        """Take lines, given as (first line, last line, text)."""
        for first, last, line in lines:
            known = self._known
            if known is not None and first == last and (record := known.record(line, first, escaped=True)) is not None:
                self._out.append(record)
                self._repeated(line, 1)
            else:
                self._line(first, last, line)

    def take(self, *, goes_on: bool) -> list[Record]:
        """Return the records so far; where the run goes on without the last, which may not be whole."""
        if not goes_on:
            self._flush()
        keep = 1 if goes_on else 0
        taken, self._out = self._out[: len(self._out) - keep], self._out[len(self._out) - keep :]
        return taken

    def plain(self, text: str, rows: list[str], first: int) -> None:
        """Take the everyday file: `[ts] text` is taken apart here, every other line goes the long way."""
        found = _PLAIN.findall(text)
        if len(found) != len(rows):
            self.mixed(text, rows, first)
            return
        reader, out = self._reader, self._out
        boot_id, boot = reader.boot_id, reader.reboots
        odd = "#0" in text or self._partial is not None
        escaped = "\\" in text
        new, stamped = tuple.__new__, 0
        like = reader.style.habit.judged(Record("", 0, 0), RING)  # every stamped line is as credible as this one
        trust, contained, callers = like.trust, like.contained, reader.style.habit.callers
        owner: Record | None = None
        for number, (stamp, caller, words) in enumerate(found, first):
            start = words[:1]
            if (
                (start == "(" or (start == "[" and _TABLE_ROW.match(words) is None))
                or (caller and not callers)
                or (odd and "#0" in words)
                or (escaped and caller and "\\" in words)
                or len(words) > PRINTK_TEXT
            ):
                self._line(number, number, reader.cut(rows[number - first], number))
                owner = None
                continue
            owner = new(
                Record,
                (words, number, number, float(stamp), None, None, caller or None, trust, None, None, boot_id, None, False, False, None, contained, boot),
            )  # fmt: skip
            out.append(owner)
            stamped += 1
        if owner is not None:  # the last line is a plain one: what comes next may belong to it
            self._owner, self._kind, self._raw, self._folded = owner, "dmesg", False, 0
            self._column = len(rows[-1]) - len(owner.text)
        if stamped:
            reader.count("dmesg", stamped)

    def mixed(self, text: str, rows: list[str], first: int) -> None:
        """Take the lines of `text`, of which most begin like the line before."""
        escaped = is_escaped(text)
        out, cut = self._out, self._reader.cut
        repeats = 0
        for number, row in enumerate(rows, first):
            known = self._known
            if known is not None:
                record = known.record(row, number, escaped=escaped)
                if record is not None:
                    out.append(record)
                    repeats += 1
                    continue
                if repeats:
                    self._repeated(rows[number - first - 1], repeats)
                    repeats = 0
            self._line(number, number, cut(row, number))
        if repeats:
            self._repeated(rows[-1], repeats)

    def _repeated(self, row: str, count: int) -> None:
        """The last `count` lines, of which `row` is the last, began like the one before."""
        self._owner, self._folded = self._out[-1], 0
        self._column = len(row) - len(self._owner.text)
        self._reader.count(self._kind, count)

    def _line(self, first: int, last: int, line: str) -> None:
        """Take one line. One that fails is left out, and said; the others are read."""
        try:
            self._read_line(first, last, line)
        except (RecursionError, ArithmeticError, MemoryError, ValueError) as error:
            self._known = None
            self._reader.bad_line(first, error)

    def _read_line(self, first: int, last: int, line: str) -> None:
        if (len(line) > PRINTK_LINE or self._reader.only_line) and self._uncollapsed(first, last, line):
            return
        if self._owner is None and self._is_headless(first, line):
            self._out.append(record_of(Peeled(line), first, last, None, self._reader.reboots)._replace(trust="text"))
            return
        peeled = self._peeler.peel(line)
        if peeled is not None and peeled.kind == CLOCK:
            peeled = self._of_clock(peeled)
        if peeled is not None:
            peeled.prefix = line[: peeled.width]
            self._add(peeled, first, last)
        elif line.startswith("-- ") and _REMARK.match(line, 0) and self._reader.style.habit.sort in OF_JOURNALCTL:
            self._remark(first, line)
        elif not (line[:1] == " " and self._fold(last, line)):
            self._pasted(first, last, line)

    def _of_clock(self, peeled: Peeled) -> Peeled | None:
        """A clock time without a date is a prefix only where no better one is the file's habit."""
        if self._reader.style.prefixed:
            return None
        peeled.kind = "journal-short" if peeled.ident is not None else "text"
        return peeled

    # -- lines with a prefix ---------------------------------------------------------------------------------------

    def _add(self, peeled: Peeled, first: int, last: int) -> None:
        if self._partial is not None or peeled.partial or peeled.fragment:
            self._join(peeled, first, last)
        else:
            self._keep(peeled, first, last)

    def _keep(self, peeled: Peeled, first: int, last: int) -> None:
        text = peeled.text
        if peeled.wrapped and not peeled.column and self._fold_wrapped(last, text):
            return
        if peeled.kind in ("kmsg", "netconsole"):
            peeled.text = escapes.kmsg_unescape(text)
        elif self._reader.style.escaped and peeled.ident in (None, "kernel"):
            peeled.text = escapes.kmsg_line(text)
        elif "#0" in text or "\\" in text:
            peeled.text = escapes.unflatten(text)
        padding = self._reader.style.padding
        if padding and peeled.monotonic is not None and text[:padding].isspace():
            peeled.text = peeled.text[padding:]
        self._reader.count(peeled.kind)
        record = record_of(peeled, first, last, self._reader.boot_id, self._reader.reboots)
        self._owner = self._reader.style.habit.judged(record, sort_of(peeled))
        self._kind, self._column, self._inner, self._folded = peeled.kind, peeled.width, peeled.column, 0
        self._raw = peeled.attested and peeled.kind == "dmesg" and not self._reader.style.pasted
        self._out.append(self._owner)
        self._known = known_prefix(peeled, self._owner) if self._may_repeat and not self._raw else None

    def _join(self, peeled: Peeled, first: int, last: int) -> None:
        """Parts of one line: CRI's P … F, netconsole's fragments."""
        self._known = None
        held = self._partial
        if held is not None and (peeled.sequence != held.sequence or peeled.kind != held.kind):
            self._flush()
            held = None
        if held is None:
            held = self._partial = peeled
            self._since = (first, last)
        elif len(held.text) < 1 << 20:
            held.text += peeled.text
            self._since = (self._since[0], last)
        if not peeled.partial and (not held.fragment or _complete(held)):
            self._flush()

    def _flush(self) -> None:
        held, self._partial = self._partial, None
        if held is not None:
            self._keep(held, *self._since)

    def _is_headless(self, first: int, line: str) -> bool:
        """True for a further line of a record whose own line is not in the region: whose it is nobody knows."""
        return first > 1 and self._reader.style.flush and line[:MIN_SHIFT].isspace()

    def _uncollapsed(self, first: int, last: int, line: str) -> bool:
        """Records that a paste put on one line. True if done."""
        style = self._reader.style
        if style.prefixed and not style.pasted and self._kind not in ("", "dmesg"):
            return False
        pieces = pieces_of(line, PRINTK_LINE, self._peeler, prefixed=style.prefixed)
        for piece in pieces:
            self._line(first, last, piece.rstrip())
        return bool(pieces)

    def _remark(self, number: int, line: str) -> None:
        """`-- Boot 0c0a… --` and the like, which journalctl puts between the lines."""
        reader = self._reader
        reader.count("journal-remark")
        if match := _BOOT.match(line, 0):
            if match[1] is None:
                reader.warnings.append(InputWarning("reboot", "the log goes on in another boot", number))
            self._known = None
            reader.boot_id = match[1]
            reader.reboots += 1

    # -- lines without -----------------------------------------------------------------------------------------------

    def _fold(self, last: int, line: str) -> bool:
        """Add a line to the newest record where it is certain that it is that record's: True if done.

        dmesg and journalctl indent lines 2..n of a record to the column of its text; /dev/kmsg adds ` KEY=value`.
        sample:: "                active_file:0 inactive_file:0" below "[    9.795937] active_anon:78895"
        """
        owner, column = self._owner, self._column
        if owner is None or self._out[-1] is not owner:
            return False
        if self._kind == "kmsg" and _DICTIONARY.match(line, 0):
            self._replace_owner(owner.text, last)
            return True
        indented = column >= MIN_INDENT and len(line) > column and line[:column].isspace()
        if not (indented and line.strip()) and not self._raw:
            return False
        self._replace_owner(owner.text + "\n" + (line[column:] if indented else line), last)
        return True

    def _fold_wrapped(self, last: int, text: str) -> bool:
        """The same for a line that a container's log put its own prefix on: only what it wrapped is indented."""
        owner, column = self._owner, self._inner
        if owner is None or self._out[-1] is not owner:
            return False
        if column < MIN_INDENT or not text[:column].isspace() or not text.strip():
            return False
        self._replace_owner(owner.text + "\n" + text[column:], last)
        return True

    def _replace_owner(self, text: str, last: int) -> None:
        if self._folded >= MAX_FOLDED:  # never a record of its own, however many come: an indent says whose line it is
            return
        if self._owner is not None:
            self._owner = self._out[-1] = self._owner._replace(text=text, last_line=last)
            self._folded += 1

    def _pasted(self, first: int, last: int, line: str) -> None:
        """Quote marks, indents, list marks, grep's and editors' line numbers in front of a prefix, or of bare text."""
        if not line.strip():
            return
        if (peeled := behind_marks(line, self._peeler, self._reader.style)) is not None:
            self._add(peeled, first, last)
        elif "\r" in line:
            self._returns(first, last, line)
        elif line.lstrip("- ")[:1] == "{" and (record := self._reader.json_line(line.lstrip("- "), first)) is not None:
            self._out.append(record)
        else:
            self._bare(first, last, line)

    def _returns(self, first: int, last: int, line: str) -> None:
        """Lone carriage returns of a console: a new line only where a prefix follows, since a name may hold one."""
        if not self._reader.style.prefixed:  # then no prefix begins a line, and what looks like one is part of a name
            self._bare(first, last, line)
            return
        for group in parts_of_returns(line, self._peeler):
            if (peeled := self._peeler.peel(group)) is not None:
                self._add(peeled, first, last)
            elif group.strip():
                self._bare(first, last, group)

    def _bare(self, first: int, last: int, line: str) -> None:
        """A line without any prefix: the whole file's habit, or what is left of a line that was wrapped."""
        if self._behind_other_text(first, last, line):
            return
        text = bare_text(line, self._reader.style, self._reader.markers)
        self._reader.count("")
        self._out.append(self._inherited(Peeled(text), first, last))

    def _behind_other_text(self, first: int, last: int, line: str) -> bool:
        """A console's line that a prompt or a program began and the kernel went on with. True if done."""
        if self._reader.style.habit.sort != RING:  # there a stamp inside a line is part of a name
            return False
        found = _INNER_STAMP.search(line)
        peeled = self._peeler.peel(line[found.start() :]) if found is not None else None
        if found is None or peeled is None:
            return False
        other = self._inherited(Peeled(line[: found.start()]), first, last)
        self._out.append(other._replace(trust="text"))
        self._add(peeled, first, last)
        return True

    def _inherited(self, bare: Peeled, first: int, last: int) -> Record:
        """A bare line below a prefixed one has its time, and not more trust than it or than a bare line."""
        owner, style = self._owner, self._reader.style
        if owner is None or (style.habit.is_bare and owner.trust == "text"):
            record = record_of(bare, first, last, self._reader.boot_id, self._reader.reboots)
            return record._replace(trust="text") if style.prefixed else style.habit.judged(record, "")
        trust = _least(owner.trust, "likely")
        goes_on = self._out[-1:] == [owner] and owner.text.endswith(" ")  # as where a terminal broke it
        return owner._replace(
            text=bare.text, line=first, last_line=last, trust=trust, continuation=goes_on, borrowed=True
        )


def _least(one: Trust, other: Trust) -> Trust:
    return min(one, other, key=TRUST_RANK.__getitem__)


def _complete(held: Peeled) -> bool:
    """Has a fragmented netconsole record all of the bytes that `ncfrag=offset/length` announced?"""
    total = held.fragment.partition("/")[2] if held.fragment else ""
    return total.isdecimal() and len(held.text) >= int(total[:9])
