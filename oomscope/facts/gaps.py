"""From kill to kill: what the times between the kills of one workload say about its lives, and what they do not.

Between two kills lies the restart's delay as well. kubelet restarts a container at once, then waits 10 s, doubles that
up to 5 min, and begins anew after 10 min of running; so a gap is a lifetime only with that taken out, and at most.
"""

import itertools
from collections.abc import Sequence

from oomscope.incident.incident import Incident
from oomscope.incident.restarts import STORM_SECONDS, restarted, timed

BACKOFF_FIRST, BACKOFF_MAX, BACKOFF_RESET = 10.0, 300.0, 600.0


def gaps(members: Sequence[Incident]) -> list[float]:
    """Seconds from kill to kill, in time order; none where a kill has no time or the kills are of several boots."""
    return [seconds for seconds, _, _ in _pairs(members)]


def lives_from_gaps(members: Sequence[Incident]) -> tuple[float, ...]:
    """At most how long the lives between the kills were. What the first life lasted is not to be told.

    Only times in which the workload was restarted count. The delay is kubelet's.
    """
    delay, out = BACKOFF_FIRST, []
    for gap, before, after in _pairs(members):
        if gap <= STORM_SECONDS or not restarted(before, after):
            continue
        waits = _restarted_by_kubelet(before, after)
        life = max(gap - delay, 0.0) if waits else gap
        out.append(round(life, 3))
        delay = BACKOFF_FIRST if life > BACKOFF_RESET or not waits else min(delay * 2, BACKOFF_MAX)
    return tuple(out)


def _restarted_by_kubelet(before: Incident, after: Incident) -> bool:
    one, other = before.workload.identity, after.workload.identity
    return other.orchestrator == "kubernetes" and (one.container_id is None or one.container_id != other.container_id)


def _pairs(members: Sequence[Incident]) -> list[tuple[float, Incident, Incident]]:
    return [(round(b[0] - a[0], 3), a[1], b[1]) for a, b in itertools.pairwise(timed(members))]
