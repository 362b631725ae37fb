"""Incidents without the heavy parts of their reports: what is still needed of one when thousands are compared."""

import sys
from array import array

from oomscope.incident.incident import Accounting, Incident
from oomscope.kernel.event import Machine, MemcgReport, MemInfo, OomEvent, TaskTable


def slimmed(incident: Incident) -> Incident:
    """Return the incident without task table, memory.stat, Mem-Info, call trace, and the words that the document has already.

    Whose limit was hit reads the same as before; `listed` keeps which tasks the table had.
    """
    return incident._replace(
        event=_slim_event(incident.event),
        replay=None,
        accounting=_slim_accounting(incident.accounting),
        why_chosen=("",) * len(incident.why_chosen),
        notes=(),
        listed=listed(incident),
    )


def listed(incident: Incident) -> "array[int]":
    """Return the tasks of the report's table, as hashes of pid and name."""
    if incident.listed is not None:
        return incident.listed
    table = incident.event.tasks
    return array("q", [task_key(task.pid, task.comm) for task in table.tasks] if table is not None else [])


def task_key(pid: int, comm: str) -> int:
    """Return what names a task in `listed`."""
    return hash((pid, comm))


_NO_MACHINE = Machine()


def _once(text: str | None) -> str | None:
    """Return the text as the one object that all incidents share: the same few words stand in every report."""
    return None if text is None else sys.intern(text)


def _slim_accounting(accounting: Accounting | None) -> Accounting | None:
    """What is compared over the kills of one workload: tmpfs that outlives them."""
    if accounting is None:
        return None
    return accounting._replace(
        parts=tuple(part._replace(lines=None) for part in accounting.parts if part.name == "shmem")
    )


def _slim_event(event: OomEvent) -> OomEvent:
    memcg, table, whose = event.memcg, event.tasks, event.is_memcg
    summary = event.summary
    if summary is not None:
        same = summary.task_memcg == summary.oom_memcg
        summary = summary._replace(
            constraint=_once(summary.constraint),
            comm=_once(summary.comm),
            task_memcg=summary.oom_memcg if same else summary.task_memcg,
        )
    slim = event._replace(
        host=_once(event.host),
        wall_source=_once(event.wall_source),
        summary=summary,
        victims=tuple(v._replace(comm=sys.intern(v.comm), message=_once(v.message)) for v in event.victims),
        memcg=MemcgReport(memory=memcg.memory, version=memcg.version) if memcg is not None else None,
        invoker=None,
        machine=_NO_MACHINE,
        mem_info=MemInfo() if event.mem_info is not None else None,
        tasks=TaskTable(table.columns, table.columns_source, (), table.lines) if table is not None else None,
        gaps=(),
        unknown=(),
        trace=(),
        findings=(),
    )
    return slim if slim.is_memcg == whose else slim._replace(trace=event.trace)
