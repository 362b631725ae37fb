"""The lines that open a report or name its cgroup and its choice: each finds the report that it belongs to.

Every function here and in `endings` and `sections` takes the line at `at` and says how many of the following lines were
taken with it, or None where the line is not its own.
"""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import Draft
from oomscope.kernel.assembly.streams import State, Stream
from oomscope.kernel.assembly.unwrap import after_inner_stamp, best
from oomscope.kernel.event import Selected, Summary
from oomscope.kernel.sections import first_line, kill_line
from oomscope.kernel.sections.oom_kill_line import parse_summary, parse_task_in
from oomscope.patterns import lazy

_FRAGMENT = lazy(r",(?:cpuset|mems_allowed|oom_memcg|task_memcg|task)=|,global_oom|/\S")
_AFTER_HEAD = lazy(r"CPU: |Pid: |Call [Tt]race|.{0,66} cpuset=|COMPACTION|Hardware|Mem-[Ii]nfo|memory: usage|oom-kill:")
_SPEAKS = lazy(r"[\w.\-/()]{1,15}(?:\[\d{0,10}\]?)?: ")
LOOK_AHEAD = 3


def head(state: State, stream: Stream, at: int) -> int | None:
    """`COMM invoked oom-killer: ...` opens a report."""
    line = state.lines[at]
    text = line.text
    if "oom-killer" not in text and not text.rstrip().endswith("invoked"):
        return None

    def parse(joined: str) -> first_line.Head | None:
        return first_line.parse_head(joined) or (
            None if line.stamped else first_line.parse_head(after_inner_stamp(joined))
        )

    got, took = best(state.lines, at, parse, enough=3)
    if got is None:
        state.quoted(line)
        return None
    draft = stream.draft
    if draft is not None and not draft.ended and draft.head is not None:
        if _again(line, draft.head_line):
            return state.keep(draft, at, took)
        if _SPEAKS.match(text) and not _followed(state, at + took):
            state.quoted(line, "inside another report, and nothing that the kernel prints after this line follows it")
            return 0
    draft = state.open(stream)
    draft.head, draft.head_line = got, line
    draft.announced = state.asked(line)
    stream.tracing = True
    return state.keep(draft, at, took, key=True)


def _again(line: Line, earlier: Line | None) -> bool:
    """Whether the log holds the same line twice."""
    return (
        earlier is not None
        and line.text == earlier.text
        and line.record.monotonic_seconds is not None
        and line.record.monotonic_seconds == earlier.record.monotonic_seconds
    )


def _followed(state: State, at: int) -> bool:
    """Whether one of the next lines is what the kernel prints after the first line of a report."""
    return any(_AFTER_HEAD.match(line.text) for line in state.lines[at + 1 : at + 1 + LOOK_AHEAD])


def summary(state: State, stream: Stream, at: int) -> int | None:
    """`oom-kill:constraint=...`, whole or the first piece of it."""
    line = state.lines[at]
    text = line.text.lstrip()
    if not text.startswith("oom-kill:"):
        state.quoted(line)
        return None
    place = (line.number, line.number)
    got, took = best(state.lines, at, lambda t: parse_summary(t.lstrip(), place), 100, glue=("", " "))
    if got is None:
        return None
    if not got.complete:
        took = 0
        got = parse_summary(text.rstrip(), place) or got
    draft = stream.draft
    if draft is not None and draft.summary is not None and draft.summary._replace(lines=place) == got:
        return state.keep(draft, at, took)
    draft = state.draft_for(stream, lambda d: d.summary is not None and d.summary.constraint is not None)
    draft.summary = got
    stream.settle()
    stream.pending_summary = None if got.complete else (text.rstrip(), line.number)
    return state.keep(draft, at, took, key=True)


def summary_tail(state: State, stream: Stream, at: int) -> int | None:
    """A piece of an oom-kill line that pr_cont lost to another CPU: it starts at one of the line's own joints."""
    line = state.lines[at]
    if stream.pending_summary is None or stream.draft is None or not _FRAGMENT.match(line.text):
        return None
    start, number = stream.pending_summary
    joined = start + line.text.strip()
    got = parse_summary(joined, (number, line.number))
    if got is not None and got.complete:
        stream.draft.summary, stream.pending_summary = got, None
    else:
        stream.pending_summary = (joined, number)
    return state.keep(stream.draft, at, 0)


def task_in(state: State, stream: Stream, at: int) -> int | None:
    """`Task in A killed as a result of limit of B`, before 5.0."""
    line = state.lines[at]
    text = line.text.strip()
    if not text.startswith(("Task in", "Memory limit reached of cgroup ", "/")):
        return None
    place = (line.number, line.number)
    got, took = parse_task_in(text, place), 0
    if got is None and text.startswith("Task in"):
        got, took = _task_in_pieces(state, at, text, place)
    if got is None:
        return None
    draft = stream.draft
    if (
        draft is not None
        and draft.summary is not None
        and draft.summary._replace(lines=place) == got
        and not draft.ended
    ):
        return state.keep(draft, at, took)
    draft = state.draft_for(stream, lambda d: d.summary is not None)
    draft.summary = got
    stream.tracing = False
    return state.keep(draft, at, took, key=True)


def _task_in_pieces(state: State, at: int, text: str, place: tuple[int, int]) -> tuple[Summary | None, int]:
    """The line in the two to four records that 2.6.30 to 4.20 print it in."""
    joined = text
    for took in range(1, 5):
        if at + took >= len(state.lines):
            break
        part = state.lines[at + took].text.strip()
        joined = f"{joined} {part}".strip()
        got = parse_task_in(joined, place)
        if got is not None and (got.oom_memcg or "").startswith("/"):
            return got, took
    return None, 0


def selected(state: State, stream: Stream, at: int) -> int | None:
    """`Kill process N (comm) score S or sacrifice child`, before 5.1: chosen, not yet dead."""
    line = state.lines[at]
    got, took = best(state.lines, at, kill_line.parse_selected, enough=2)
    if got is None or got.sharing:
        return None
    choice = Selected(got.pid, got.comm, got.score, line.number, got.message)

    def taken(draft: Draft) -> bool:
        return draft.selected is not None and draft.selected._replace(line=line.number) != choice

    draft = state.draft_for(stream, taken)
    draft.selected = draft.selected or choice
    stream.settle()
    return state.keep(draft, at, took, key=True)
