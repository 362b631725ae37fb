"""What the cluster's events say about incidents: facts, who reported the kill as well, and when containers started."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oomscope.fact import Fact, declared
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.pod_info import Match
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.inputs.events import Event
    from oomscope.inputs.incident_times import Clock

FACTS = declared(
    "events",
    Fact("event_oom_reported", "truth", "an event of the node names this victim: kubelet's SystemOOM, or OOMKilling"),
    Fact("event_backoffs", "count", "how often kubelet waited before it restarted the container: BackOff events"),
    Fact("event_starts", "count", "how often the container was started: Started events"),
    Fact("event_unhealthy", "count", "probes of the container that failed before the kill: Unhealthy events"),
    Fact("event_probe_kills", "count", "times that kubelet killed the container for a failed probe: Killing events"),
    Fact("event_evictions", "count", "pods that kubelet evicted from the node for lack of memory, about that time"),
    Fact("event_pod_evicted", "truth", "the victim's own pod was evicted"),
    Fact("event_disk_full", "truth", "kubelet could not free disk space on the node, about that time: FreeDiskSpaceFailed"),
)  # fmt: skip

_NEAR_SECONDS = 90.0  # a kubelet reports what its watcher saw, a node-problem-detector what it reads in the kernel log
_BEFORE_SECONDS, _AFTER_SECONDS = 86_400.0, 600.0  # what may have to do with a kill
_NODE_OOM = ("SystemOOM", "OOMKilling")
# node-problem-detector, config/kernel-monitor.json: the kernel's own kill line; kubelet, pkg/kubelet/oom: its sentence
_VICTIM = lazy(
    r"(?:(?:Memory cgroup out|Out) of memory[^:]{0,80}: Kill(?:ed)? process (?P<pid>\d{1,10}) \((?P<comm>.{0,64}?)\)|System OOM encountered, victim process: (?P<name>.{0,64}?), pid: (?P<number>\d{1,10}))"
)
_LOW_MEMORY = "low on resource: memory"
_PROBE = lazy(r"Container \S{1,253} failed (?:liveness|startup) probe")

Known = float | int | str | bool


class Told(NamedTuple):
    """Facts and notes by incident id; moments at which the victim's container was started, in seconds since the epoch."""

    facts: Mapping[str, Mapping[str, Known]]
    notes: Mapping[str, Note]
    starts: Mapping[str, tuple[float, ...]]


def told(
    events: "Sequence[Event]", incidents: Sequence[Incident], matches: Mapping[str, Match], clock: "Clock"
) -> Told:
    """What these events say about these incidents; nothing about one that they do not know."""
    facts: dict[str, dict[str, Known]] = {}
    notes: dict[str, Note] = {}
    starts: dict[str, tuple[float, ...]] = {}
    for incident in incidents:
        match, at = matches.get(incident.id), clock.wall(incident)
        near = [event for event in events if _in_time(event, at)]
        own = [event for event in near if _of_pod(event, incident, match)]
        node = [event for event in near if _of_node(event, incident, match)]
        report = next((e for e in node if e.reason in _NODE_OOM and _is_victim(e, incident, at)), None)
        known = {**_pod_facts(own, match, at), **_node_facts(node, own, report)}
        if known:
            facts[incident.id] = known
        if report is not None:
            notes[incident.id] = _note(report)
        if at is not None and (moments := tuple(_starts(events, incident, match, at))):
            starts[incident.id] = moments
    return Told(facts, notes, starts)


def _in_time(event: "Event", at: float | None) -> bool:
    """Whether any of it was about then; without clocks that can be compared, everything may have been."""
    if at is None or event.first is None or event.last is None:
        return True
    return event.first <= at + _AFTER_SECONDS and event.last >= at - _BEFORE_SECONDS


def _of_pod(event: "Event", incident: Incident, match: Match | None) -> bool:
    if event.kind != "Pod":
        return False
    uid = incident.workload.identity.pod_uid
    if event.uid is not None and event.uid in {uid, match.pod.uid if match else None} - {None}:
        return True
    return bool(match and event.uid is None and (event.namespace, event.name) == (match.pod.namespace, match.pod.name))


def _of_node(event: "Event", incident: Incident, match: Match | None) -> bool:
    """Of the incident's node, where it is known; an event that names a victim is of the node where that died."""
    mine = [name.split(".")[0] for name in (match.pod.node if match else None, incident.event.host) if name]
    return not mine or event.node is None or event.node.split(".")[0] in mine


def _of_container(event: "Event", match: Match | None) -> bool:
    name = match.container.name if match and match.container else None
    return name is None or event.container in (None, name)


def _is_victim(event: "Event", incident: Incident, at: float | None) -> bool:
    """By pid and name; and by time, unless a clock is missing."""
    found = _VICTIM.match(event.message)
    if found is None:
        return False
    pid, comm = int(found["pid"] or found["number"]), found["comm"] or found["name"] or ""
    if at is not None and not (event.first or at) - _NEAR_SECONDS <= at <= (event.last or at) + _NEAR_SECONDS:
        return False
    return any(v.pid == pid and v.comm == comm for v in incident.event.victims)


def _pod_facts(own: "Sequence[Event]", match: Match | None, at: float | None) -> dict[str, Known]:
    mine = [event for event in own if _of_container(event, match)]
    if not mine:
        return {}
    before = [event for event in mine if at is None or event.first is None or event.first <= at]
    return {
        "event_backoffs": _count(e for e in mine if e.reason == "BackOff" and "restarting failed" in e.message),
        "event_starts": _count(e for e in mine if e.reason == "Started"),
        "event_unhealthy": _count(e for e in before if e.reason == "Unhealthy"),
        "event_probe_kills": _count(e for e in before if e.reason == "Killing" and _PROBE.match(e.message)),
    }


def _node_facts(node: "Sequence[Event]", own: "Sequence[Event]", report: "Event | None") -> dict[str, Known]:
    out: dict[str, Known] = {}
    if report is not None:
        out["event_oom_reported"] = True
    evicted = [e for e in node if e.reason == "Evicted" and _LOW_MEMORY in e.message]
    if evicted:
        out["event_evictions"] = len({(e.uid, e.namespace, e.name) for e in evicted})
    if own:
        out["event_pod_evicted"] = any(e.reason == "Evicted" for e in own)
    if any(e.reason in ("FreeDiskSpaceFailed", "ImageGCFailed") for e in node):
        out["event_disk_full"] = True
    return out


def _count(events: "Iterator[Event]") -> int:
    return sum(event.times for event in events)


def _note(event: "Event") -> Note:
    who = "kubelet reported it as a system OOM" if event.reason == "SystemOOM" else "an OOMKilling event reported it"
    return Note("corroborated", f"{who}: {safe_line(event.message[:200])}")


def _starts(events: "Sequence[Event]", incident: Incident, match: Match | None, at: float) -> Iterator[float]:
    """Moments of starts; none where starts of which only the number is known lie around the kill.

    An event that counts several starts has the times of the first and of the last alone.
    """
    mine = [e for e in events if e.reason == "Started" and _of_pod(e, incident, match) and _of_container(e, match)]
    if len({event.container for event in mine}) > 1:
        return
    spans = [(e.first, e.last, e.times) for e in mine if e.first is not None and e.last is not None]
    if any(count > 2 and first < at < last for first, last, count in spans):
        return
    yield from sorted({moment for first, last, _ in spans for moment in (first, last)})
