"""Repeats of one workload: its lives, how long and how even they were, and what changed in between.

Lifetimes run from start to kill, as pods, events, runtime lines or metric series tell them; kill-to-kill gaps only bound them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from oomscope.fact import Fact, declared
from oomscope.facts.gaps import clock_of, gaps, lives_from_gaps
from oomscope.facts.numbers import median, variation
from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Life, LifeSource
from oomscope.kernel.derive.badness import footprint_pages

FACTS = declared(
    "history",
    Fact("kills", "count", "kills of the same workload in what was read"),
    Fact("lives", "count", "container or process lives that ended in a kill"),
    Fact("life_count", "count", "lifetimes that are known"),
    Fact("life_seconds", "seconds", "median lifetime, from start to kill"),
    Fact("life_min_seconds", "seconds", "shortest lifetime"),
    Fact("life_cv", "share", "standard deviation of the lifetimes over their mean"),
    Fact("lives_regular", "truth", "the lifetimes are more even than chance allows at 5 %", "simulated against the exponential"),
    Fact("life_source", "text", "pods, events, log, series or gaps: where lifetimes come from; gaps only bound them"),
    Fact("others_at_once", "count", "other workloads, not replicas, whose own limits were hit within half an hour: a load that they share"),
    Fact("footprint_cv", "share", "spread of the footprint at the kill over the repeats"),
    Fact("footprint_grows", "truth", "the footprint at the kill grew from life to life as the limit was raised"),
    Fact("same_victim_comm", "truth", "the same name died each time"),
    Fact("limit_lowered", "truth", "an earlier kill of this workload had a higher limit", once_is_enough=True),
    Fact("limit_raised", "truth", "an earlier kill of this workload had a lower limit"),
    Fact("shmem_survived", "truth", "shmem stayed nearly the same from one kill to the next: no kill frees it"),
)  # fmt: skip

# CV of k lifetimes below which a memoryless process stays with 5 %: 200 000 simulations of the exponential.
_REGULAR_CV = {2: 0.07, 3: 0.25, 4: 0.36, 5: 0.44, 6: 0.49, 7: 0.52, 8: 0.55, 9: 0.57, 10: 0.59}
# A gap that lies so near to a lifetime that is known holds hardly any waiting, and may count as a lifetime itself.
_GAP_IS_LIFE = (0.7, 1.3)
# The less trusted come first: of as many lives each, the first is named.
_TRUSTED: tuple[LifeSource, ...] = ("series", "log", "events", "pods")
AT_ONCE_SECONDS = 1800.0  # a common peak of load: half an hour to either side


class Repeats(NamedTuple):
    """All incidents of one workload key, in time order."""

    key: str
    incidents: tuple[Incident, ...]
    lifetimes_seconds: tuple[float, ...]
    lifetimes_source: str | None
    intervals_seconds: tuple[float, ...]
    others_at_once: int | None = None  # other workloads, not replicas, whose own limits were hit at about the same time


def group_repeats(incidents: Sequence[Incident], known: Mapping[str, tuple[Life, ...]] | None = None) -> list[Repeats]:
    """Incidents by workload; `known` gives lives by key that an inventory, runtime lines or series told."""
    groups: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        groups[incident.workload.key].append(incident)
    out = []
    for key, members in groups.items():
        lifetimes, source = _lifetimes((known or {}).get(key, ()), lives_from_gaps(members))
        others = _others_at_once(members, [m for other, ms in groups.items() if other != key for m in ms])
        out.append(Repeats(key, tuple(members), lifetimes, source, tuple(gaps(members)), others))
    return out


def _lifetimes(told: Sequence[Life], bounds: Sequence[float]) -> tuple[tuple[float, ...], str | None]:
    """What was told; with the gaps besides where one life is known to fill such a gap. Only gaps: those."""
    if not told:
        return tuple(bounds), "gaps" if bounds else None
    sources: list[LifeSource] = [life.source for life in told]
    source = max(_TRUSTED, key=lambda one: sources.count(one))
    seconds = [round(life.seconds, 3) for life in told]
    low, high = (factor * median(seconds) for factor in _GAP_IS_LIFE)
    if len(bounds) > len(seconds) and all(low <= bound <= high for bound in bounds):
        return tuple(bounds), source
    return tuple(seconds), source


def _others_at_once(members: Sequence[Incident], rest: Sequence[Incident]) -> int | None:
    if not members[0].event.is_memcg or clock_of(members[0]) is None:
        return None
    mine, times = _kin(members[0]), [t for m in members if (t := clock_of(m)) is not None]
    boot = members[0].event.boot_id
    near = {
        _kin(one)
        for one in rest
        if one.event.is_memcg and one.event.boot_id == boot and (at := clock_of(one)) is not None
        if any(abs(at - time) <= AT_ONCE_SECONDS for time in times)
    }
    return len(near - {mine})


def _kin(incident: Incident) -> str:
    """What replicas of one workload have in common."""
    comm = incident.event.victims[0].comm if incident.event.victims else incident.workload.key
    return incident.workload.owner or comm


def put_repeats(table: FactTable, repeats: Repeats) -> None:
    """Facts of the whole group; the same for each of its incidents."""
    members = repeats.incidents
    table.put("kills", sum(max(len(m.event.victims), 1) for m in members))
    lives = len(repeats.lifetimes_seconds)
    table.put("lives", _lives(repeats))
    table.put("others_at_once", repeats.others_at_once)
    if lives:
        times = repeats.lifetimes_seconds
        table.put("life_seconds", median(times))
        table.put("life_min_seconds", min(times))
        table.put("life_count", lives)
        table.put("life_source", repeats.lifetimes_source)
        spread = variation(times) if lives >= 2 else None
        if spread is not None:
            table.put("life_cv", spread)
            table.put("lives_regular", spread < _REGULAR_CV.get(lives, 0.6))
    if len(members) < 2:
        return
    _changes(table, members)


def _lives(repeats: Repeats) -> int:
    containers = {m.workload.identity.container_id for m in repeats.incidents} - {None}
    ended = len(repeats.lifetimes_seconds)
    return max(len(containers), ended + 1 if repeats.lifetimes_source == "gaps" else ended, 1)


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
    if len(sizes) >= 3:
        table.put("footprint_cv", variation(sizes))
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
