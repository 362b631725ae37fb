"""Events of all inputs to incidents: named, joined with their workload, the same event in two renderings only once."""

import hashlib
from collections.abc import Iterable, Sequence

from oomscope.incident.accounting import memcg_accounting, node_accounting, working_set
from oomscope.incident.incident import Incident
from oomscope.incident.notes import notes_of
from oomscope.incident.scope import caveat_note, scope_and_caveat, workload_of
from oomscope.incident.why_chosen import is_init, why_chosen
from oomscope.kernel.derive.badness import replay
from oomscope.kernel.event import OomEvent
from oomscope.read.record import TRUST_RANK

SAME_EVENT_SECONDS = 2.0


def build_incidents(inputs: Sequence[Iterable[OomEvent]]) -> list[Incident]:
    """One incident an event, in the order of inputs and lines; echoes of one event are merged into the fullest."""
    kept: list[tuple[int, OomEvent, str, list[tuple[int, int]]]] = []
    by_content: dict[str, list[int]] = {}
    for number, events in enumerate(inputs):
        for event in events:
            content = _content(event)
            twin = next((n for n in by_content.get(content, []) if _same(kept[n][1], event)), None)
            if twin is None:
                by_content.setdefault(content, []).append(len(kept))
                kept.append((number, event, content, []))
                continue
            old_input, old, _, places = kept[twin]
            if _fullness(event) > _fullness(old):
                kept[twin] = (number, event, content, [*places, (old_input, old.lines[0])])
            else:
                places.append((number, event.lines[0]))
    seen: dict[str, int] = {}
    died: set[int] = set()
    out = []
    for number, event, content, places in kept:
        seen[content] = seen.get(content, 0) + 1
        name = hashlib.sha256(_bytes(f"{content}#{seen[content]}")).hexdigest()[:12]
        incident = _incident(name, number, event, frozenset(died))
        out.append(incident._replace(also_seen=tuple(places)))
        died.update(v.pid for v in event.victims)
    return out


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which only JSON's \\u escapes can write
        return text.encode("utf-8", "surrogatepass")


def _content(event: OomEvent) -> str:
    """What names an event in every rendering: its kill lines, else its oom-kill line, else its head and counters."""
    if event.victims and event.victims[0].evidence == "killed":
        first = event.victims[0]
        return f"kill {first.pid} {first.comm} {first.total_vm_bytes} {first.anon_rss_bytes} {first.file_rss_bytes}"
    if event.summary is not None and event.summary.pid is not None:
        return f"oom-kill {event.summary.pid} {event.summary.comm} {event.summary.task_memcg}"
    head = f"{event.invoker.comm} {event.invoker.gfp_mask} {event.invoker.order}" if event.invoker else ""
    memory = event.memcg.memory if event.memcg else None
    ram = event.mem_info.counters_pages if event.mem_info else ()
    tasks = [(t.pid, t.rss_pages) for t in event.tasks.tasks[:50]] if event.tasks else []
    return f"report {head} {memory.usage_bytes if memory else ''} {ram} {tasks} {event.panic}"


def _same(a: OomEvent, b: OomEvent) -> bool:
    """Whether equal content is one event: a pid with the very same sizes dies once, unless the clocks say otherwise."""
    if a.boot_id and b.boot_id and a.boot_id != b.boot_id:
        return False
    if a.host and b.host and a.host != b.host:
        return False
    for x, y in ((a.monotonic_seconds, b.monotonic_seconds), (a.wall_seconds, b.wall_seconds)):
        if x is not None and y is not None:
            return abs(x - y) <= SAME_EVENT_SECONDS
    if a.victims:
        return True
    return _sections(a) != _sections(b) or any(_sections(a))  # two panics without a clock may be two


def _sections(event: OomEvent) -> tuple[bool, ...]:
    return (
        event.invoker is not None,
        event.memcg is not None,
        event.mem_info is not None,
        event.tasks is not None,
        event.summary is not None,
    )


def _fullness(event: OomEvent) -> tuple[int, int, int]:
    return (sum(_sections(event)), TRUST_RANK[event.trust], event.monotonic_seconds is not None)


def _incident(name: str, number: int, event: OomEvent, died: frozenset[int]) -> Incident:
    scope, caveat = scope_and_caveat(event)
    again = replay(event)
    workload = workload_of(event, scope)
    accounting = None
    if event.memcg is not None and event.is_memcg:
        accounting = memcg_accounting(event.memcg)
    elif event.mem_info is not None and event.page_size_bytes is not None:
        accounting = node_accounting(event.mem_info, event.page_size_bytes)
    own = (
        event.summary is not None
        and event.summary.oom_memcg is not None
        and event.summary.oom_memcg == event.summary.task_memcg
    )
    incident = Incident(
        id=name,
        input=number,
        killer="kernel",
        event=event,
        scope=scope,
        replay=again,
        accounting=accounting,
        working_set_bytes=working_set(event.memcg) if event.memcg is not None and event.is_memcg else None,
        workload=workload,
        is_init=tuple(is_init(event, v, own) for v in event.victims),
        why_chosen=tuple(why_chosen(event, v, again, died) for v in event.victims),
    )
    lines = event.summary.lines if event.summary else None
    return incident._replace(notes=tuple(caveat_note(caveat, lines) + notes_of(incident)))
