"""Repeats of one workload: its lives, how long and how even they were, and what changed in between.

Lifetimes run from start to kill. From kill to kill there is the restart's delay as well: kubelet waits 10 s, doubles
that to 5 min, and begins anew after 10 min of running; so a gap is a lifetime only with that taken out.
"""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from oomscope.facts.table import FactTable
from oomscope.incident.shape import Incident
from oomscope.kernel.badness import footprint_pages

# CV of k lifetimes below which a memoryless process stays with 5 %: 200 000 simulations of the exponential. For two it
# is exact: |a-b|/(a+b) is uniform. Two even lives are rarely seen (power 0.35), but say as much when they are.
_REGULAR_CV = {2: 0.07, 3: 0.25, 4: 0.36, 5: 0.44, 6: 0.49, 7: 0.52, 8: 0.55, 9: 0.57, 10: 0.59}
STORM_SECONDS = 5.0  # kills that follow so fast are one shortage, not two lives
BACKOFF_FIRST, BACKOFF_MAX, BACKOFF_RESET = 10.0, 300.0, 600.0


@dataclass(frozen=True, slots=True)
class Repeats:
    """All incidents of one workload key, in time order."""

    key: str
    incidents: tuple[Incident, ...]
    lifetimes_seconds: tuple[float, ...]
    lifetimes_source: str | None
    intervals_seconds: tuple[float, ...]


def group_repeats(
    incidents: Sequence[Incident], known: dict[str, tuple[tuple[float, ...], str]] | None = None
) -> list[Repeats]:
    """Incidents by workload; `known` gives lifetimes by key that an inventory or runtime lines told, with their source."""
    groups: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        groups[incident.workload.key].append(incident)
    out = []
    for key, members in groups.items():
        gaps = _gaps(members)
        lifetimes, source = (known or {}).get(key, ((), None))
        if not lifetimes and gaps:
            lifetimes, source = _from_gaps(gaps, members), "gaps"
        out.append(Repeats(key, tuple(members), tuple(lifetimes), source if lifetimes else None, tuple(gaps)))
    return out


def _clock(incident: Incident) -> float | None:
    event = incident.event
    return event.monotonic_seconds if event.monotonic_seconds is not None else event.wall_seconds


def _gaps(members: Sequence[Incident]) -> list[float]:
    times = [_clock(m) for m in members]
    if any(t is None for t in times) or len({m.event.boot_id for m in members}) > 1:
        return []
    known = sorted(t for t in times if t is not None)
    return [round(b - a, 3) for a, b in itertools.pairwise(known)]


def _from_gaps(gaps: Sequence[float], members: Sequence[Incident]) -> tuple[float, ...]:
    """Kill-to-kill gaps with kubelet's delay taken out; other managers restart at once."""
    lives = [gap for gap in gaps if gap > STORM_SECONDS]
    if not any(m.workload.identity.orchestrator == "kubernetes" for m in members):
        return tuple(lives)
    delay, out = BACKOFF_FIRST, []
    for gap in lives:
        life = max(gap - delay, 0.0)
        out.append(round(life, 3))
        delay = BACKOFF_FIRST if life > BACKOFF_RESET else min(delay * 2, BACKOFF_MAX)
    return tuple(out)


def put_repeats(table: FactTable, repeats: Repeats) -> None:
    """Facts of the whole group; the same for each of its incidents."""
    members = repeats.incidents
    table.put("kills", sum(max(len(m.event.victims), 1) for m in members))
    lives = len(repeats.lifetimes_seconds)
    table.put("lives", _lives(repeats))
    if lives:
        times = repeats.lifetimes_seconds
        table.put("life_seconds", statistics.median(times))
        table.put("life_min_seconds", min(times))
        table.put("life_source", repeats.lifetimes_source)
        if lives >= 2 and statistics.mean(times) > 0:
            spread = statistics.stdev(times) / statistics.mean(times)
            table.put("life_cv", spread)
            table.put("lives_regular", spread < _REGULAR_CV.get(lives, 0.6))
    if len(members) < 2:
        return
    _changes(table, members)


def _lives(repeats: Repeats) -> int:
    containers = {m.workload.identity.container_id for m in repeats.incidents} - {None}
    return max(
        len(containers),
        len(repeats.lifetimes_seconds) + 1 if repeats.lifetimes_source == "gaps" else len(repeats.lifetimes_seconds),
        1,
    )


def _changes(table: FactTable, members: Sequence[Incident]) -> None:
    comms = {v.comm for m in members for v in m.event.victims[:1]}
    table.put("same_victim_comm", len(comms) == 1)
    limits = [
        m.event.memcg.memory.limit_bytes
        for m in members
        if m.event.memcg and m.event.memcg.memory and not m.event.memcg.memory.unlimited
    ]
    if len(limits) >= 2:
        table.put("limit_lowered", limits[-1] < 0.98 * max(limits))
        table.put("limit_raised", limits[-1] > 1.02 * min(limits) and limits[-1] >= 0.98 * max(limits))
    sizes = [s for m in members if (s := _victim_size(m)) is not None]
    if len(sizes) >= 3 and statistics.mean(sizes) > 0:
        table.put("footprint_cv", statistics.stdev(sizes) / statistics.mean(sizes))
    if len(sizes) >= 2 and table.values.get("limit_raised"):
        table.put("footprint_grows", sizes[-1] > 1.1 * sizes[0])
    shmem = [s for m in members if m.accounting and (s := m.accounting.of("shmem")) is not None]
    if len(shmem) >= 2 and min(shmem) > 4 << 20:
        table.put("shmem_survived", min(shmem) >= 0.9 * max(shmem))


def _victim_size(incident: Incident) -> int | None:
    event = incident.event
    if not event.victims:
        return None
    victim = event.victims[0]
    row = next((t for t in event.tasks.tasks if t.pid == victim.pid), None) if event.tasks else None
    if row is not None and event.page_size_bytes:
        return footprint_pages(row, event.page_size_bytes) * event.page_size_bytes
    return victim.anon_rss_bytes
