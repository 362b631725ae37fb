"""What the cluster's events say about incidents: facts, who reported the kill as well, and when containers started."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from oomscope.fact import Fact, Value, declared
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.event_index import EventIndex, nodes_of, of_container, short_name
from oomscope.inputs.lifetimes import Start, started_lives
from oomscope.inputs.pod_info import Match
from oomscope.inputs.side_input import Findings, Known
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.inputs.events import Event

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
_NODE_OOM = ("SystemOOM", "OOMKilling")
_DISK_FULL = ("FreeDiskSpaceFailed", "ImageGCFailed")
_NODE_REASONS = ("Evicted", *_DISK_FULL)
# node-problem-detector, config/kernel-monitor.json: the kernel's own kill line; kubelet, pkg/kubelet/oom: its sentence
_VICTIM = lazy(
    r"(?:(?:Memory cgroup out|Out) of memory[^:]{0,80}: Kill(?:ed)? process (?P<pid>\d{1,10}) \((?P<comm>.{0,64}?)\)|System OOM encountered, victim process: (?P<name>.{0,64}?), pid: (?P<number>\d{1,10}))"
)
_LOW_MEMORY = "low on resource: memory"
_PROBE = lazy(r"Container \S{1,253} failed (?:liveness|startup) probe")


def event_findings(events: "Sequence[Event]", known: Known) -> Findings:
    """Return what these events say about these incidents: facts, who else reported the kill, lives by starts."""
    index, reports = EventIndex(events, _NODE_REASONS), _reports(events)
    facts: dict[str, dict[str, Value]] = {}
    notes: dict[str, Note] = {}
    starts: dict[str, Start] = {}
    for incident in known.incidents:
        match, at = known.matches.get(incident.id), known.boots.wall(incident)
        own = index.of_pod(incident, match, at)
        report = _report(reports, incident, match, at)
        said = {**_pod_facts(own, match, at), **_node_facts(index.on_node(incident, match, at), own, report)}
        if said:
            facts[incident.id] = said
        if report is not None:
            notes[incident.id] = _note(report)
        if at is not None and (start := index.starts(incident, match).before(at)) is not None:
            starts[incident.id] = start
    return Findings(facts=facts, notes=notes, lives=started_lives(known.incidents, starts, "events"))


_Reports = Mapping[int, Sequence[tuple[int, "Event"]]]
"""Events that report a kill by the victim's pid, with their number."""


def _reports(events: "Sequence[Event]") -> _Reports:
    found: dict[int, list[tuple[int, Event]]] = {}
    for number, event in enumerate(events):
        if event.reason in _NODE_OOM and (victim := _VICTIM.match(event.message)):
            found.setdefault(int(victim["pid"] or victim["number"]), []).append((number, event))
    return found


def _report(reports: _Reports, incident: Incident, match: Match | None, at: float | None) -> "Event | None":
    """Return the first event of the incident's node that reports this very kill."""
    mine = nodes_of(incident, match)
    found = [
        (number, event)
        for victim in incident.event.victims
        for number, event in reports.get(victim.pid, ())
        if (not mine or event.node is None or short_name(event.node) in mine) and _is_victim(event, incident, at)
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _is_victim(event: "Event", incident: Incident, at: float | None) -> bool:
    """By pid and name; and by time, unless a clock is missing."""
    found = _VICTIM.match(event.message)
    if found is None:
        return False
    pid, comm = int(found["pid"] or found["number"]), found["comm"] or found["name"] or ""
    if at is not None and not (event.first or at) - _NEAR_SECONDS <= at <= (event.last or at) + _NEAR_SECONDS:
        return False
    return any(v.pid == pid and v.comm == comm for v in incident.event.victims)


def _pod_facts(own: "Sequence[Event]", match: Match | None, at: float | None) -> dict[str, Value]:
    mine = [event for event in own if of_container(event, match)]
    if not mine:
        return {}
    before = [event for event in mine if at is None or event.first is None or event.first <= at]
    return {
        "event_backoffs": _count(e for e in mine if e.reason == "BackOff" and "restarting failed" in e.message),
        "event_starts": _count(e for e in mine if e.reason == "Started"),
        "event_unhealthy": _count(e for e in before if e.reason == "Unhealthy"),
        "event_probe_kills": _count(e for e in before if e.reason == "Killing" and _PROBE.match(e.message)),
    }


def _node_facts(node: "Sequence[Event]", own: "Sequence[Event]", report: "Event | None") -> dict[str, Value]:
    out: dict[str, Value] = {}
    if report is not None:
        out["event_oom_reported"] = True
    evicted = [e for e in node if e.reason == "Evicted" and _LOW_MEMORY in e.message]
    if evicted:
        out["event_evictions"] = len({(e.uid, e.namespace, e.name) for e in evicted})
    if own:
        out["event_pod_evicted"] = any(e.reason == "Evicted" for e in own)
    if any(e.reason in _DISK_FULL for e in node):
        out["event_disk_full"] = True
    return out


def _count(events: "Iterator[Event]") -> int:
    return sum(event.times for event in events)


def _note(event: "Event") -> Note:
    who = "kubelet reported it as a system OOM" if event.reason == "SystemOOM" else "an OOMKilling event reported it"
    return Note("corroborated", f"{who}: {safe_line(event.message[:200])}")
