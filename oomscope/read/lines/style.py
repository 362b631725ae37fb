"""What a whole file has in common, judged from a sample: who wrote the lines, and what was done to them since."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.read.clock.times import Clock
from oomscope.read.lines.habit import ANY, Habit, habit_of
from oomscope.read.lines.paste_layout import PLAIN, STARTS, Layout, layout_of, undone
from oomscope.read.options import ReadOptions
from oomscope.read.transports import escapes
from oomscope.read.transports.prefixes import Peeler

_AFTER_TIME = lazy(
    r"(?m)^[ >|\t]{0,16}(?:\[ *\d{1,10}\.\d{1,9}(?: <[ \d.]{1,20}\*?>| {16})?\]"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\[]{0,20}|\d{9,11}\.\d{3,9}) (\S{1,80}) (\S{1,80})"
)
_STAMPED = lazy(
    r"(?m)^[ >|\t*`\"']{0,32}(?:<\d{1,3}>)?(?:\[ *\d{1,10}\.\d|\[\S{1,12} \S{1,12} +\d|\[\S{1,12} \d{1,2}\.? \S{1,12} \d|\d{4}-\d\d-\d\d[T ]"
    r"|[^\W\d_]{3,5}\.? +\d{1,2} \d\d:\d\d:\d\d|\d{1,3},\d{1,20},\d{1,20},)"
)
QUOTE = lazy(r"(?:> ?|\| )+")
_AFTER_STAMP = lazy(r"\[ *\d{1,10}\.\d{1,9}\]( {1,16})")
_LEAD = lazy(r"([^\n]{1,120}?)(?:<\d{1,3}>)?\[ {0,11}\d{1,10}\.\d{6}\](?: |$)")
_DIGITS = lazy(r"\d+")
MIN_LEADS = 3
SAMPLE_LINES = 200
MIN_SHIFT = 8
"""No tool indents a record's further lines less."""


class Style(NamedTuple):
    """The habits of one input."""

    hosted: bool = False  # after a bare stamp or ISO time comes `host tag:` (journal short-monotonic, rsyslog)
    html: bool = False
    tagged: bool = False  # each line stands in elements of a page
    escaped: bool = False  # as /dev/kmsg escapes
    quoted_printable: bool = False
    flush: bool = False  # lines with a time begin at the left: what is far from it goes on with the line above
    prefixed: bool = False  # most lines have a time: one without is no kernel line of its own
    pasted: bool = False  # no tool wrote it like this: indented, quoted, non-breaking spaces
    indent: int = 0
    leads: frozenset[str] = frozenset()  # shapes of what a collector put before the kernel's stamps
    padding: int = 0  # blanks that a paste put between every stamp and its text
    layout: Layout = PLAIN  # bars, line numbers, wrapping
    habit: Habit = ANY  # the sort of prefix that the lines have

    def lead_of(self, line: str) -> str:
        """Return what a collector put before the kernel's stamp; the empty string where it is no lead of this input."""
        if not self.leads or (match := _LEAD.match(line)) is None:
            return ""
        return match[1] if _DIGITS.sub("0", match[1]) in self.leads else ""

    def dedent(self, text: str, markers: Sequence[str]) -> str:
        """A pasted block's indent, off; the kernel's own leading space (` <TASK>`, ` active_file:`), kept."""
        if text[:1] not in " \t":
            return text
        if self.indent and text[: self.indent].isspace():
            return text[self.indent :]
        return text.lstrip(" \t") if any(marker in text for marker in markers) else text


def style_of(sample: str) -> Style:
    """Judge a sample: the first lines of the input and of its first regions."""
    rows = sample.replace("\r\n", "\n").split("\n") if "\r" in sample else sample.split("\n")
    tagged = ("</" in sample or "<br" in sample) and escapes.looks_tagged([row for row in rows if row.strip()])
    if tagged:
        rows = [escapes.without_tags(row) for row in rows]
        sample = "\n".join(rows)
    if (layout := layout_of(rows)) != PLAIN:
        rows = [row for _, _, row in undone(((0, 0, row) for row in rows), layout)]
        sample = "\n".join(rows)
    lines = [line for line in rows if line.strip()]
    flush = any(STARTS.match(line) for line in lines if not line[:MIN_SHIFT].isspace())
    # What a program's message of many lines is made of says nothing about the others.
    own = [line for line in lines if not line[:MIN_SHIFT].isspace()] if flush else lines
    prefixed = sum(_STAMPED.match(line) is not None for line in own) if flush else len(_STAMPED.findall(sample))
    html = escapes.looks_html(sample) if "&" in sample else False
    pasted = html or "\u00a0" in sample or any(line.startswith((">", "    ", "\t", "| ", "```")) for line in lines[:50])
    hosted = _hosted(sample)
    return Style(
        hosted=hosted,
        html=html or tagged,
        tagged=tagged,
        escaped=escapes.looks_escaped(sample),
        quoted_printable="=3" in sample and escapes.looks_quoted_printable(sample),
        flush=flush,
        prefixed=prefixed > len(own) * 0.5,
        pasted=pasted,
        indent=_indent(lines) if prefixed <= len(own) * 0.5 else 0,
        leads=_leads(lines) if prefixed <= len(own) * 0.5 else frozenset(),
        padding=_padding(sample),
        layout=layout,
        habit=habit_of(lines, Peeler(Clock(ReadOptions()), hosted=hosted)),
    )


def _leads(lines: Sequence[str]) -> frozenset[str]:
    """Return the shapes of leads, digits apart, if most lines have one: a CI's clock, a build's step, a recorder's mark.

    sample:: [2023-05-06T07:08:09.123Z] [ 7608.844335] celery invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0
    """
    found = (match for line in lines if STARTS.match(line) is None and (match := _LEAD.match(line)))
    shapes = Counter(_DIGITS.sub("0", match[1]) for match in found)
    often = {shape: number for shape, number in shapes.items() if number >= MIN_LEADS}
    return frozenset(often) if sum(often.values()) > 0.5 * len(lines) else frozenset()


def _hosted(sample: str) -> bool:
    """Is the word after the time a host? It is one host's log, or the `kernel:` tag stands behind it often enough.

    A user can write `node kernel: …` to /dev/kmsg; not to a third of the ring buffer's lines. A log of many hosts has
    the tag behind each of them.
    """
    pairs = _AFTER_TIME.findall(sample)
    if not pairs:
        return False
    if sum("kernel:" in pair for pair in pairs) >= 0.3 * len(pairs):  # the tag alone: journalctl --no-hostname
        return True
    hosts = Counter(host for host, tag in pairs if tag.endswith("]:"))  # systemd[1]: and not `usb 1-1:`
    return bool(hosts) and len(pairs) >= 3 and hosts.most_common(1)[0][1] >= 0.6 * len(pairs)


def _padding(sample: str) -> int:
    """0 for any tool's own output: there some text begins right behind the stamp."""
    if "]  " not in sample:
        return 0
    gaps = [len(blanks) - 1 for blanks in _AFTER_STAMP.findall(sample)]
    return max(min(gaps), 0) if len(gaps) >= 3 else 0


def _indent(lines: Sequence[str]) -> int:
    """Return the indent of a bare log pasted as a block, behind quote marks where it has them.

    What every line shares is the paste's. Prose in between has none: then two blanks or more are asked for, since
    the kernel itself begins some lines with one.
    """
    bare = [QUOTE.sub("", line, count=1) for line in lines]
    widths = [len(line) - len(line.lstrip(" \t")) for line in bare if line.strip()]
    if not widths or min(widths):
        return min(widths, default=0)
    deep = [width for width in widths if width]
    return min(deep) if len(deep) >= 0.5 * len(widths) and min(deep) >= 2 else 0
