"""When containers and units were started, as runtimes, kubelet and systemd say in the log that the kills are in.

A line counts only from the program that would write it, and only as the whole of what that program says: a probe's
output, which kubelet quotes, is a text that a container wrote.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from oomscope.fact import Fact, declared
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.lifetimes import Start, Starts, lives_by_key, started_lives
from oomscope.inputs.side_inputs import Side
from oomscope.patterns import lazy
from oomscope.read import KeptLines, Record
from oomscope.units import duration

FACTS = declared(
    "history",
    Fact("runtime_restarts", "count", "restarts that the container runtime or systemd had counted: Attempt, restart counter"),
)  # fmt: skip

_ID = r"(?P<id>[0-9a-f]{64})"
_LOGRUS = r'(?:time="[^"]{1,48}" )?level=info '
_Q = r'\\?"'
_CONTAINERD = (
    # internal/cri: container_start.go, container_create.go; `for container` before 1.7
    ("started", lazy(rf'{_LOGRUS}msg="StartContainer for {_Q}{_ID}{_Q} returns successfully"')),
    ("created", lazy(rf'{_LOGRUS}msg="CreateContainer within sandbox {_Q}[0-9a-f]{{64}}{_Q} for (?:container )?&?ContainerMetadata\{{Name:[^,{{}}]{{1,253}},Attempt:(?P<count>\d{{1,6}}),?\}} returns container id {_Q}{_ID}{_Q}"')),
    # the shim of a container of Docker's
    ("started", lazy(rf'{_LOGRUS}msg="starting signal loop" namespace=moby path=\S{{1,200}}/moby/{_ID} pid=\d.*')),
)  # fmt: skip
_CRIO = (
    ("started", lazy(rf'{_LOGRUS}msg="Started container" PID=\d{{1,10}} containerID={_ID} .*')),
    ("started", lazy(rf'{_LOGRUS}msg="Started container {_ID}: [^"]*".*')),
)  # fmt: skip
_KUBELET = (
    # kubelet's relist sees a container up to a second late, and sees all of them anew when kubelet is restarted
    ("seen", lazy(rf'(?:I\d{{4}} [\d:.]{{8,15}} +\d{{1,10}} \w+\.go:\d{{1,5}}\] )"SyncLoop \(PLEG\): event for pod" pod="[^"]{{1,512}}" event=&?\{{"?ID"?:"?[0-9a-f-]{{32,36}}"?,? ?"?Type"?:"?ContainerStarted"?,? ?"?Data"?:"?{_ID}"?\}}')),
    ("seen", lazy(rf'(?:I\d{{4}} [\d:.]{{8,15}} +\d{{1,10}} \w+\.go:\d{{1,5}}\] )SyncLoop \(PLEG\): "[^"]{{1,512}}", event: &pleg\.PodLifecycleEvent\{{ID:"[0-9a-f-]{{32,36}}", Type:"ContainerStarted", Data:"{_ID}"\}}')),
)  # fmt: skip
_SYSTEMD = (
    ("started", lazy(rf"Started (?:[a-z-]{{1,32}}-)?{_ID}\.scope(?: - .{{0,200}}|\.)")),
    ("started", lazy(rf"Started lib(?:container|crun) container {_ID}\.")),
    ("started", lazy(r"Started (?P<unit>\S{1,255}\.service)(?: - .{0,1000}|\.)")),
    ("restarting", lazy(r"(?P<unit>\S{1,255}\.service): Scheduled restart job, restart counter is at (?P<count>\d{1,9})\.")),
)  # fmt: skip
_SPEAKERS: Mapping[str, Sequence[tuple[str, "re.Pattern[str]"]]] = {
    "containerd": _CONTAINERD, "dockerd": _CONTAINERD, "microk8s.daemon-containerd": _CONTAINERD,
    "crio": _CRIO, "cri-o": _CRIO, "kubelet": _KUBELET, "systemd": _SYSTEMD,
    "k3s": (*_CONTAINERD, *_KUBELET), "rke2": (*_CONTAINERD, *_KUBELET), "k0s": (*_CONTAINERD, *_KUBELET),
    "microk8s.daemon-kubelite": _KUBELET, "hyperkube": _KUBELET,
}  # fmt: skip
_RELIST_SECONDS, _RELIST_CONTAINERS = 2.0, 6


class Said(NamedTuple):
    """One line about one container or unit."""

    what: str
    who: str  # container id or unit
    restarts: int | None  # so far
    record: Record
    speaker: str


class Told(NamedTuple):
    """By incident id; `incidents` have notes of it as well."""

    incidents: list[Incident]
    starts: Starts
    facts: Mapping[str, Mapping[str, float | int | str | bool]]


def told_by_log(incidents: Sequence[Incident], lone: Sequence[KeptLines | None]) -> Told:
    """What the lines of runtimes in each input, by its number, tell of the incidents in it."""
    starts: dict[str, Start] = {}
    facts: dict[str, dict[str, float | int | str | bool]] = {}
    out = []
    for incident, lines in ((i, lone[i.input]) for i in incidents):
        name = _name(incident)
        said = list(_before(incident, _said(name, lines))) if name and lines else []
        counts = [(pair, one.restarts) for pair, one in said if one.restarts is not None]
        if counts:
            facts[incident.id] = {"runtime_restarts": max(counts, key=lambda counted: counted[0].began)[1]}
        began = _began(said, partial(_is_relist, lines))
        if began is not None:
            starts[incident.id] = began[0]
            incident = incident._replace(notes=(*incident.notes, _note(*began)))
        out.append(incident)
    return Told(out, starts, facts)


def side_of(told: Told) -> Side:
    """What a log alone tells, where nothing was handed over beside it."""
    lives = started_lives(told.incidents, told.starts, "log")
    return Side(lives=lives_by_key(told.incidents, {}, [lives]), facts=told.facts)


def _name(incident: Incident) -> str | None:
    """The container's id, else the unit of the machine's own systemd."""
    who, summary = incident.workload.identity, incident.event.summary
    if who.container_id is not None:
        return who.container_id
    path = summary.task_memcg if summary else None
    users = path is not None and path.startswith("/user.slice/")
    return who.unit if who.unit is not None and who.unit.endswith(".service") and not users else None


def _said(name: str, lines: KeptLines) -> Iterator[Said]:
    needle = max(name.split("\\"), key=len)  # JSON doubles the backslash of an escaped unit
    yield from (said for said in _spoken(lines.holding([needle])) if said.who == name)


def _spoken(records: Iterable[Record]) -> Iterator[Said]:
    """Lines that are what the program which they come from says."""
    for record in records:
        speaker = record.ident or ""
        if record.borrowed or (speaker == "systemd" and record.pid not in (None, 1)):
            continue
        for what, pattern in _SPEAKERS.get(speaker, ()):
            if found := pattern.fullmatch(record.text.strip()):
                groups = found.groupdict()
                count = groups.get("count")
                who = groups.get("id") or groups.get("unit") or ""
                yield Said(what, who, int(count) if count else None, record, speaker)
                break


def _before(incident: Incident, said: Iterable[Said]) -> Iterator[tuple[Start, Said]]:
    """With the moments of both, by a clock that both have; of the same machine and boot, as far as that is told."""
    event = incident.event
    for one in said:
        record = one.record
        if _differ(record.host, event.host) or _differ(record.boot_id, event.boot_id):
            continue
        for began, at in (
            (record.monotonic_seconds, event.monotonic_seconds),
            (record.wall_seconds, event.wall_seconds),
        ):
            if began is not None and at is not None:
                if began <= at:
                    yield Start(began, at), one
                break


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _began(said: Sequence[tuple[Start, Said]], is_relist: Callable[[Said], bool]) -> tuple[Start, Said] | None:
    """The last start; for want of one the last creation; for want of that when kubelet first saw it run."""
    for kinds in (("started", "restarting"), ("created",)):
        found = [pair for pair in said if pair[1].what in kinds]
        if found:
            return max(found, key=lambda pair: pair[0].began)
    seen = [pair for pair in said if pair[1].what == "seen"]
    first = min(seen, key=lambda pair: pair[0].began, default=None)
    return first if first is not None and not is_relist(first[1]) else None


def _is_relist(lines: KeptLines | None, one: Said) -> bool:
    """Whether kubelet was itself just started, and saw everything that ran already."""
    at = _clock(one.record)
    if at is None or lines is None:
        return True
    others = _spoken(lines.holding(["ContainerStarted"]))
    times = ((other.who, _clock(other.record)) for other in others if other.what == "seen")
    near = {who for who, time in times if time is not None and abs(time - at) <= _RELIST_SECONDS}
    return len(near) >= _RELIST_CONTAINERS


def _clock(record: Record) -> float | None:
    return record.wall_seconds if record.wall_seconds is not None else record.monotonic_seconds


def _note(start: Start, said: Said) -> Note:
    what = "unit" if "." in said.who else "container"
    words = f"{said.speaker} started the {what} {duration(start.at - start.began)} before the kill"
    return Note("started", words, (said.record.line, said.record.last_line))
