"""Kill lines without a report: the kernel prints at most ten reports in five seconds, and drops the rest whole.

What is left names a pid and a comm. A report of the same storm lists that pid in its task table, and a memory cgroup's
table holds only the tasks of that cgroup: so the pid tells whose kill it was.
"""

from collections.abc import Sequence

from oomscope.incident.incident import Incident, Note
from oomscope.kernel.event import Victim

STORM_SECONDS = 600.0


def adopt(incidents: Sequence[Incident]) -> list[Incident]:
    """The same incidents; a bare kill line that a report around it explains has that report's workload."""
    reports = [i for i in incidents if i.event.tasks is not None or i.event.summary is not None]
    return [_adopted(i, reports) if _bare(i) else i for i in incidents]


def _bare(incident: Incident) -> bool:
    event = incident.event
    return (
        bool(event.victims)
        and event.tasks is None
        and event.summary is None
        and event.memcg is None
        and event.mem_info is None
    )


def _adopted(incident: Incident, reports: Sequence[Incident]) -> Incident:
    victim = incident.event.victims[0]
    near = [r for r in reports if r.event.is_memcg == incident.event.is_memcg and _near(incident, r)]
    by_pid = [r for r in near if _lists(r, victim)]
    parent = min(by_pid, key=lambda r: _distance(incident, r)) if by_pid else _by_name(near, victim)
    if parent is None:
        return incident
    how = (
        "a report nearby lists this pid"
        if by_pid
        else "it carries the name, uid and oom_score_adj of the victims of the reports nearby"
    )
    note = Note(
        "workload-inferred",
        f"the report was rate-limited away; the workload is inferred: {how}",
        (victim.line, victim.line),
    )
    return incident._replace(workload=parent.workload, notes=(*incident.notes, note))


def _distance(a: Incident, b: Incident) -> float:
    x, y = a.event.monotonic_seconds, b.event.monotonic_seconds
    return abs(x - y) if x is not None and y is not None else float(abs(a.event.lines[0] - b.event.lines[0]))


def _near(a: Incident, b: Incident) -> bool:
    if a.input != b.input or a.event.boot_id != b.event.boot_id:
        return False
    x, y = a.event.monotonic_seconds, b.event.monotonic_seconds
    return x is None or y is None or abs(x - y) <= STORM_SECONDS


def _lists(report: Incident, victim: Victim) -> bool:
    table = report.event.tasks
    return table is not None and any(t.pid == victim.pid and t.comm == victim.comm for t in table.tasks)


def _by_name(near: Sequence[Incident], victim: Victim) -> Incident | None:
    """The one workload whose victims carry this name, uid and oom_score_adj; None if there are several or none."""
    who = (victim.comm, victim.uid, victim.oom_score_adj)
    same = [r for r in near if any((v.comm, v.uid, v.oom_score_adj) == who for v in r.event.victims)]
    return same[0] if len({r.workload.key for r in same}) == 1 else None
