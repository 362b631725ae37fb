"""`Kill process N (comm) score S or sacrifice child`, before 5.2: chosen, not yet dead."""

import re
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import best
from oomscope.kernel.event import Selected
from oomscope.kernel.sections.kill_message import MESSAGE
from oomscope.patterns import lazy

_SELECTED = lazy(
    rf"(?:{MESSAGE}: )?[Kk]ill process\s{{1,4}}(?P<pid>\d{{1,10}}) \((?P<comm>.{{0,66}}?)\)(?: score (?P<score>-?\d{{1,18}}))?"
    r"(?P<kind>\s+or\s+sacrifice\s+child|\s+or\s+a\s+child|\s+or\b|\s+and\s+children|\s*$| sharing same memory)",
    re.DOTALL,
)


class SelectLine(NamedTuple):
    pid: int
    comm: str
    score: int | None
    message: str
    sharing: bool

    @property
    def goodness(self) -> int:
        """Return 1, and 1 more with the score."""
        return 1 + (self.score is not None)


def parse_selected(text: str) -> SelectLine | None:
    """Parse `Kill process` of kernels before 5.2: the choice, not yet the death.

    sample::

        Out of memory: Kill process 40738 (mysqld) score 16 or sacrifice child
    """
    found = _SELECTED.match(text)
    if found is None:
        return None
    score = found["score"]
    sharing = "sharing" in found["kind"]
    return SelectLine(
        pid=int(found["pid"]),
        comm=found["comm"],
        score=int(score) if score else None,
        message=found["message"] or "",
        sharing=sharing,
    )


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    got, following = best(streams.window, line, parse_selected, enough=2)
    if got is None or got.sharing:
        return False
    choice = Selected(pid=got.pid, comm=got.comm, score=got.score, line=line.line, message=got.message)
    old = stream.report.selected if stream.report is not None else None
    report = streams.report_for(stream, line, old is not None and old._replace(line=line.line) != choice)
    report.selected = report.selected or choice
    stream.settle()
    return streams.keep(report, line, following, key=True)


SECTION = Section(
    name="selected_line",
    place=_place,
    starts=(
        "Memory cgroup out of memory: Kill process ",
        "Out of memory: Kill process ",
        "Out of Memory: Kill process ",
        "Kill process ",
    ),
    words=("ill process",),
)
