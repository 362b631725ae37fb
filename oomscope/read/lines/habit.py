"""What kind of prefix the lines of one input have: a line of another kind proves less about who wrote it.

Whoever can write one line into a log of another transport can give it any beginning. What a beginning attests
therefore counts in full only where the whole input has it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.read.record import TRUST_RANK, Record, Trust
from oomscope.read.transports.escapes import strip_ansi
from oomscope.read.transports.family import SHARE, WHOLE
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import ANY_TIME, OUTPUT_OF
from oomscope.read.transports.prefixes import CLOCK, Peeler

RING = "ring"
"""Lines as dmesg prints them, which have a time of the kernel's and no facility."""
OF_JOURNALCTL = ("", "tagged")
"""The sorts of lines between which journalctl puts its remarks."""
_RING_KINDS = ("dmesg", "dmesg-ctime", "dmesg-iso")
_OWN_SORT = ("kmsg", "netconsole", "talos")
_LOOKED_AT = 200
_MANY = 20
_MARKS = " \t>|`*\"'"
"""What a paste puts in front of lines."""


class Habit(NamedTuple):
    """What prefixes the lines of an input have."""

    sort: str = ""  # of most lines; empty for a paste, prose or several logs in one
    is_whole: bool = False  # (nearly) all lines are of that sort
    is_bare: bool = False  # (nearly) no line has a prefix
    callers: bool = True  # the kernel prints who calls printk, behind the time

    def judged(self, record: Record, sort: str) -> Record:
        """Return the record with no more trust than a line of this sort has in this input.

        A stranger between the lines of another transport is believed like a container's output: only as part of a whole
        report, and then like a syslog tag. Where the input has no habit, nothing attests more than a tag does.
        """
        if record.trust == "text" or record.contained:
            return record
        if self.sort and sort != self.sort:
            return record._replace(trust="tag", contained=True)
        if self.sort and (self.is_whole or record.trust != "kernel"):
            return record
        most: Trust = "likely" if self.sort else "tag"
        return record if TRUST_RANK[record.trust] <= TRUST_RANK[most] else record._replace(trust=most)


ANY = Habit()
_PROGRAM = "program"
_LEVEL = lazy(r"(?i)\[?(?:\w{1,32}:)?(?:trace\d?|debug|info|notice|warn|error|crit|alert|emerg|fatal)\]?(?=[\s:|-])")
"""What web servers write behind a time in brackets, and many programs behind their own."""
DATED = lazy(
    r"\[?(?:\d{4}[-/]\d\d[-/]\d\d|\d\d[-/]\w{3}[-/]\d{4}|[IWEF]\d{4} \d\d:\d\d|\S{1,64} \S{1,64} \S{1,64} \[\d\d/\w{3}/\d{4}:)"
)
"""How programs begin the lines of their own logs, where that is no prefix of a kernel's line."""


def sort_of(peeled: Peeled) -> str:
    """Return the sort of a line's prefix: one for each way in which a log gets the kernel's words."""
    if peeled.wrapped:
        return "wrapped"
    if peeled.kind in _OWN_SORT:
        return peeled.kind
    if peeled.attested:
        return "facility"
    if peeled.kind in _RING_KINDS:
        return RING
    if peeled.wall is None and peeled.monotonic is None and peeled.host is None:
        return "named"  # `kernel: ` and nothing before it
    return "tagged"


def habit_of(lines: Sequence[str], peeler: Peeler) -> Habit:
    """Judge lines of a sample. Indented lines go on with the one above, and say nothing, unless most are indented."""
    if sum(line[:1] in _MARKS for line in lines) > 0.5 * len(lines):
        lines = [line.lstrip(_MARKS) for line in lines]
    own = [line for line in lines if line[:1] not in (" ", "\t", "") and not line.startswith("-- ")]
    if not own:
        return ANY
    own = own[:: max(len(own) // _LOOKED_AT, 1)]
    peeled = [peeler.peel(strip_ansi(line) if "\x1b" in line else line) for line in own]
    callers = _have_callers(peeled)
    sorts = Counter(map(_sort, own, peeled))
    bare = sorts.pop("", 0)
    sort, count = sorts.most_common(1)[0] if sorts else ("", 0)
    if count < SHARE * sorts.total() or count < bare or not sorts:
        return Habit(is_bare=bare >= SHARE * len(own), callers=callers)
    return Habit(sort, is_whole=len(own) - count <= max(1, (1 - WHOLE) * len(own)), callers=callers)


def _sort(line: str, peeled: Peeled | None) -> str:
    if peeled is not None and peeled.kind != CLOCK:
        sort = sort_of(peeled)
        return _PROGRAM if sort == RING and _LEVEL.match(peeled.text) else sort
    if " kernel: " in line[:300] and ANY_TIME.match(line):
        return "tagged"
    return _PROGRAM if DATED.match(line) or OUTPUT_OF.match(line) else ""


def _have_callers(peeled: Iterable[Peeled | None]) -> bool:
    """True where half of the stamped lines have a caller, or many: logs of two kernels may stand in one file."""
    timed = (one for one in peeled if one is not None and (one.monotonic is not None or one.kind in _RING_KINDS))
    callers = [one.caller is not None for one in timed]
    return not callers or sum(callers) > 0.5 * len(callers) or sum(callers) >= _MANY
