"""A victim was chosen and nobody was killed: it was exiting already, or the kernel was told only to say so."""

import re

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.patterns import lazy

_SPARED = lazy(
    r"(?:(?:Memory cgroup o|O)ut of memory[^:]{0,60}: )?OOM victim \d{1,10} \(.{0,66}?\) is already exiting|"
    r"Would have killed process \d{1,10} \(.{0,66}?\)\. But continuing",
    re.DOTALL,
)


def parse_spared(text: str) -> str | None:
    """Return the kernel's own words where a report ends without a kill.

    sample::

        Out of memory: OOM victim 70 (java) is already exiting. Skip killing the task
        Would have killed process 70 (java). But continuing instead.
    """
    return text.strip() if _SPARED.match(text) else None


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    report, words = stream.report, parse_spared(line.text)
    if report is None or report.victims or words is None:
        return False
    report.spared = words
    report.ended = True
    stream.settle()
    return streams.keep(report, line, key=True)


SECTION = Section(name="spared", place=_place, words=("already exiting", "Would have killed"))
