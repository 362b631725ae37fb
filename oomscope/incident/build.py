"""Events to incidents: joined with their workload, replayed and accounted for."""

from collections.abc import Iterable

from oomscope.incident.accounting import memcg_accounting, node_accounting, working_set
from oomscope.incident.incident import Incident
from oomscope.incident.notes import notes_of
from oomscope.incident.outcome import outcome_of
from oomscope.incident.scope import caveat_note, scope_and_caveat, workload_of
from oomscope.incident.twins import content_of, fullness_of, without_twins
from oomscope.incident.why_chosen import is_init, why_chosen
from oomscope.kernel.derive.badness import footprint_pages, replay
from oomscope.kernel.event import OomEvent


class IncidentBuilder:
    """Makes the incidents of one input, in the order of its events."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._died: dict[int, set[int]] = {}  # pids, by boot

    def incident(self, event: OomEvent, machine: int = 0) -> Incident:
        """Return the event as an incident, which has no id yet."""
        died = self._died.setdefault(event.boot, set())
        incident = _incident(self._number, machine, event, died)
        died.update(victim.pid for victim in event.victims)
        return incident


def build_incidents(events: Iterable[tuple[int, int, OomEvent]]) -> list[Incident]:
    """One incident an event, given as (input, machine, event), in the order that they come in.

    Renderings of one event on one machine are merged into the fullest.
    """
    builders: dict[int, IncidentBuilder] = {}
    return without_twins(
        builders.setdefault(number, IncidentBuilder(number)).incident(event, machine)
        for number, machine, event in events
    )


def _incident(number: int, machine: int, event: OomEvent, died: set[int]) -> Incident:
    summary = event.summary
    scope, caveat = scope_and_caveat(event)
    again = replay(event)
    accounting = None
    if event.memcg is not None and event.is_memcg:
        accounting = memcg_accounting(event.memcg)
    elif event.mem_info is not None and event.page_size_bytes is not None:
        accounting = node_accounting(event.mem_info, event.page_size_bytes)
    own = summary is not None and summary.oom_memcg is not None and summary.oom_memcg == summary.task_memcg
    incident = Incident(
        id="",
        input=number,
        machine=machine,
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
        victim_bytes=_victim_bytes(event),
        content=content_of(event),
        fullness=fullness_of(event),
    )
    return incident._replace(notes=tuple(caveat_note(caveat, summary.lines if summary else None) + notes_of(incident)))


def _victim_bytes(event: OomEvent) -> int | None:
    if not event.victims:
        return None
    victim = event.victims[0]
    row = next((t for t in event.tasks.tasks if t.pid == victim.pid), None) if event.tasks else None
    if row is not None and event.page_size_bytes:
        return footprint_pages(row, event.page_size_bytes) * event.page_size_bytes
    return victim.anon_rss_bytes
