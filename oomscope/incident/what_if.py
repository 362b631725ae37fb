"""Who would have died then: the kernel's choice replayed with another limit or another oom_score_adj."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.errors import UsageError
from oomscope.incident.incident import Incident, Note
from oomscope.kernel.derive.badness import Replay, replay
from oomscope.kernel.event import OomEvent
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line
from oomscope.units import parse_quantity, size

_LIMIT = lazy(r"limit=(.{1,40})")
_ADJ = lazy(r"adj:(\d{1,10})=(-?\d{1,4})")


class Change(NamedTuple):
    """What is supposed to have been otherwise."""

    said: str  # as the user wrote it
    limit_bytes: int | None = None
    pid: int | None = None
    oom_score_adj: int | None = None


def parse_changes(texts: Sequence[str]) -> tuple[Change, ...]:
    """`limit=2Gi` and `adj:PID=-500`. Raises UsageError for anything else."""
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> Change:
    limit, adj = _LIMIT.fullmatch(text), _ADJ.fullmatch(text)
    size_bytes = parse_quantity(limit[1]) if limit else None
    if size_bytes:
        return Change(text, limit_bytes=size_bytes)
    if adj and -1000 <= int(adj[2]) <= 1000:
        return Change(text, pid=int(adj[1]), oom_score_adj=int(adj[2]))
    raise UsageError(f"--what-if {safe_line(text)} is not understood; write limit=2Gi, or adj:PID=-500 (-1000 to 1000)")


def with_answers(incidents: Sequence[Incident], changes: Sequence[Change]) -> list[Incident]:
    """Each incident with a note on each change that concerns it."""
    return [i._replace(notes=(*i.notes, *(n for c in changes if (n := _answer(i, c)) is not None))) for i in incidents]


def _answer(incident: Incident, change: Change) -> Note | None:
    event = incident.event
    if change.limit_bytes is not None:
        said = _other_limit(incident, change.limit_bytes)
    elif event.tasks is not None and any(t.pid == change.pid for t in event.tasks.tasks):
        said = _died(incident, replay(_with_adj(event, change)))
    else:
        return None
    return Note("what-if", f"what if {safe_line(change.said)}: {said}") if said else None


def _other_limit(incident: Incident, limit: int) -> str | None:
    event = incident.event
    memcg = event.memcg
    if not event.is_memcg or memcg is None or memcg.memory is None:
        return None
    if limit > memcg.memory.usage_bytes:
        more = size(limit - memcg.memory.usage_bytes)
        return f"{size(memcg.memory.usage_bytes)} were in use, so nobody would have died then; {more} more would have fitted"
    other = memcg._replace(memory=memcg.memory._replace(limit_bytes=limit))
    return _died(incident, replay(event._replace(memcg=other)))


def _with_adj(event: OomEvent, change: Change) -> OomEvent:
    assert event.tasks is not None  # noqa: S101  (checked by the caller)
    rows = tuple(
        t._replace(oom_score_adj=change.oom_score_adj) if t.pid == change.pid else t for t in event.tasks.tasks
    )
    return event._replace(tasks=event.tasks._replace(tasks=rows))


def _died(incident: Incident, again: Replay | None) -> str | None:
    """Who ranks first now, beside who died."""
    event = incident.event
    if again is None or event.tasks is None or event.page_size_bytes is None or not again.era.replayable:
        return None
    first = next((row for row in again.rows if row.rank == 1), None)
    if first is None:
        return "the kernel would have found nobody that it may kill"
    comm = next(t.comm for t in event.tasks.tasks if t.pid == first.pid)
    unsure = "" if again.certain else "; the size of swap is not in the log and can change that"
    who = f"{comm} (pid {first.pid})"
    if first.pid in {v.pid for v in event.victims}:
        return f"{who} would have died all the same{unsure}"
    return f"{who} would have died, with a badness of {size((first.pages or 0) * event.page_size_bytes)}{unsure}"
