"""Events to incidents: named, joined with their workload, replayed and accounted for."""

from collections.abc import Iterable, Iterator

from oomscope.incident.accounting import memcg_accounting, node_accounting, working_set
from oomscope.incident.incident import Incident
from oomscope.incident.notes import notes_of
from oomscope.incident.outcome import outcome_of
from oomscope.incident.scope import caveat_note, scope_and_caveat, workload_of
from oomscope.incident.twins import Found, without_twins
from oomscope.incident.why_chosen import is_init, why_chosen
from oomscope.kernel.derive.badness import replay
from oomscope.kernel.event import OomEvent


def build_incidents(events: Iterable[tuple[int, int, OomEvent]]) -> list[Incident]:
    """One incident an event, given as (input, machine, event), in the order that they come in.

    Renderings of one event on one machine are merged into the fullest.
    """
    return list(_incidents(without_twins(events)))


def _incidents(events: Iterable[Found]) -> Iterator[Incident]:
    died: dict[int, set[int]] = {}  # pids, by machine
    for found in events:
        earlier = died.setdefault(found.machine, set())
        yield _incident(found, earlier)
        earlier.update(victim.pid for victim in found.event.victims)


def _incident(found: Found, died: set[int]) -> Incident:
    event, summary = found.event, found.event.summary
    scope, caveat = scope_and_caveat(event)
    again = replay(event)
    accounting = None
    if event.memcg is not None and event.is_memcg:
        accounting = memcg_accounting(event.memcg)
    elif event.mem_info is not None and event.page_size_bytes is not None:
        accounting = node_accounting(event.mem_info, event.page_size_bytes)
    own = summary is not None and summary.oom_memcg is not None and summary.oom_memcg == summary.task_memcg
    incident = Incident(
        id=found.id,
        input=found.input,
        machine=found.machine,
        outcome=outcome_of(event),
        killer="kernel",
        event=event,
        scope=scope,
        replay=again,
        accounting=accounting,
        working_set_bytes=working_set(event.memcg) if event.memcg is not None and event.is_memcg else None,
        workload=workload_of(event, scope),
        is_init=tuple(is_init(event, victim, own) for victim in event.victims),
        why_chosen=tuple(why_chosen(event, victim, again, died) for victim in event.victims),
        also_seen=found.also_seen,
    )
    return incident._replace(notes=tuple(caveat_note(caveat, summary.lines if summary else None) + notes_of(incident)))
