"""Lifetimes that side inputs tell: start to kill, never kill to kill."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from oomscope.incident.shape import Incident
from oomscope.side.shape import Life
from oomscope.workload.pods import Match


def pod_life(incident: Incident, match: Match | None) -> Life | None:
    """The life that this kill ended, where the inventory still knows that run of the container: `lastState.terminated`.

    A container whose init survived a kill has not ended, so nothing is told of the child that died.
    """
    container_id = incident.workload.identity.container_id
    if match is None or match.container is None or container_id is None:
        return None
    for ended in match.container.terminations:
        if ended.container_id == container_id and ended.lifetime_seconds is not None:
            return Life(incident.id, ended.lifetime_seconds, "pods")
    return None


def lives_by_key(
    incidents: Sequence[Incident], matches: Mapping[str, Match], measured: Mapping[str, float]
) -> dict[str, tuple[Life, ...]]:
    """Lives by workload key; `measured` holds seconds by incident id as metric series show them, for want of better."""
    out: dict[str, list[Life]] = defaultdict(list)
    last_of = _last_of_each_container(incidents)
    for incident in incidents:
        life = pod_life(incident, matches.get(incident.id)) if incident.id in last_of else None
        if life is None and incident.id in measured:
            life = Life(incident.id, measured[incident.id], "series")
        if life is not None:
            out[incident.workload.key].append(life)
    return {key: tuple(lives) for key, lives in out.items()}


def _last_of_each_container(incidents: Sequence[Incident]) -> frozenset[str]:
    """Incidents after which no other kill hit the same container: one of them may have ended it."""
    last: dict[str | None, str] = {}
    for incident in incidents:
        last[incident.workload.identity.container_id] = incident.id
    return frozenset(last.values())
