"""A part of an analysis: the incidents that somebody asks for. Verdicts rest on everything; what is left out is counted."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from oomscope.analysis import SHOWN, Analysis
from oomscope.errors import UsageError
from oomscope.facts import Repeats
from oomscope.incident import Incident
from oomscope.read import InputWarning
from oomscope.report.document.document import workload_json
from oomscope.report.document.incident_body import Json
from oomscope.report.words import plural
from oomscope.safe_text import safe_line

_AGO: Final = re.compile(r"(\d{1,9})\s?(s|min|m|h|d|w)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Choice(NamedTuple):
    """What is asked for; patterns are shell globs. Empty and None: everything."""

    since: float | None = None  # seconds since the epoch
    until: float | None = None
    boot: int | None = None  # 0: the last one of each host, -1 the one before; 1: the first that was read
    hosts: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    victims: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    last: int | None = None

    def __bool__(self) -> bool:
        return self != Choice()


def moment(text: str, now: datetime, option: str) -> float:
    """Return a time as seconds since the epoch: `2026-11-22`, `2026-11-22T10:00`, with a zone or in UTC; `2h`, `7d` before now.

    Raises UsageError for anything else.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return (now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])).timestamp()
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{option} {safe_line(text[:80])}: is no time; write 2026-11-22, 2026-11-22T10:00:00Z, or 2h for two hours ago"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


class Chosen(Analysis):
    """The views of another analysis, of some of its incidents."""

    def __init__(self, analysis: Analysis, choice: Choice) -> None:
        self.__dict__.update(analysis.__dict__, _killed_again=analysis._killed_again)
        wanted = list(_of(analysis, choice))
        if choice.last is not None:
            wanted = sorted(wanted, key=_age)[-choice.last :] if choice.last else []
        ids = {incident.id for incident in wanted}
        self.incidents = tuple(one for one in analysis.incidents if one.id in ids)
        self._ids = frozenset(ids)
        left = len(analysis.incidents) - len(self.incidents)
        if left and self.inputs:
            untimed = sum(one.event.wall_seconds is None for one in analysis.incidents)
            why = f"; {untimed} of all have no time of day, which --since and --until cannot choose" if untimed and (choice.since, choice.until) != (None, None) else ""  # fmt: skip
            words = f"{plural(left, 'incident')} of {len(analysis.incidents):,} left out by what was asked for{why}"
            first = self.inputs[0]
            self.inputs = (
                first._replace(warnings=(*first.warnings, InputWarning("left-out", words))),
                *self.inputs[1:],
            )

    def workload_documents(self) -> Iterator[Json]:
        return (self._workload(group) for group in self.groups if self._members(group))

    def shown_document(self, most: int = SHOWN) -> Json:
        if len(self.incidents) <= most:
            return self.document()
        return Chosen(self, Choice(last=most)).document()

    def _members(self, group: Repeats) -> tuple[Incident, ...]:
        return tuple(one for one in group.incidents if one.id in self._ids)

    def _workload(self, group: Repeats) -> Json:
        series = self._side.series.get(group.key)
        part = group._replace(incidents=self._members(group))
        return workload_json(part, self.verdict_on(group), self._weigh, series.drawn if series else None)


def _age(incident: Incident) -> tuple[float, float, int, int]:
    event = incident.event
    return (event.wall_seconds or 0.0, event.monotonic_seconds or 0.0, incident.input, event.lines[0])


def _of(analysis: Analysis, choice: Choice) -> Iterator[Incident]:
    tests: list[Callable[[Incident], bool]] = []
    if choice.since is not None or choice.until is not None:
        tests.append(lambda one: _within(one.event.wall_seconds, choice.since, choice.until))
    if choice.boot is not None:
        boots = _boots(analysis, choice.boot)
        tests.append(lambda one: one.machine in boots)
    for patterns, value in (
        (choice.hosts, lambda one: [one.event.host]),
        (choice.namespaces, lambda one: [one.workload.namespace]),
        (choice.pods, lambda one: [one.workload.pod, one.workload.identity.pod_uid]),
        (choice.units, lambda one: [one.workload.identity.unit]),
        (choice.victims, lambda one: [victim.comm for victim in one.event.victims]),
    ):
        if patterns:
            tests.append(lambda one, p=patterns, v=value: _matches(v(one), p))  # type: ignore[misc]
    if choice.causes:
        tests.append(lambda one: analysis.verdict_of(one).cause in choice.causes)
    return (one for one in analysis.incidents if all(test(one) for test in tests))


def _within(at: float | None, since: float | None, until: float | None) -> bool:
    return at is not None and (since is None or at >= since) and (until is None or at <= until)


def _matches(values: Sequence[str | None], patterns: Sequence[str]) -> bool:
    return any(value is not None and fnmatchcase(value, pattern) for value in values for pattern in patterns)


def _boots(analysis: Analysis, number: int) -> frozenset[int]:
    """Numbers of the machines that are this boot of their host."""
    of_host: dict[str | None, list[int]] = {}
    for n, machine in enumerate(analysis.machines):
        of_host.setdefault(machine.host, []).append(n)
    found = []
    for machines in of_host.values():
        ordered = sorted(machines, key=lambda n: analysis.machines[n].boot)
        at = number - 1 if number > 0 else len(ordered) - 1 + number
        if 0 <= at < len(ordered):
            found.append(ordered[at])
    return frozenset(found)
