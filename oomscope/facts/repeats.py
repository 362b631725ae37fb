"""Repeats of one workload: its lives, how long and how even they were, and what changed in between.

Lifetimes run from start to kill, as pods, events, runtime lines or metric series tell them; kill-to-kill gaps only bound them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from oomscope.fact import Fact, declared
from oomscope.facts.gaps import gaps, lives_from_gaps
from oomscope.facts.numbers import median, variation
from oomscope.facts.schedule import schedule_of
from oomscope.facts.table import FactTable
from oomscope.incident.aftershocks import aftershocks
from oomscope.incident.incident import Incident
from oomscope.incident.restarts import STORM_SECONDS, clock_of, leaves_earlier_victim, timed
from oomscope.inputs.side_inputs import Life, LifeSource
from oomscope.units import duration

FACTS = declared(
    "history",
    Fact("kills", "count", "kills of the same workload in what was read"),
    Fact("lives", "count", "container or process runs that ended in a kill"),
    Fact("life_count", "count", "lifetimes that are known"),
    Fact("life_seconds", "seconds", "median lifetime, from start to kill"),
    Fact("life_min_seconds", "seconds", "shortest lifetime"),
    Fact("life_words", "text", "how soon it is killed, in words: after its start, or after the kill before where no start is known"),
    Fact("life_cv", "share", "standard deviation of the lifetimes over their mean"),
    Fact("lives_regular", "truth", "the lifetimes are more even than chance allows at 5 %", "simulated against the exponential"),
    Fact("life_source", "text", "pods, events, log, series or gaps: where lifetimes come from; gaps only bound them"),
    Fact("others_at_once", "count", "other workloads, not replicas, whose own limits were hit within half an hour: a load that they share"),
    Fact("footprint_cv", "share", "spread of the footprint at the kill over the repeats"),
    Fact("footprint_grows", "truth", "the footprint at the kill grew from run to run as the limit was raised"),
    Fact("same_victim_comm", "truth", "the same name died each time"),
    Fact("limit_lowered", "truth", "an earlier kill of this workload had a higher limit", once_is_enough=True),
    Fact("limit_raised", "truth", "an earlier kill of this workload had a lower limit"),
    Fact("shmem_survived", "truth", "shmem stayed nearly the same from one kill to the next, after the victim was gone: no kill frees it"),
    Fact("went_on", "truth", "the workload went on from kill to kill: processes of an earlier report are still there, so the time between kills is no lifetime"),
    Fact("schedule_seconds", "seconds", "the period that the kills keep: an hour, a day or a week to 1 %, other periods of cron to 0.2 %"),
    Fact("aftershock_of", "text", "name of the process that was killed within a second before, and whose memory was still charged"),
    Fact("aftershocks", "count", "kills within a second of another, while what its victim held was still charged: their victims are bystanders"),
)  # fmt: skip

# CV of k lifetimes below which a memoryless process stays with 5 %: 200 000 simulations of the exponential.
_REGULAR_CV = {2: 0.07, 3: 0.25, 4: 0.36, 5: 0.44, 6: 0.49, 7: 0.52, 8: 0.55, 9: 0.57, 10: 0.59}
# A gap that lies so near to a lifetime that is known holds hardly any waiting, and may count as a lifetime itself.
_GAP_IS_LIFE = (0.7, 1.3)
# The less trusted come first: of as many lives each, the first is named.
_TRUSTED: tuple[LifeSource, ...] = ("series", "log", "events", "pods")
AT_ONCE_SECONDS = 1800.0  # a common peak of load: half an hour to either side


class Repeats(NamedTuple):
    """All incidents of one workload on one machine, in the order of the log."""

    key: str
    machine: int
    incidents: tuple[Incident, ...]
    lifetimes_seconds: tuple[float, ...]
    lifetimes_source: str | None
    intervals_seconds: tuple[float, ...]
    others_at_once: int | None = None  # other workloads, not replicas, whose own limits were hit at about the same time
    aftershocks: Mapping[str, str] = MappingProxyType({})  # kills that only followed from another, by id, with its id
    went_on: bool | None = None  # it lived on from each kill to the next, storms apart; None: no such time is known
    schedule_seconds: float | None = None  # the period of the timer that the kills keep

    @property
    def telling(self) -> tuple[Incident, ...]:
        """The incidents without the aftershocks, whose victims were bystanders."""
        return tuple(one for one in self.incidents if one.id not in self.aftershocks)


def group_repeats(incidents: Sequence[Incident], known: Mapping[str, tuple[Life, ...]] | None = None) -> list[Repeats]:
    """Incidents by machine and workload; `known` gives lives by key that an inventory, runtime lines or series told."""
    groups: dict[tuple[int, str], list[Incident]] = defaultdict(list)
    for incident in incidents:
        groups[incident.machine, incident.workload.key].append(incident)
    at_once = _others_at_once(groups)
    out = []
    for (machine, key), members in groups.items():
        out.append(_group(key, members, known or {})._replace(others_at_once=at_once.get((machine, key))))
    return out


def _group(key: str, members: Sequence[Incident], known: Mapping[str, tuple[Life, ...]]) -> Repeats:
    ids = {member.id for member in members}  # the same name on another machine has lives of its own
    told = [life for life in known.get(key, ()) if life.incident in ids]
    if len(members) == 1:
        return Repeats(key, members[0].machine, tuple(members), *_lifetimes(told, ()), ())
    followed = aftershocks(timed(members))
    telling = [member for member in members if member.id not in followed]
    between = gaps(telling)
    apart = [seconds for seconds in between if seconds > STORM_SECONDS]
    period = schedule_of(apart)
    bounds = lives_from_gaps(telling)
    lifetimes, source = _lifetimes(told, bounds if period is None else ())
    went_on = not bounds if apart else None
    return Repeats(
        key, members[0].machine, tuple(members), lifetimes, source, tuple(between), None, followed, went_on, period
    )


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


_Group = tuple[int, str]  # machine, workload key


def _others_at_once(groups: Mapping[_Group, Sequence[Incident]]) -> dict[_Group, int]:
    """By group: the most other workloads whose own limits were hit within half an hour of one of its kills.

    A group whose limit is not a cgroup's, or that has no times, is left out.
    """
    timed: dict[int, list[tuple[float, str, _Group]]] = defaultdict(list)
    for group, members in groups.items():
        for one in members:
            if one.event.is_memcg and (at := clock_of(one)) is not None:
                timed[group[0]].append((at, _kin(one), group))
    found: dict[_Group, int] = {}
    mine = {group: _kin(members[0]) for group, members in groups.items()}
    for kills in timed.values():
        kills.sort(key=lambda kill: kill[0])
        near = _Near()
        first = last = 0
        for at, _, group in kills:
            while last < len(kills) and kills[last][0] <= at + AT_ONCE_SECONDS:
                near.add(*kills[last][1:])
                last += 1
            while kills[first][0] < at - AT_ONCE_SECONDS:
                near.remove(*kills[first][1:])
                first += 1
            found[group] = max(found.get(group, 0), near.others(group, mine[group]))
    return found


class _Near:
    """The kills within half an hour: how many replicas' names there are, and which only one group has."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[_Group, int]] = {}  # by name
        self._alone: dict[_Group, int] = defaultdict(int)  # names that no other group has

    def add(self, name: str, group: _Group) -> None:
        groups = self._groups.setdefault(name, {})
        if group not in groups and len(groups) <= 1:
            for other in groups:
                self._alone[other] -= 1
            self._alone[group] += not groups
        groups[group] = groups.get(group, 0) + 1

    def remove(self, name: str, group: _Group) -> None:
        groups = self._groups[name]
        groups[group] -= 1
        if groups[group]:
            return
        del groups[group]
        if len(groups) == 1:
            self._alone[next(iter(groups))] += 1
        elif not groups:
            self._alone[group] -= 1
            del self._groups[name]

    def others(self, group: _Group, name: str) -> int:
        """Names of other groups, those of its own replicas apart."""
        groups = self._groups.get(name, {})
        shared = len(groups) > (group in groups)
        return len(self._groups) - self._alone[group] - shared


def _kin(incident: Incident) -> str:
    """What replicas of one workload have in common."""
    comm = incident.event.victims[0].comm if incident.event.victims else incident.workload.key
    return incident.workload.owner or comm


def put_repeats(table: FactTable, repeats: Repeats) -> None:
    """Facts of the whole group; the same for each of its incidents."""
    members = repeats.telling
    table.put("kills", sum(max(len(m.event.victims), 1) for m in repeats.incidents))
    table.put("aftershocks", len(repeats.aftershocks) or None)
    table.put("went_on", repeats.went_on)
    table.put("schedule_seconds", repeats.schedule_seconds)
    lives = len(repeats.lifetimes_seconds)
    table.put("lives", _lives(repeats))
    table.put("others_at_once", repeats.others_at_once)
    if lives:
        times = repeats.lifetimes_seconds
        table.put("life_seconds", median(times))
        table.put("life_min_seconds", min(times))
        table.put("life_count", lives)
        table.put("life_source", repeats.lifetimes_source)
        table.put("life_words", _life_words(repeats))
        spread = variation(times) if lives >= 2 else None
        if spread is not None:
            table.put("life_cv", spread)
            table.put("lives_regular", spread < _REGULAR_CV.get(lives, 0.6))
    if len(members) < 2:
        return
    _changes(table, members)


_FAR_APART = 2.5  # from the median to the longest


def _life_words(repeats: Repeats) -> str:
    """Return how soon it is killed, as a predicate; times between kills are called so, and not a run."""
    known = repeats.lifetimes_source != "gaps"
    times = repeats.lifetimes_seconds if known else repeats.intervals_seconds
    middle, longest = median(times), max(times)
    often = "mostly " if longest > _FAR_APART * middle else ""
    within = duration(middle if often else longest)
    return f"{often}runs {within} at most" if known else f"is {often}killed again within {within} of the kill before"


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
    sizes = [s for m in members if (s := m.victim_bytes) is not None]
    if len(sizes) >= 3:
        table.put("footprint_cv", variation(sizes))
    raised = table.values.get("limit_raised")
    if len(sizes) >= 2 and raised is not None:  # one limit all the time is an answer, and no question to an older log
        table.put("footprint_grows", bool(raised) and sizes[-1] > 1.1 * sizes[0])
    held = [(m, s) for m in members if m.accounting and (s := m.accounting.of("shmem")) is not None]
    shmem = [size for _, size in held]
    if len(shmem) >= 2 and min(shmem) > 4 << 20:
        gone = all(leaves_earlier_victim(one, other) for (one, _), (other, _) in pairwise(held))
        table.put("shmem_survived", gone and min(shmem) >= 0.9 * max(shmem))
