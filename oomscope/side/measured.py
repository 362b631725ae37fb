"""Metric series joined with the kills that they lead up to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from oomscope.incident.shape import Incident
from oomscope.series.gather import merged
from oomscope.series.life import Kill, LifeShape, lives_of, memory_of
from oomscope.series.read import read_metrics
from oomscope.series.reading import Finding, finding
from oomscope.series.shape import Series, Who
from oomscope.side.clock import Clock
from oomscope.workload.pods import Match

_OWN_LIMIT = ("container", "pod", "service", "cgroup")
_NO_CONTAINER = (None, "", "POD")


def measure(
    paths: Sequence[str], incidents: Sequence[Incident], matches: Mapping[str, Match], clock: Clock
) -> tuple[dict[str, Finding], dict[str, float]]:
    """What the series say by workload key, and how long lives were by incident id. Raises InputError."""
    series = list(merged(one for path in paths for one in read_metrics(path)))
    by_path, by_names = _indexed(series)
    groups: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.event.is_memcg and incident.scope in _OWN_LIMIT:
            groups[incident.workload.key].append(incident)
    findings: dict[str, Finding] = {}
    for key, members in groups.items():
        ended: dict[int, list[Kill]] = defaultdict(list)
        for incident in members:
            found = _of_path(incident, by_path) or _of_names(matches.get(incident.id), by_names)
            for one in found[:1]:
                if (at := clock.at(incident, series[one].epoch)) is not None:
                    ended[one].append(Kill(incident.id, at))
        limits = {i.id: limit for i in members if (limit := _limit(i)) is not None}
        lives = [life for n, kills in ended.items() for life in lives_of(series[n], kills, limits)]
        told = finding(lives, _history([series[n] for n in ended], lives, ended))
        if told is not None:
            findings[key] = told
    return findings, {id_: seconds for told in findings.values() for id_, seconds in told.seconds}


def _indexed(series: Sequence[Series]) -> tuple[dict[str, list[int]], dict[tuple[str | None, ...], list[int]]]:
    by_path: dict[str, list[int]] = defaultdict(list)
    by_names: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for n, one in enumerate(series):
        if not len(one.times):
            continue
        if one.who.cgroup:
            by_path[one.who.cgroup.rstrip("/")].append(n)
        if one.who.pod:
            by_names[_names(one.who)].append(n)
    return by_path, by_names


def _names(who: Who) -> tuple[str | None, ...]:
    return (who.namespace, who.pod, None if who.container in _NO_CONTAINER else who.container)


def _of_path(incident: Incident, by_path: Mapping[str, list[int]]) -> list[int]:
    """The series of the victim's own cgroup, else of the one whose limit was hit."""
    summary = incident.event.summary
    for path in (summary.task_memcg, summary.oom_memcg) if summary else ():
        if path and (found := by_path.get(path.rstrip("/"))):
            return found
    return []


def _of_names(match: Match | None, by_names: Mapping[tuple[str | None, ...], list[int]]) -> list[int]:
    """The series of the container by its names, else of its pod as a whole; the namespace may be missing."""
    if match is None or match.pod.name is None:
        return []
    container = match.container.name if match.container else None
    for namespace in (match.pod.namespace, None):
        for name in (container, None):
            if found := by_names.get((namespace, match.pod.name, name)):
                return found
    return []


def _limit(incident: Incident) -> float | None:
    memory = incident.event.memcg.memory if incident.event.memcg else None
    return float(memory.limit_bytes) if memory is not None and not memory.unlimited and memory.limit_bytes else None


def _history(series: Sequence[Series], lives: Sequence[LifeShape], ended: Mapping[int, Sequence[Kill]]) -> float | None:
    """From the first sample of any run of the workload to its last kill."""
    if not lives:
        return None
    starts = []
    for one in series:
        there = np.flatnonzero(memory_of(one) > 0)
        starts += [float(one.times[there[0]])] if len(there) else []
    last = max(kill.at for kills in ended.values() for kill in kills)
    return max(last - min(starts), 0.0) if starts else None
