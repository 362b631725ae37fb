"""Kills that only followed from the kill before: the first victim is gone, and what it held is still charged.

The kernel frees a victim's memory after the kill. Whoever asks for memory meanwhile finds the limit still full and
nobody large in the task table, and the kernel kills a bystander.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from oomscope.incident.incident import Incident, Note
from oomscope.incident.restarts import timed
from oomscope.incident.slim import listed, task_key
from oomscope.safe_text import safe_line

_SECONDS = 1.0
_MOST_OF_USAGE, _LITTLE_OF_USAGE = 0.5, 0.1


def aftershocks(timed: Sequence[tuple[float, Incident]]) -> Mapping[str, str]:
    """Return the kills that only followed from the kill before, with the id of that one. `timed` is in time order.

    The first victim has left the task table, and what it held is still charged: the kernel finds nobody large, and kills
    a bystander.
    """
    found: dict[str, str] = {}
    for (at, before), (then, after) in pairwise(timed):
        if then - at <= _SECONDS and _only_followed(before, after):
            found[after.id] = found.get(before.id, before.id)
    return found


def _only_followed(before: Incident, after: Incident) -> bool:
    usage = after.event.memcg.memory.usage_bytes if after.event.memcg and after.event.memcg.memory else 0
    if not usage or not before.event.victims or not after.event.victims:
        return False
    first, second = before.victim_bytes or 0, after.victim_bytes or 0
    if first < _MOST_OF_USAGE * usage or second > _LITTLE_OF_USAGE * usage:
        return False
    there = set(listed(after))
    return bool(there) and all(task_key(v.pid, v.comm) not in there for v in before.event.victims)


def with_aftershock_notes(incidents: Sequence[Incident]) -> list[Incident]:
    """Return the same incidents; each aftershock has a note that says so."""
    groups: dict[tuple[int, str], list[Incident]] = defaultdict(list)
    for incident in incidents:
        groups[incident.machine, incident.workload.key].append(incident)
    found: dict[str, str] = {}
    for members in groups.values():
        if len(members) > 1:
            found.update(aftershocks(timed(members)))
    if not found:
        return list(incidents)
    by_id = {incident.id: incident for incident in incidents}
    return [_noted(one, by_id[found[one.id]]) if one.id in found else one for one in incidents]


def _noted(incident: Incident, cause: Incident) -> Incident:
    victim, first = incident.event.victims[0], cause.event.victims[0]
    said = (
        f"{safe_line(victim.comm)} (pid {victim.pid}) is a bystander: the kernel killed it within a second of "
        f"{safe_line(first.comm)} (pid {first.pid}), whose memory was still charged; the verdict is that on the first kill"
    )
    return incident._replace(notes=(Note("aftershock", said, (victim.line, victim.line)), *incident.notes))
