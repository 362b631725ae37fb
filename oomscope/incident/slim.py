"""Incidents without the heavy parts of their reports: what is still needed of one when thousands are compared."""

from array import array

from oomscope.incident.incident import Incident
from oomscope.kernel.event import MemInfo, OomEvent, TaskTable


def slimmed(incident: Incident) -> Incident:
    """The incident without task table, memory.stat, Mem-Info, call trace, and the words that the document has already.

    Whose limit was hit reads the same as before; `listed` keeps which tasks the table had.
    """
    return incident._replace(
        event=_slim_event(incident.event),
        replay=None,
        accounting=incident.accounting,
        why_chosen=("",) * len(incident.why_chosen),
        notes=(),
        listed=listed(incident),
    )


def listed(incident: Incident) -> "array[int]":
    """The tasks of the report's table, as hashes of pid and name."""
    if incident.listed is not None:
        return incident.listed
    table = incident.event.tasks
    return array("q", [hash((task.pid, task.comm)) for task in table.tasks] if table is not None else [])


def _slim_event(event: OomEvent) -> OomEvent:
    memcg, table, whose = event.memcg, event.tasks, event.is_memcg
    slim = event._replace(
        memcg=memcg._replace(stat=(), stat_line_of=()) if memcg is not None else None,
        mem_info=MemInfo() if event.mem_info is not None else None,
        tasks=TaskTable(table.columns, table.columns_source, (), table.lines) if table is not None else None,
        gaps=(),
        unknown=(),
        raw=(),
        trace=(),
        findings=(),
    )
    return slim if slim.is_memcg == whose else slim._replace(trace=event.trace)
