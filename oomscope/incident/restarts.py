"""Whether a workload was restarted between two kills.

A time between kills is a lifetime only where everything began anew in between. It did not where a process of the earlier
report is still there: the kernel kills one worker of a pool, and the pool lives on.
"""

from collections.abc import Sequence
from itertools import pairwise

from oomscope.incident.incident import Incident
from oomscope.incident.slim import listed, task_key

STORM_SECONDS = 5.0  # kills that follow so fast are one shortage, not two lives
_FREED_SECONDS = 2.0
_OWN_SCOPES = frozenset(("container", "service", "cgroup"))
"""Scopes whose task table lists the processes of one workload and nobody else's."""


def clock_of(incident: Incident) -> float | None:
    """Seconds of the log's own clock."""
    event = incident.event
    return event.monotonic_seconds if event.monotonic_seconds is not None else event.wall_seconds


def timed(members: Sequence[Incident]) -> list[tuple[float, Incident]]:
    """Return the incidents in time order; none where one has no time or they are of several boots."""
    found = [(clock, member) for member in members if (clock := clock_of(member)) is not None]
    if len(found) != len(members) or len({m.event.boot_id for m in members}) > 1:
        return []
    return sorted(found, key=lambda pair: pair[0])


def runs(members: Sequence[Incident]) -> list[list[Incident]]:
    """Return the kills of one workload, those together between which it was not restarted; each alone without times."""
    ordered = timed(members)
    found: list[list[Incident]] = []
    for _, incident in ordered:
        if found and not restarted(found[-1][-1], incident):
            found[-1].append(incident)
        else:
            found.append([incident])
    return found or [[member] for member in members]


def outlived(run: Sequence[Incident]) -> bool:
    """Return True if a run went on for long after its first kill: that kill ended no life."""
    first, last = clock_of(run[0]), clock_of(run[-1])
    return first is not None and last is not None and last - first > STORM_SECONDS


def apart(run: Sequence[Incident]) -> list[Incident]:
    """Return the later kills of a run that follow the one before by more than a storm: memory had time to grow again.

    What follows at once shows the memory that a kill freed.
    """
    found = []
    for before, after in pairwise(run):
        one, other = clock_of(before), clock_of(after)
        if one is not None and other is not None and other - one > STORM_SECONDS:
            found.append(after)
    return found


def restarted(before: Incident, after: Incident) -> bool:
    """Return False where the log shows that the workload of two kills went on from the one to the other."""
    one, other = before.workload.identity, after.workload.identity
    if one.container_id is not None and other.container_id is not None and one.container_id != other.container_id:
        return True
    if one.orchestrator == "kubernetes" and one.container_id is not None and one.container_id == other.container_id:
        return False  # the kubelet gives each start of a container an id of its own
    earlier = set(listed(before))
    dead = {task_key(victim.pid, victim.comm) for victim in before.event.victims}
    if any(task_key(victim.pid, victim.comm) in earlier for victim in after.event.victims):
        return False
    if before.scope in _OWN_SCOPES and after.scope in _OWN_SCOPES:
        return (earlier - dead).isdisjoint(listed(after))
    return (earlier - dead).isdisjoint(_of_the_same_name(before, after))


def _of_the_same_name(before: Incident, after: Incident) -> list[int]:
    """Return the later table's tasks that carry the name of one of its victims or of the earlier ones."""
    names = {victim.comm for one in (before, after) for victim in one.event.victims}
    table = after.event.tasks
    return [task_key(task.pid, task.comm) for task in table.tasks if task.comm in names] if table else []


def leaves_earlier_victim(before: Incident, after: Incident) -> bool:
    """Return True if the later report, far enough from the earlier one, no longer lists its victims."""
    one, other = before.event.monotonic_seconds, after.event.monotonic_seconds
    if one is not None and other is not None and abs(other - one) <= _FREED_SECONDS:
        return False  # the victim may still be giving back what it held
    there = set(listed(after))
    return all(task_key(v.pid, v.comm) not in there for v in before.event.victims)
