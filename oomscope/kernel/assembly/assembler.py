"""Which line belongs to which invocation of the oom-killer.

By caller id where the log has it, by what a report may hold once, by time; never by adjacency alone. A line is
dispatched by literals before any pattern runs.
"""

from collections.abc import Callable, Iterable

from oomscope.kernel.assembly import body, endings, hung_tasks, openings
from oomscope.kernel.assembly.logical_lines import logical_lines
from oomscope.kernel.assembly.streams import Assembly, State, Stream, TextFinding, too_far
from oomscope.kernel.assembly.unwrap import has_inner_stamp
from oomscope.read.record import Record

__all__ = ["BRIDGES", "MARKERS", "Assembly", "TextFinding", "assemble"]

# Literals that stand in every piece of a report worth looking at; `log` reads the regions around them.
MARKERS: tuple[bytes, ...] = (
    b"oom-kill", b"oom_reaper", b"illed process", b"ill process", b"ut of memory", b"tgid total_vm", b"memory: usage ",
    b"Manual OOM", b"deadlocked on memory", b"mem_cgroup_oom_sync", b"mem_cgroup_handle_oom",
)  # fmt: skip

CORE_MARKERS: tuple[bytes, ...] = (b"oom", b"ut of memory", b"illed process")
"""Any report, and any kill line without one, holds one of these words."""

# After these a report may go on for thousands of lines before the next marker: a task table, a stat block a cgroup.
BRIDGES: tuple[bytes, ...] = (b"tgid total_vm", b"Memory cgroup stats for", b"invoked oom-killer")

Handler = Callable[[State, Stream, int], int | None]
# Tried in this order; the first that takes the line has it.
_KEYS: tuple[tuple[str, Handler], ...] = (
    ("invoked", openings.head),
    ("oom-killer: gfp_mask", openings.head),
    ("oom-kill:", openings.summary),
    ("illed process", endings.killed),
    ("ut of memory: Kill", endings.killed),  # wrapped before "process"
    ("ill process", openings.selected),
    ("limit of", openings.task_in),
    ("Task in", openings.task_in),
    ("limit reached of", openings.task_in),
    ("are going to be killed", endings.group),
    ("oom_reaper: ", endings.reaper),
    ("no killable processes", endings.no_kill),
    ("not syncing: ", endings.no_kill),
    ("Manual OOM execution", endings.sysrq),
    ("OOM request ignored", endings.sysrq),
    ("already exiting", endings.spared),
    ("Would have killed", endings.spared),
    ("page allocation failure", endings.failure),
    ("page allocation stall", endings.failure),
    ("vmalloc: allocation failure", endings.failure),
    ("vmalloc error: ", endings.failure),
    ("Show Memory", endings.failure),
    ("blocked for more than", hung_tasks.hung),
)


def assemble(records: Iterable[Record], *, any_text: bool = False) -> Assembly:
    """Every OOM event of these records, which are of one input and in its order.

    With `any_text` text that nothing attests is read like the kernel's own.
    """
    state = State(logical_lines(records), any_text)
    at = 0
    while at < len(state.lines):
        at += 1 + _place(state, at)
    for stream in state.streams.values():
        state.close(stream)
    state.done.sort(key=lambda draft: draft.ordinal)
    texts = sorted(state.texts.values(), key=lambda t: t.line)
    return Assembly(tuple(d.event() for d in state.done), tuple(texts), tuple(state.orphans), tuple(state.waiting))


def _place(state: State, at: int) -> int:
    """Place the line at `at`; how many of the following lines were taken with it."""
    line = state.lines[at]
    record, text = line.record, line.text
    if record.trust == "text" and not state.any_text and (record.ident is not None or not has_inner_stamp(text)):
        who = f"written by {record.ident}, not by the kernel" if record.ident else "not a kernel message"
        state.quoted(line, who)
        return 0
    stream = state.stream_of(record)
    if stream.draft is not None and too_far(stream.draft, line):
        state.close(stream)
    if text.startswith("[") and body.row(state, stream, at):
        return 0
    for marker, handler in _KEYS:
        if marker in text:
            took = handler(state, stream, at)
            if took is not None:
                return took
    took = body.section(state, stream, at)
    if took is not None:
        return took
    if stream.draft is not None and not stream.draft.ended and not stream.foreign and text.strip():
        stream.draft.not_understood(line)
    return 0
