"""Tasks that a cgroup makes wait instead of killing them: v1 with memory.oom_control's oom_kill_disable set."""

from oomscope.kernel.assembly.streams import State, Stream, Waiting
from oomscope.patterns import lazy

_HUNG = lazy(r"INFO: task (?P<comm>.{1,66}?):(?P<pid>\d{1,10}) blocked for more than (?P<seconds>\d{1,9}) seconds")
_WAITS = ("mem_cgroup_oom_synchronize", "mem_cgroup_handle_oom")  # 3.12 to 6.19, 2.6.36 to 3.11
_TRACE_LINES = 64


def hung(state: State, stream: Stream, at: int) -> int | None:
    """The hung-task detector's report, where its trace ends in the wait for a cgroup's oom-killer.

    sample::

        INFO: task java:4711 blocked for more than 120 seconds.
        ...
         schedule+0x46/0xb0
         mem_cgroup_oom_synchronize+0x2a5/0x2d0
    """
    found = _HUNG.match(state.lines[at].text)
    if found is None:
        return None
    caller = state.lines[at].record.caller
    for line in state.lines[at + 1 : at + 1 + _TRACE_LINES]:
        if line.record.caller != caller:
            continue
        if "blocked for more than" in line.text or "invoked oom-killer" in line.text:
            break
        if any(word in line.text for word in _WAITS) and "? " not in line.text:
            state.waiting.append(
                Waiting(found["comm"], int(found["pid"]), int(found["seconds"]), state.lines[at].number)
            )
            break
    return None if stream.draft is not None else 0
