"""SysRq-f: somebody asks for a kill, or is refused one. Neither line is a part of a report."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.patterns import lazy

_SYSRQ = lazy(r"(?:sysrq|SysRq) ?: (?:SysRq : )?Manual OOM execution")


def is_refused(text: str) -> bool:
    """True if a SysRq-f found nobody to kill, or the killer switched off."""
    return "OOM request ignored" in text


def is_sysrq_oom(text: str) -> bool:
    """True if somebody asked for an OOM kill by Alt-SysRq-f or /proc/sysrq-trigger."""
    return _SYSRQ.match(text) is not None


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    if is_refused(line.text):
        stream.machine.announcements.clear()
        return True
    if not is_sysrq_oom(line.text):
        return False
    streams.announce(stream, line)
    return True


SECTION = Section(name="sysrq", place=_place, words=("Manual OOM execution", "OOM request ignored"))
