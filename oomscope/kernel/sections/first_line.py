"""The first line of a report: who invoked the oom-killer, and for which allocation."""

import re
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line, is_stamped
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import after_inner_stamp, best
from oomscope.kernel.numbers import comm_fits
from oomscope.patterns import lazy

# comm is at most 15 bytes; some test kernels print "comm:pid". It is written by whoever owns the process, so the
# pattern binds at the fixed words after it and the length is checked.
_HEAD = lazy(
    r"(?:(?P<comm>.{0,66}?) ?invoked\s+|(?=oom-killer: gfp_mask=))oom-killer(?::|$)"
    r"(?:\s*gfp_mask=(?P<gfp>0x[0-9a-f]{1,16})(?:\((?P<names>[^()]{0,400})\))?)?"
    r"(?:,\s*nodemask=(?P<nodemask>\(null\)|[\d,\-]{0,200}?)(?=,\s*order=|,?\s*$))?"
    r"(?:,\s*order=(?P<order>-?\d{1,3}))?"
    r"(?:,\s*(?:oom_adj|oomkilladj)=(?P<oom_adj>-?\d{1,5}))?"
    r"(?:,\s*oom_score_adj=(?P<adj>-?\d{1,5}))?",
    re.DOTALL,
)
# The line as 4.6 and later print it, of a name that no other reading of the line can be about.
_PLAIN = lazy(
    r"(?P<comm>[!-9;-~]{1,15}) invoked oom-killer: gfp_mask=(?P<gfp>0x[0-9a-f]{1,16})\((?P<names>[A-Z_0-9|]{1,400})\), "
    r"order=(?P<order>-?[0-9]{1,3}), oom_score_adj=(?P<adj>-?[0-9]{1,3})$"
)
_PID_IN_NAME = lazy(r":\d{1,10}$")
_AFTER_HEAD = lazy(r"CPU: |Pid: |Call [Tt]race|.{0,66} cpuset=|COMPACTION|Hardware|Mem-[Ii]nfo|memory: usage|oom-kill:")
_PROGRAM_PREFIX = lazy(r"[\w.\-/()]{1,15}(?:\[\d{0,10}\]?)?: ")
_LOOK_AHEAD = 3


class Head(NamedTuple):
    comm: str
    gfp_mask: str | None
    names: tuple[str, ...]
    nodemask: str | None
    order: int | None
    oom_adj: int | None
    oom_score_adj: int | None

    @property
    def goodness(self) -> int:
        """Return how many of the fields that end the line were found."""
        have = (self.gfp_mask, self.order, self.oom_score_adj if self.oom_adj is None else self.oom_adj)
        return sum(x is not None for x in have)


def parse_head(text: str) -> Head | None:
    """Parse the first line of a report; None if the text is another program's. 2.6.9 to 2.6.15 do not name the task.

    sample::

        nginx invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=936
        gbased invoked oom-killer: gfp_mask=0x200da, order=0, oom_adj=0, oom_score_adj=0
        oom-killer: gfp_mask=0xd0
    """
    plain = _PLAIN.match(text)
    if plain is not None:
        comm, mask, names, order, adj = plain.groups()
        return Head(
            comm=comm, gfp_mask=mask, names=tuple(names.split("|")), nodemask=None, order=int(order), oom_adj=None,
            oom_score_adj=int(adj),
        )  # fmt: skip
    found = _HEAD.match(text)
    if found is None:
        return None
    comm, mask, names, nodemask, order, oom_adj, adj = found.groups()
    comm = comm or ""
    bare = _PID_IN_NAME.sub("", comm) if ":" in comm else comm
    if not comm_fits(bare) or (adj is not None and abs(int(adj)) > 1000):
        return None
    return Head(
        comm=comm,
        gfp_mask=mask,
        names=tuple(names.split("|")) if names else (),
        nodemask=nodemask,
        order=int(order) if order else None,
        oom_adj=int(oom_adj) if oom_adj else None,
        oom_score_adj=int(adj) if adj else None,
    )


def _after_other_text(text: str) -> Head | None:
    return parse_head(text) or parse_head(after_inner_stamp(text))


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Open a report."""
    text = line.text
    if "oom-killer" not in text and not text.rstrip().endswith("invoked"):
        return False
    head, following = best(streams.window, line, parse_head if is_stamped(line) else _after_other_text, enough=3)
    if head is None:
        streams.quoted(line)
        return False
    report = stream.report
    if report is not None and not report.ended and report.head is not None:
        if _is_same_line(line, report.head_line):
            return streams.keep(report, line, following)
        if _PROGRAM_PREFIX.match(text) and not is_followed(streams, following):
            streams.quoted(line, "inside another report, and nothing that the kernel prints after this line follows it")
            return True
    report = streams.open(stream, line)
    report.head, report.head_line = head, line
    report.announcement = streams.take_announcement(stream, line)
    stream.tracing = True
    return streams.keep(report, line, following, key=True)


def _is_same_line(line: Line, earlier: Line | None) -> bool:
    """True if the log holds the same line twice."""
    return (
        earlier is not None
        and line.text == earlier.text
        and line.monotonic_seconds is not None
        and line.monotonic_seconds == earlier.monotonic_seconds
    )


def is_followed(streams: Streams, following: int) -> bool:
    """True if one of the next lines is what the kernel prints after the first line of a report."""
    ahead = (streams.window.ahead(following + n) for n in range(1, _LOOK_AHEAD + 1))
    return any(line is not None and _AFTER_HEAD.match(line.text) for line in ahead)


SECTION = Section(
    name="first_line",
    place=_place,
    start=r"[^\s:]{1,15} invoked oom-killer: gfp_mask=",
    words=("invoked", "oom-killer: gfp_mask"),
)
