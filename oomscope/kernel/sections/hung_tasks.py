"""Tasks that a cgroup makes wait instead of killing them: v1 with memory.oom_control's oom_kill_disable set."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.findings import WaitingTask
from oomscope.patterns import lazy

_HUNG = lazy(r"INFO: task (?P<comm>.{1,66}?):(?P<pid>\d{1,10}) blocked for more than (?P<seconds>\d{1,9}) seconds")
_WAITS = ("mem_cgroup_oom_synchronize", "mem_cgroup_handle_oom")  # 3.12 to 6.19, 2.6.36 to 3.11
_TRACE_LINES = 64


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """List a task of the hung-task detector's whose trace ends in the wait for a cgroup's oom-killer.

    sample::

        INFO: task java:4711 blocked for more than 120 seconds.
        ...
         schedule+0x46/0xb0
         mem_cgroup_oom_synchronize+0x2a5/0x2d0
    """
    found = _HUNG.match(line.text)
    if found is None:
        return False
    if _waits_for_a_cgroup(streams, line):
        task = WaitingTask(
            comm=found["comm"], pid=int(found["pid"]), seconds=int(found["seconds"]), line=line.line
        )  # fmt: skip
        streams.waiting_tasks.add(task)
    return stream.report is None


def _waits_for_a_cgroup(streams: Streams, line: Line) -> bool:
    for count in range(1, _TRACE_LINES + 1):
        frame = streams.window.ahead(count)
        if frame is None:
            return False
        if frame.caller != line.caller:
            continue
        if "blocked for more than" in frame.text or "invoked oom-killer" in frame.text:
            return False
        if any(word in frame.text for word in _WAITS) and "? " not in frame.text:
            return True
    return False


SECTION = Section(name="hung_tasks", place=_place, words=("blocked for more than",))
