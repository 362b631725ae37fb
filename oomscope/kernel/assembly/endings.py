"""The lines that end a report: the kill, the group, the reaper, a panic, and what happens instead of a kill."""

from collections.abc import Callable, Iterable
from itertools import islice

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import Draft
from oomscope.kernel.assembly.streams import State, Stream
from oomscope.kernel.assembly.unwrap import after_inner_stamp, best, first
from oomscope.kernel.event import Victim
from oomscope.kernel.sections import kill_line

GROUP_SECONDS = 30.0
REAPER_LOOKS_BACK = 200  # reports
WRAPPED_LINES = 4


def killed(state: State, stream: Stream, at: int) -> int | None:
    """`Killed process N (comm) ...`: somebody died."""
    line = state.lines[at]
    got, took = best(state.lines, at, _reader(line), enough=7)
    if got is None:
        state.quoted(line)
        return None
    if line.stamped and got.goodness and "\n" not in line.text:
        took = min(took, WRAPPED_LINES)
    victim = _victim(got, line)
    stream.settle()
    draft = stream.draft
    if draft is not None and draft.victims:
        if _met_again(draft, victim):
            return state.keep(draft, at, took)
        if draft.group is not None and _in_group(draft, line):
            draft.victims.append(victim._replace(group=True))
            return state.keep(draft, at, took)
        draft = None
    elif draft is not None and (draft.no_killable or _contradicts(draft, victim)):
        draft = None
    if draft is None:
        draft = state.open(stream)
    draft.victims.append(victim)
    return state.keep(draft, at, took, key=True)


def _reader(line: Line) -> Callable[[str], kill_line.KillLine | None]:
    if line.stamped:
        return kill_line.parse_killed
    return lambda text: kill_line.parse_killed(text) or kill_line.parse_killed(after_inner_stamp(text))


def _met_again(draft: Draft, victim: Victim) -> bool:
    """The first victim is met again while its group is walked; or the log holds the same line twice."""
    for other in draft.victims:
        if other.pid == victim.pid:
            same = other.monotonic_seconds is not None and other.monotonic_seconds == victim.monotonic_seconds
            if draft.group is not None or (same and other.total_vm_bytes == victim.total_vm_bytes):
                return True
    return False


def _in_group(draft: Draft, line: Line) -> bool:
    now = line.record.monotonic_seconds
    return now is None or draft.last_seconds is None or now - draft.last_seconds <= GROUP_SECONDS


def _contradicts(draft: Draft, victim: Victim) -> bool:
    """Whether the open report named another victim, in a way that its kill line cannot explain.

    5.0 prints the oom-kill line for the task it chose and may kill a child of it. 5.1 on kill what was chosen, but by
    the id of a thread that still has the memory.
    """
    summary = draft.summary
    if summary is None or summary.pid is None or not summary.complete or summary.pid == victim.pid:
        return False
    if draft.selected is not None and draft.selected.pid == summary.pid:
        return False
    row = draft.rows.get(victim.pid)
    if row is not None:
        return row.tgid != summary.pid
    return victim.comm != summary.comm or victim.line != summary.lines[1] + 1


def _victim(got: kill_line.KillLine, line: Line) -> Victim:
    return Victim(
        pid=got.pid, comm=got.comm, uid=got.uid, total_vm_bytes=got.total_vm_bytes, anon_rss_bytes=got.anon_rss_bytes,
        file_rss_bytes=got.file_rss_bytes, shmem_rss_bytes=got.shmem_rss_bytes, pgtables_bytes=got.pgtables_bytes,
        oom_score_adj=got.oom_score_adj, line=line.number, evidence="killed", message=got.message,
        monotonic_seconds=line.record.monotonic_seconds, wall_seconds=line.record.wall_seconds,
    )  # fmt: skip


def group(state: State, stream: Stream, at: int) -> int | None:
    """`Tasks in PATH are going to be killed due to memory.oom.group set`."""
    got, took = first(state.lines, at, kill_line.parse_group)
    if got is None:
        return None
    draft = stream.draft or state.open(stream)
    draft.group = got
    return state.keep(draft, at, took if took else _group_tail(state, at))


def _group_tail(state: State, at: int) -> int:
    rest = state.lines[at].text
    tail = at + 1 < len(state.lines) and state.lines[at + 1].text.strip().startswith("to memory.oom.group")
    return 1 if tail and not rest.rstrip().endswith("set") else 0


def reaper(state: State, stream: Stream, at: int) -> int | None:
    """The oom_reaper, a thread of its own: seconds later, on another caller's stream, or inside the next report."""
    line = state.lines[at]
    got, took = first(state.lines, at, lambda t: kill_line.parse_reaped(t, line.number))
    if got is None:
        return None
    for draft in _drafts(state, line):
        for n, victim in enumerate(draft.victims):
            if victim.pid != got.pid:
                continue
            if victim.reaped is None or not victim.reaped.done:
                draft.victims[n] = victim._replace(reaped=got)
            if draft is stream.draft:
                return state.keep(draft, at, took)
            draft.raw.append((line.number, line.text))
            return took
    state.orphans.append(got)
    return took


def _drafts(state: State, line: Line) -> Iterable[Draft]:
    """The reports of the line's machine, open ones first, then the latest."""
    for stream in state.beside(line.record):
        if stream.draft is not None:
            yield stream.draft
    for draft in islice(reversed(state.done), REAPER_LOOKS_BACK):
        if draft.of_machine(line.record):
            yield draft


def no_kill(state: State, stream: Stream, at: int) -> int | None:
    """No killable processes, or a panic instead of a kill."""
    line = state.lines[at]
    text = line.text
    panic = kill_line.parse_panic(text)
    if panic is None and not kill_line.is_no_killable(text):
        return None
    draft = stream.draft or state.last_done(line)
    if draft is None or (draft.ended and not draft.no_killable and not draft.panic):
        draft = state.open(stream)
    if panic is not None:
        draft.panic = draft.panic or panic
    draft.no_killable = draft.no_killable or "no killable processes" in text or "deadlocked on memory" in text
    stream.settle()
    return state.keep(draft, at, 0, key=True)


def spared(state: State, stream: Stream, at: int) -> int | None:
    """A victim was chosen and nobody was killed: it was exiting already, or the kernel was told only to say so."""
    draft, words = stream.draft, kill_line.parse_spared(state.lines[at].text)
    if draft is None or draft.victims or words is None:
        return None
    draft.spared = words
    stream.settle()
    return state.keep(draft, at, 0, key=True)


def sysrq(state: State, stream: Stream, at: int) -> int | None:
    """Somebody asks for a kill, or is refused one: no part of a report."""
    line = state.lines[at]
    if kill_line.is_refused(line.text):
        for other in state.beside(line.record):
            other.sysrq = None
        return 0
    if not kill_line.is_sysrq_oom(line.text):
        return None
    stream.sysrq = line
    return 0


def failure(state: State, stream: Stream, at: int) -> int | None:
    """An allocation failure prints the same trace and Mem-Info: not a kill, and not part of an open report."""
    stream.foreign = True
    stream.tracing = False
    if stream.draft is not None and not stream.draft.ended:
        stream.draft.interrupted = True
    return 0
