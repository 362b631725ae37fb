"""The cluster's events, found by their pod, their node and their time, so that a kill looks at its own alone."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oomscope.incident.incident import Incident
from oomscope.inputs.lifetimes import Start
from oomscope.inputs.pod_info import Match

if TYPE_CHECKING:
    from oomscope.inputs.events import Event

_BEFORE_SECONDS, _AFTER_SECONDS = 86_400.0, 600.0  # what may have to do with a kill


class Timeline:
    """Events in the order of their times; those without one belong to every time."""

    def __init__(self, events: "Iterable[Event]") -> None:
        some = list(events)
        self.all = some
        self._timeless = [event for event in some if event.first is None or event.last is None]
        timed = [
            (event.first, event.last, event) for event in some if event.first is not None and event.last is not None
        ]
        timed.sort(key=lambda one: one[0])
        self._events = [event for _, _, event in timed]
        self._firsts = [first for first, _, _ in timed]
        self._lasts = [last for _, last, _ in timed]
        self._longest = max((last - first for first, last, _ in timed), default=0.0)

    def near(self, at: float | None) -> "list[Event]":
        """Return what was about then; without clocks that can be compared, everything may have been."""
        if at is None:
            return self.all
        start = bisect_left(self._firsts, at - _BEFORE_SECONDS - self._longest)
        end = bisect_right(self._firsts, at + _AFTER_SECONDS)
        timed = [self._events[n] for n in range(start, end) if self._lasts[n] >= at - _BEFORE_SECONDS]
        return [*timed, *self._timeless]


class Starts(NamedTuple):
    """When the container of one pod was started, as far as events tell."""

    moments: Sequence[float]  # ascending
    counted: Sequence[tuple[float, float]]  # spans in which there were more starts than are dated

    def before(self, at: float) -> Start | None:
        """Return the last start before a kill; None where a start of which only the number is known may be later."""
        number = bisect_right(self.moments, at)
        if not number or any(first < at < last for first, last in self.counted):
            return None
        return Start(self.moments[number - 1], at)


_PodKey = str | tuple[str | None, str | None]
_NOTHING = Timeline(())


class EventIndex:
    """All events of a cluster. `node_reasons` are those that are about a node as a whole."""

    def __init__(self, events: "Sequence[Event]", node_reasons: Sequence[str]) -> None:
        of_pod: dict[_PodKey, list[Event]] = {}
        on_node: dict[str | None, list[Event]] = {}
        for event in events:
            if event.kind == "Pod":
                key = event.uid if event.uid is not None else (event.namespace, event.name)
                of_pod.setdefault(key, []).append(event)
            if event.reason in node_reasons:
                on_node.setdefault(short_name(event.node), []).append(event)
        self._of_pod = {key: Timeline(some) for key, some in of_pod.items()}
        self._on_node = {name: Timeline(some) for name, some in on_node.items()}
        self._starts: dict[tuple[tuple[_PodKey, ...], str | None], Starts] = {}

    def of_pod(self, incident: Incident, match: Match | None, at: float | None) -> "list[Event]":
        """Return the events of the incident's pod: by its uid; by its names only those that carry no uid."""
        return [event for key in _keys(incident, match) for event in self._of_pod.get(key, _NOTHING).near(at)]

    def on_node(self, incident: Incident, match: Match | None, at: float | None) -> "list[Event]":
        """Return what happened to the incident's node, where that is known, and what names none."""
        names = (*nodes_of(incident, match), None) if nodes_of(incident, match) else self._on_node
        return [event for name in names for event in self._on_node.get(name, _NOTHING).near(at)]

    def starts(self, incident: Incident, match: Match | None) -> Starts:
        """Return when the incident's container was started; nothing where its pod started several."""
        keys, container = _keys(incident, match), match.container.name if match and match.container else None
        if (keys, container) not in self._starts:
            events = [event for key in keys for event in self._of_pod.get(key, _NOTHING).all]
            self._starts[keys, container] = _starts([e for e in events if of_container(e, match)])
        return self._starts[keys, container]


def _starts(events: "Sequence[Event]") -> Starts:
    """An event that counts several starts has the times of the first and of the last alone."""
    mine = [event for event in events if event.reason == "Started"]
    if len({event.container for event in mine}) > 1:
        return Starts((), ())
    spans = [(e.first, e.last, e.times) for e in mine if e.first is not None and e.last is not None]
    moments = sorted({moment for first, last, _ in spans for moment in (first, last)})
    return Starts(moments, [(first, last) for first, last, count in spans if count > 2])


def _keys(incident: Incident, match: Match | None) -> tuple[_PodKey, ...]:
    """Return by what the events of a pod are found."""
    uids = (incident.workload.identity.pod_uid, match.pod.uid if match else None)
    names = ((match.pod.namespace, match.pod.name),) if match else ()
    return (*dict.fromkeys(uid for uid in uids if uid is not None), *names)


def of_container(event: "Event", match: Match | None) -> bool:
    """True if the event may be about the container of a match."""
    name = match.container.name if match and match.container else None
    return name is None or event.container in (None, name)


def nodes_of(incident: Incident, match: Match | None) -> tuple[str, ...]:
    """Return the short names of the incident's node; none where it is not known."""
    names = (match.pod.node if match else None, incident.event.host)
    return tuple(dict.fromkeys(name.split(".")[0] for name in names if name))


def short_name(name: str | None) -> str | None:
    """Return a host's name without its domain."""
    return None if name is None else name.split(".")[0]
