"""Kill lines without a report: the kernel prints at most ten reports in five seconds, and drops the rest whole.

What is left names a pid and a comm. A report of the same storm lists that pid in its task table, and a memory cgroup's
table holds only the tasks of that cgroup: so the pid tells whose kill it was.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from oomscope.incident.incident import Incident, Note
from oomscope.incident.slim import listed, task_key
from oomscope.kernel.event import Victim

STORM_SECONDS = 600.0

_Place = tuple[int, int, bool | None]  # machine, input, whether a cgroup's limit was hit
_Who = tuple[object, ...]


class _Reports:
    """The reports of a run, by what a bare kill line can be matched by; each list in time order."""

    def __init__(self, incidents: Sequence[Incident]) -> None:
        self._lists: dict[tuple[_Place, int], list[tuple[float, Incident]]] = {}
        self._named: dict[tuple[_Place, _Who], list[tuple[float, Incident]]] = {}
        for incident in incidents:
            event = incident.event
            if event.tasks is None and event.summary is None:
                continue
            place, at = _place(incident), _time(incident)
            for task in listed(incident):
                self._lists.setdefault((place, task), []).append((at, incident))
            for who in {_who(victim) for victim in event.victims}:
                self._named.setdefault((place, who), []).append((at, incident))
        for found in (*self._lists.values(), *self._named.values()):
            found.sort(key=lambda pair: pair[0])

    def listing(self, incident: Incident, victim: Victim) -> Incident | None:
        """Return the report nearest in time that lists the victim."""
        near = _near(self._lists.get((_place(incident), task_key(victim.pid, victim.comm)), ()), incident)
        return min(near, key=lambda pair: abs(pair[0] - _time(incident)))[1] if near else None

    def naming(self, incident: Incident, victim: Victim) -> Incident | None:
        """Return a report of the one workload whose victims carry this name, uid and oom_score_adj; None if there are several."""
        near = _near(self._named.get((_place(incident), _who(victim)), ()), incident)
        key = near[0][1].workload.key if near else None
        return near[0][1] if near and all(report.workload.key == key for _, report in near) else None


def adopt(incidents: Sequence[Incident]) -> list[Incident]:
    """Return the same incidents; a bare kill line that a report around it explains has that report's workload."""
    bare = [_bare(incident) for incident in incidents]
    if not any(bare):
        return list(incidents)
    reports = _Reports(incidents)
    return [_adopted(i, reports) if alone else i for i, alone in zip(incidents, bare, strict=True)]


def _bare(incident: Incident) -> bool:
    event = incident.event
    sections = (event.tasks, event.summary, event.memcg, event.mem_info)
    return bool(event.victims) and all(section is None for section in sections)


def _adopted(incident: Incident, reports: _Reports) -> Incident:
    victim = incident.event.victims[0]
    how = "a report nearby lists this pid"
    parent = reports.listing(incident, victim)
    if parent is None:
        how = "it carries the name, uid and oom_score_adj of the victims of the reports nearby"
        parent = reports.naming(incident, victim)
    if parent is None:
        return incident
    words = f"the report was rate-limited away; the workload is inferred: {how}"
    note = Note("workload-inferred", words, (victim.line, victim.line))
    return incident._replace(workload=parent.workload, notes=(*incident.notes, note))


def _place(incident: Incident) -> _Place:
    return incident.machine, incident.input, incident.event.is_memcg


def _who(victim: Victim) -> _Who:
    return victim.comm, victim.uid, victim.oom_score_adj


def _time(incident: Incident) -> float:
    """Seconds of printk's clock; in a log without one the line stands for it."""
    seconds = incident.event.monotonic_seconds
    return seconds if seconds is not None else float(incident.event.lines[0])


def _near(found: Sequence[tuple[float, Incident]], incident: Incident) -> Sequence[tuple[float, Incident]]:
    """Those within minutes of the incident; all of a log without a clock."""
    if incident.event.monotonic_seconds is None:
        return found
    at = _time(incident)
    first = bisect_left(found, at - STORM_SECONDS, key=lambda pair: pair[0])
    last = bisect_right(found, at + STORM_SECONDS, key=lambda pair: pair[0])
    return found[first:last]
