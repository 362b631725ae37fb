"""Dumps that print the same trace and Mem-Info as a report and are none: failed allocations, SysRq-m."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Keep the dump apart from an open report.

    sample::

        kworker/1:2: page allocation failure: order:0, mode:0x40a20(GFP_ATOMIC)
    """
    stream.foreign = True
    stream.tracing = False
    if stream.report is not None and not stream.report.ended:
        stream.report.interrupted = True
    return True


SECTION = Section(
    name="allocation_failure",
    place=_place,
    words=(
        "page allocation failure",
        "page allocation stall",
        "vmalloc: allocation failure",
        "vmalloc error: ",
        "Show Memory",
    ),
)
