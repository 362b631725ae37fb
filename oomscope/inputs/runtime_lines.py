"""When containers and units were started, as runtimes, kubelet and systemd say in the log that the kills are in.

A line counts only from the program that would write it, and only as the whole of what that program says: a probe's
output, which kubelet quotes, is a text that a container wrote.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from oomscope.fact import Fact, Value, declared
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.lifetimes import Start, Starts, lives_by_key, started_lives
from oomscope.inputs.side_inputs import Side
from oomscope.patterns import lazy
from oomscope.read import InputSummary, KeptLines, Record
from oomscope.safe_text import safe_line
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
_TOKEN = re.compile(rb"[0-9a-f]{64}|[^\s\"'\\]{1,255}\.service")
_RELIST_SECONDS, _RELIST_CONTAINERS = 2.0, 6
_Times = tuple[float | None, float | None]
"""Seconds since boot, and since the epoch."""


class Said(NamedTuple):
    """One line about one container or unit."""

    what: str
    who: str  # container id or unit
    restarts: int | None  # so far
    record: Record
    speaker: str


class RuntimeStarts(NamedTuple):
    """What runtimes say, by incident id; `incidents` have notes of it as well."""

    incidents: list[Incident]
    starts: Starts
    facts: Mapping[str, Mapping[str, Value]]


def runtime_starts(
    incidents: Sequence[Incident], kept: Sequence[KeptLines | None], inputs: Sequence[InputSummary] = ()
) -> RuntimeStarts:
    """Return what the lines of runtimes in each input, by its number, say of the incidents in it.

    In a bundle the runtime's log is another member than the kernel's: there a container is sought in all of `inputs` with the
    same path, for no two have one id. A unit's name is of one machine, and sought in the kernel's log alone.
    Every line is looked at once, and only those about a victim are read.
    """
    beside = _beside(kept, inputs)
    names: dict[int, set[str]] = {}
    for incident in incidents:
        if name := _name(incident):
            for number in _places(incident, name, kept, beside):
                names.setdefault(number, set()).add(name)
    spoken = {number: _Lines(found, some) for number, some in names.items() if (found := kept[number])}
    starts: dict[str, Start] = {}
    facts: dict[str, dict[str, Value]] = {}
    out = []
    for incident in incidents:
        name = _name(incident)
        for number in _places(incident, name, kept, beside) if name else ():
            lines = spoken[number]
            restarts = lines.last(incident, name or "", "restarts")
            if incident.id not in facts and restarts is not None and restarts[1].restarts is not None:
                facts[incident.id] = {"runtime_restarts": restarts[1].restarts}
            began = lines.began(incident, name or "")
            if began is not None:
                starts[incident.id] = began[0]
                member = None if number == incident.input else inputs[number].member
                incident = incident._replace(notes=(*incident.notes, _note(*began, member)))
                break
        out.append(incident)
    return RuntimeStarts(out, starts, facts)


def _beside(kept: Sequence[KeptLines | None], inputs: Sequence[InputSummary]) -> Mapping[int, Sequence[int]]:
    """Return by the number of each member of a bundle the numbers of those in it that hold lines of runtimes."""
    holding: dict[str, list[int]] = {}
    for number, one in enumerate(inputs):
        if one.member is not None and kept[number]:
            holding.setdefault(one.path, []).append(number)
    return {n: holding.get(one.path, ()) for n, one in enumerate(inputs) if one.member is not None}


def _places(
    incident: Incident, name: str, kept: Sequence[KeptLines | None], beside: Mapping[int, Sequence[int]]
) -> list[int]:
    """Return the inputs that a victim is sought in: its own first."""
    own = [incident.input] if kept[incident.input] else []
    if incident.workload.identity.container_id != name:
        return own
    return [*own, *(number for number in beside.get(incident.input, ()) if number != incident.input)]


def side_of(said: RuntimeStarts) -> Side:
    """Return what a log alone tells, where nothing was handed over beside it."""
    lives = started_lives(said.incidents, said.starts, "log")
    return Side(lives=lives_by_key(said.incidents, {}, [lives]), facts=said.facts)


def _name(incident: Incident) -> str | None:
    """The container's id, else the unit of the machine's own systemd."""
    who, summary = incident.workload.identity, incident.event.summary
    if who.container_id is not None:
        return who.container_id
    path = summary.task_memcg if summary else None
    users = path is not None and path.startswith("/user.slice/")
    return who.unit if who.unit is not None and who.unit.endswith(".service") and not users else None


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


class _Ordered:
    """Lines of one kind about one name in one boot of one machine, in the order of their times."""

    def __init__(self) -> None:
        self._by_clock: tuple[list[tuple[float, int, Said]], list[tuple[float, int, Said]]] = ([], [])
        self._dated: list[tuple[float, int, Said]] = []  # what has no time since boot
        self._sorted = False

    def add(self, said: Said, number: int) -> None:
        boot, wall = said.record.monotonic_seconds, said.record.wall_seconds
        if boot is not None:
            self._by_clock[0].append((boot, number, said))
        elif wall is not None:
            self._dated.append((wall, number, said))
        if wall is not None:
            self._by_clock[1].append((wall, number, said))

    def before(self, times: _Times, first: bool = False) -> Iterator[tuple[Start, Said]]:
        """Yield the last line before a kill, or the first of all, by a clock that both have: since boot where they can."""
        if not self._sorted:
            for some in (*self._by_clock, self._dated):
                some.sort(key=lambda one: one[:2])
            self._sorted = True
        boot, wall = times
        if boot is not None:
            yield from self._pick(self._by_clock[0], boot, first)
            if wall is not None:
                yield from self._pick(self._dated, wall, first)
        elif wall is not None:
            yield from self._pick(self._by_clock[1], wall, first)

    @staticmethod
    def _pick(lines: list[tuple[float, int, Said]], at: float, first: bool) -> Iterator[tuple[Start, Said]]:
        end = bisect_right(lines, at, key=lambda one: one[0])
        if end:
            began = lines[0][0] if first else lines[end - 1][0]
            # of equals the first in the log, as `max` and `min` take it
            number = 0 if first else bisect_left(lines, began, key=lambda one: one[0])
            yield Start(began, at), lines[number][2]


class _Lines:
    """The lines of runtimes in one input about the containers and units that its kills are of."""

    def __init__(self, lines: KeptLines, names: set[str]) -> None:
        self._lines = lines
        self._kinds: dict[tuple[str, str], dict[_Machine, _Ordered]] = {}
        keys = {name.rsplit("\\", 1)[-1].encode("utf-8", "surrogateescape") for name in names}

        def is_about_one(line: bytes) -> bool:
            return any(token in keys or token.removeprefix(b"x5c") in keys for token in _TOKEN.findall(line))

        for number, said in enumerate(_spoken(lines.matching(is_about_one, sorted(keys)))):
            if said.who in names:
                self._add(said, said.what, number)
                if said.restarts is not None:
                    self._add(said, "restarts", number)

    def _add(self, said: Said, kind: str, number: int) -> None:
        machine = (said.record.host, said.record.boot_id)
        kinds = self._kinds.setdefault((said.who, _KINDS.get(kind, kind)), {})
        kinds.setdefault(machine, _Ordered()).add(said, number)

    def last(self, incident: Incident, name: str, kind: str) -> tuple[Start, Said] | None:
        """Return the last line of a kind before the kill, on its machine and in its boot as far as those are told."""
        found = self._before(incident, name, kind)
        return max(found, key=lambda pair: pair[0].began, default=None)

    def _before(self, incident: Incident, name: str, kind: str, first: bool = False) -> list[tuple[Start, Said]]:
        event = incident.event
        times = (event.monotonic_seconds, event.wall_seconds)
        return [
            pair
            for (host, boot), lines in self._kinds.get((name, kind), {}).items()
            if not _differ(host, event.host) and not _differ(boot, event.boot_id)
            for pair in lines.before(times, first)
        ]

    def began(self, incident: Incident, name: str) -> tuple[Start, Said] | None:
        """Return the last start; for want of one the last creation; for want of that when kubelet first saw it run."""
        found = self.last(incident, name, "started") or self.last(incident, name, "created")
        if found is not None:
            return found
        first = min(self._before(incident, name, "seen", True), key=lambda pair: pair[0].began, default=None)
        return first if first is not None and not self._is_relist(first[1]) else None

    @cached_property
    def _seen(self) -> list[tuple[float, str]]:
        """When kubelet saw which container start, ascending."""
        seen = _spoken(self._lines.holding(["ContainerStarted"]))
        timed = ((_clock(one.record), one.who) for one in seen if one.what == "seen")
        return sorted((at, who) for at, who in timed if at is not None)

    def _is_relist(self, one: Said) -> bool:
        """True if kubelet was itself just started, and saw everything that ran already."""
        at = _clock(one.record)
        if at is None:
            return True
        start = bisect_left(self._seen, at - _RELIST_SECONDS, key=lambda seen: seen[0])
        end = bisect_right(self._seen, at + _RELIST_SECONDS, key=lambda seen: seen[0])
        return len({who for _, who in self._seen[start:end]}) >= _RELIST_CONTAINERS


_Machine = tuple[str | None, str | None]
"""Host and boot id."""

_KINDS = {"restarting": "started"}


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _clock(record: Record) -> float | None:
    return record.wall_seconds if record.wall_seconds is not None else record.monotonic_seconds


def _note(start: Start, said: Said, member: str | None) -> Note:
    what = "unit" if "." in said.who else "container"
    words = f"{said.speaker} started the {what} {duration(start.at - start.began)} before the kill"
    if member is not None:
        return Note("started", f"{words}, as {safe_line(member)[:200]} in the same bundle has it")
    return Note("started", words, (said.record.line, said.record.last_line))
