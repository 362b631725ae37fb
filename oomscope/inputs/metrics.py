"""Metric series joined with the kills that they lead up to."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from oomscope.incident.incident import Incident
from oomscope.incident.restarts import apart, outlived, runs
from oomscope.inputs.boot_times import BootTimes
from oomscope.inputs.metric_files import read_metrics
from oomscope.inputs.metric_samples import merged
from oomscope.inputs.pod_info import Match
from oomscope.inputs.side_input import Findings, Known
from oomscope.inputs.side_inputs import Life
from oomscope.series.drawing import drawn
from oomscope.series.life import Kill, LifeShape, first_in_use, lives_of
from oomscope.series.memory_series import Series, Who, last_before
from oomscope.series.reading import Finding, finding
from oomscope.workload import identify

OWN_LIMIT = ("container", "pod", "service", "cgroup")
"""Scopes whose limit is one workload's, so that a series of it can be read against that limit."""


def measure(paths: Sequence[str], known: Known, asked: Sequence[Series] = ()) -> Findings:
    """Return what the series of files, and those `asked` for, say by workload, and how long lives were.

    Raises InputError for a file that cannot be read.
    """
    series = list(merged([*(one for path in paths for one in read_metrics(path)), *asked]))
    index = _indexed(series)
    groups: dict[str, list[Incident]] = defaultdict(list)
    for incident in known.incidents:
        if incident.event.is_memcg and incident.scope in OWN_LIMIT:
            groups[incident.workload.key].append(incident)
    findings: dict[str, Finding] = {}
    for key, members in groups.items():
        ended: dict[int, list[Kill]] = defaultdict(list)
        went_on = set[str]()
        for run in runs(members):
            if len(run) > 1 and outlived(run):
                went_on.add(run[0].id)
            for incident, began_anew in [(run[0], True), *((later, False) for later in apart(run))]:
                found = _of_incident(incident, known.matches.get(incident.id), index)
                if (one := _leading_up(found, series, incident, known.boots)) is not None:
                    ended[one[0]].append(one[1]._replace(began_anew=began_anew))
        limits = {i.id: limit for i in members if (limit := _limit(i)) is not None}
        lives = [life for n, kills in ended.items() for life in lives_of(series[n], kills, limits)]
        said = finding(lives, _history([series[n] for n in ended], lives, ended))
        if said is not None:
            seconds = tuple(pair for pair in said.seconds if pair[0] not in went_on)
            findings[key] = said._replace(seconds=seconds, drawn=drawn(series, ended))
    measured = {id_: seconds for said in findings.values() for id_, seconds in said.seconds}
    return Findings(series=findings, lives={id_: Life(id_, seconds, "series") for id_, seconds in measured.items()})


class _Index(NamedTuple):
    """Numbers of series by whose they are."""

    by_path: dict[str, list[int]]
    by_container: dict[str, list[int]]  # by the container's id in the path
    by_names: dict[tuple[str | None, ...], list[int]]


def _indexed(series: Sequence[Series]) -> _Index:
    index = _Index(defaultdict(list), defaultdict(list), defaultdict(list))
    for n, one in enumerate(series):
        if not len(one.times):
            continue
        if one.who.cgroup:
            index.by_path[one.who.cgroup.rstrip("/")].append(n)
            if container := identify(one.who.cgroup).container_id:
                index.by_container[container].append(n)
        if one.who.pod:
            index.by_names[_names(one.who)].append(n)
    return index


def _names(who: Who) -> tuple[str | None, ...]:
    return (who.namespace, who.pod, who.container or None)


def _of_incident(incident: Incident, match: Match | None, index: _Index) -> list[int]:
    """By the path as the log has it; by the container's id in it, where the exporter sees it below another root.

    A kill whose report is lost has no path: what is known of its siblings' series says little about it.
    """
    path = incident.event.summary.task_memcg if incident.event.summary else None
    container = incident.workload.identity.container_id if path else None
    return (
        _of_path(incident, index.by_path)
        or (index.by_container.get(container, []) if container else [])
        or _of_names(match, index.by_names)
    )


def _leading_up(
    found: Sequence[int], series: Sequence[Series], incident: Incident, boots: BootTimes
) -> tuple[int, Kill] | None:
    """The one series of those found whose samples come nearest to the kill: under one name there may be several runs."""
    best: tuple[float, int, Kill] | None = None
    for one in found:
        at = boots.at(incident, series[one].epoch)
        if at is None:
            continue
        last = last_before(series[one], at)
        apart = at - last if last is not None else math.inf
        if best is None or apart < best[0]:
            best = (apart, one, Kill(incident.id, at))
    return best[1:] if best else None


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
    starts = [first for one in series if (first := first_in_use(one)) is not None]
    last = max(kill.at for kills in ended.values() for kill in kills)
    return max(last - min(starts), 0.0) if starts else None
