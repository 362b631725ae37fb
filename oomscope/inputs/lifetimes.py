"""Lifetimes that side inputs and runtimes tell: start to kill, never kill to kill."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from oomscope.incident.incident import Incident
from oomscope.inputs.pod_info import Match
from oomscope.inputs.side_inputs import Life, LifeSource

_STORM_SECONDS = 5.0  # kills that follow so fast are of one end


class Start(NamedTuple):
    """When the run that a kill may have ended began, by the clock of `at`, which is the kill's."""

    began: float
    at: float


Starts = Mapping[str, Start]
"""By incident id."""


def pod_life(incident: Incident, match: Match | None) -> Life | None:
    """Return the life that this kill ended, where the inventory still knows that run: `lastState.terminated`.

    A container whose init survived a kill has not ended, so nothing is told of the child that died.
    """
    container_id = incident.workload.identity.container_id
    if match is None or match.container is None or container_id is None:
        return None
    for ended in match.container.terminations:
        if ended.container_id == container_id and ended.lifetime_seconds is not None:
            return Life(incident.id, ended.lifetime_seconds, "pods")
    return None


def started_lives(incidents: Sequence[Incident], starts: Starts, source: LifeSource) -> dict[str, Life]:
    """Return lives by incident id. Of two kills after one start, apart in time, neither ended it: it lived on."""
    runs: dict[tuple[int, str, float], list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.id in starts and not _went_on(incident):
            runs[incident.machine, incident.workload.key, starts[incident.id].began].append(incident)
    out = {}
    for (_, _, began), killed in runs.items():
        ends = [starts[incident.id].at for incident in killed]
        if max(ends) - min(ends) <= _STORM_SECONDS:
            last = max(killed, key=lambda incident: starts[incident.id].at)
            out[last.id] = Life(last.id, max(ends) - began, source)
    return out


def _went_on(incident: Incident) -> bool:
    """A child died alone, and the first process of its container did not."""
    init = incident.is_init[0] if incident.is_init else None
    return init is False and incident.event.oom_group is None and incident.workload.identity.container_id is not None


def lives_by_key(
    incidents: Sequence[Incident],
    matches: Mapping[str, Match],
    others: Sequence[Mapping[str, Life]] = (),
) -> dict[str, tuple[Life, ...]]:
    """Return lives by workload key: what the inventory knows, else what `others` know, the most trusted first."""
    out: dict[str, list[Life]] = defaultdict(list)
    last_of = _last_of_each_container(incidents)
    for incident in incidents:
        life = pod_life(incident, matches.get(incident.id)) if incident.id in last_of else None
        life = life or next((lives[incident.id] for lives in others if incident.id in lives), None)
        if life is not None:
            out[incident.workload.key].append(life)
    return {key: tuple(lives) for key, lives in out.items()}


def _last_of_each_container(incidents: Sequence[Incident]) -> frozenset[str]:
    """Incidents after which no other kill hit the same container: one of them may have ended it."""
    last: dict[str | None, str] = {}
    for incident in incidents:
        last[incident.workload.identity.container_id] = incident.id
    return frozenset(last.values())
