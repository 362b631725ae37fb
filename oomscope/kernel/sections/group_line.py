"""The line that names a cgroup all of whose tasks die together: memory.oom.group."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import first
from oomscope.patterns import lazy

_GROUP = lazy(r"Tasks in (?P<path>.{1,4096}?) are going to be killed(?: due to memory\.oom\.group set)?")


def parse_group(text: str) -> str | None:
    """Return the path of `Tasks in PATH are going to be killed due to memory.oom.group set` (4.19+, 3d8b38eb81ca)."""
    found = _GROUP.match(text)
    return found["path"] if found else None


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    path, following = first(streams.window, line, parse_group)
    if path is None:
        return False
    report = stream.report or streams.open(stream, line)
    report.group = path
    return streams.keep(report, line, following or _wrapped_tail(streams, line))


def _wrapped_tail(streams: Streams, line: Line) -> int:
    """Return 1 if the next line is the end of this one, else 0."""
    following = streams.window.ahead(1)
    is_tail = following is not None and following.text.strip().startswith("to memory.oom.group")
    return 1 if is_tail and not line.text.rstrip().endswith("set") else 0


SECTION = Section(name="group_line", place=_place, words=("are going to be killed",))
