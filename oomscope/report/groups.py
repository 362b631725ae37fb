"""Incidents that belong together: one group per workload, with the verdict that speaks for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from oomscope.report.clues import lead_cause
from oomscope.report.counting import is_kill, is_unread, kills_of, otherwise, processes_of
from oomscope.report.fields import Doc, Phrase, code, number, rows, say, sub, text, wall
from oomscope.report.identity import place_words, pod_words, victim_words, workload_name
from oomscope.report.words import cause_name, plural
from oomscope.units import duration, size


class Group(NamedTuple):
    key: str
    incidents: tuple[Doc, ...]  # in the document's order
    speaker: Doc  # the incident that shows best what happened
    verdict: Doc  # the workload's verdict, completed from the speaker's
    workload: Doc  # the document's entry, empty if there is none

    @property
    def kills(self) -> int:
        """How many of its incidents are kills: a panic is none. The document may show only some of very many."""
        told = number(self.workload, "kills")
        return kills_of(self.incidents) if told is None else int(told)

    @property
    def node_wide(self) -> bool:
        """True if no cgroup's limit was hit, so that its victims may have nothing in common."""
        return self.speaker.get("scope") in ("node", "cpuset", "mempolicy")


def groups(doc: Doc) -> tuple[Group, ...]:
    """The document's workloads in its order; incidents that none of them names follow, by their own key."""
    by_id = {str(i.get("id")): i for i in rows(doc, "incidents")}
    found: list[Group] = []
    for load in rows(doc, "workloads"):
        members = [by_id.pop(str(i)) for i in load.get("incidents") or () if str(i) in by_id]
        if members:
            found.append(_group(str(load.get("key")), members, load))
    return (*found, *_leftover(by_id))


def _leftover(by_id: Mapping[str, Doc]) -> tuple[Group, ...]:
    keyed: dict[str, list[Doc]] = {}
    for identity, incident in by_id.items():
        keyed.setdefault(str(sub(incident, "workload").get("key") or "incident " + identity), []).append(incident)
    return tuple(_group(key, members, {}) for key, members in keyed.items())


def _group(key: str, members: list[Doc], load: Doc) -> Group:
    own = sub(load, "verdict")
    named = [i for i in members if load.get("example") and i.get("id") == load.get("example")]
    speaker = named[0] if named else max(members, key=lambda i: _eloquence(i, own))
    return Group(key, tuple(members), speaker, _complete(own, sub(speaker, "verdict")), load)


def _eloquence(incident: Doc, verdict: Doc) -> tuple[bool, bool, bool, int, int]:
    mine = sub(incident, "verdict")
    agrees = bool(mine) and mine.get("cause") == verdict.get("cause")
    same = sub(mine, "mechanism").get("id") == sub(verdict, "mechanism").get("id")
    return is_kill(incident), same, agrees, -len(rows(incident, "gaps")), len(rows(mine, "evidence"))


def _complete(own: Doc, speaker: Doc) -> Doc:
    """The workload's verdict; title, remedies and questions from the speaker's if both name one cause."""
    if not own:
        return speaker
    if lead_cause(own) != lead_cause(speaker):
        return own
    merged: dict[str, Any] = dict(speaker)
    merged.update({key: value for key, value in own.items() if value})
    return merged


def counted(doc: Doc, found: Sequence[Group]) -> str:
    """Return how many kills of how many workloads there are, and what else the oom-killer did."""
    incidents = rows(doc, "incidents")
    totals = sub(doc, "totals")  # of a document that shows only some of very many
    hit = int(number(totals, "workloads") or sum(group.kills > 0 for group in found))
    kills = int(number(totals, "kills") or sum(group.kills for group in found))
    processes = processes_of(incidents) if kills == kills_of(incidents) else 0
    said = f"{plural(kills, 'OOM kill')} of {plural(hit, 'workload')}" if kills else "no OOM kill"
    if kills and processes > kills:
        said += f" ({plural(processes, 'process', 'processes')})"
    other = otherwise(incidents)
    if not kills and not other and is_unread(doc):
        return "nothing could be read"
    return f"{said}, {other}" if other else said if kills else "no OOM kill found"


def headline(group: Group) -> str:
    """Return outcome and mechanism in one sentence; for a document without headlines, who was killed."""
    told = text(group.verdict, "headline")
    if told:
        return without_cause(told, group.verdict)
    if not group.kills:
        return "The oom-killer was invoked and killed nobody"
    names = comms(group)
    who = f"`{names[0]}`" if len(names) == 1 else plural(processes_of(group.incidents), "process", "processes")
    was = "were" if len(names) > 1 and processes_of(group.incidents) != 1 else "was"
    return f"{who} {was} OOM-killed" + (f"; {group.kills} kills" if group.kills > 1 else "")


def without_cause(told: str, verdict: Doc) -> str:
    """Return a headline without its cause, for a view that says the cause beside it with its odds."""
    words = "possible" if verdict.get("words") == "leaning" else text(verdict, "words")
    return told.removesuffix(f"; {words} cause: {cause_name(text(verdict, 'cause'), verdict)}")


def kubernetes_words(group: Group) -> str:
    """Return what Kubernetes did and shows; empty outside Kubernetes and where the log does not say."""
    outcomes = [sub(i, "kubernetes_outcome") for i in group.incidents if is_kill(i) and i.get("kubernetes_outcome")]
    ended = [one.get("container_ended") for one in outcomes]
    if len(ended) > 1 and len(set(ended)) > 1 and True in ended:
        return f"{ended.count(True)} of {plural(group.kills, 'kill')} ended the container"
    own = sub(group.speaker, "kubernetes_outcome") or (outcomes[-1] if outcomes else {})
    if not own or (own.get("container_ended") is None and "StartError" not in text(own, "why")):
        return ""
    shows = text(own, "status_shows")
    return f"{shows}: {text(own, 'why')}" if shows else text(own, "why")


def died(group: Group) -> Phrase:
    """Who died: the victim of one kill; over several kills the comms and how often."""
    if group.kills <= 1:
        return victim_words(group.speaker)
    found = comms(group)
    named = [piece for n, comm in enumerate(found[:3]) for piece in (", " if n else None, code(comm))]
    others = f" and {len(found) - 3} more" if len(found) > 3 else None
    times = plural(group.kills, "time") if len(found) == 1 else plural(group.kills, "kill")
    return say(*(named or ["a process"]), others, f" ({times})")


def sizes_at_kills(group: Group) -> str:
    """Return how large the victims were: for logs that hold kill lines and no more."""
    sizes = [number(v, "anon_rss_bytes") for i in group.incidents if is_kill(i) for v in rows(i, "victims")[:1]]
    known = [one for one in sizes if one]
    if not known:
        return ""
    low, high = size(min(known)), size(max(known))
    each = f"{low} to {high}" if low != high else low
    names = comms(group)
    who = f"{names[0]}: " if len(names) == 1 else "victims: " if names else ""
    return f"{who}{each} of anonymous memory" + (" at each kill" if len(known) > 1 else "")


def home(group: Group) -> Phrase:
    """Where its victims ran: one place, the pod over its restarts, or how many places node-wide kills hit."""
    shown = [i for i in group.incidents if is_kill(i)] or group.incidents
    places = list(dict.fromkeys(place_words(i) for i in shown))
    if len(places) == 1:
        return places[0]
    if group.node_wide:
        return say(f"{len(places)} places")
    pods = list(dict.fromkeys(pod_words(i) for i in shown))
    return pods[0] if len(pods) == 1 and pods[0] else place_words(group.speaker)


def name(group: Group) -> Phrase:
    """What to call the group: its workload, the node, else its victims' comms."""
    place = home(group)
    if group.node_wide and len({place_words(i) for i in group.incidents}) > 1:
        host = text(group.speaker, "host")
        return say("node ", code(host)) if host else say("the whole node")
    if not place:
        return died(group)
    named = workload_name(group.speaker)
    return named if sub(group.speaker, "workload").get("pod") else place


def comms(group: Group) -> list[str]:
    """The names of those who died first in each kill, each once."""
    victims = [v for i in group.incidents for v in rows(i, "victims")[:1]]
    return list(dict.fromkeys(text(v, "comm") for v in victims if v.get("comm")))


def time_span(group: Group) -> tuple[str | None, str | None]:
    """First and last kill in UTC, or Nones."""
    walls = [w for w in (wall(sub(i, "time").get("wall")) for i in group.incidents) if w]
    first = wall(group.workload.get("first")) or (min(walls) if walls else None)
    last = wall(group.workload.get("last")) or (max(walls) if walls else None)
    return first, last


_STARTS = ("pods", "events", "log", "series")
"""Where the time of a start is known from; `gaps` are times between kills and tell no start."""
_AT_ONCE = 1.0


def rhythm(group: Group) -> str:
    """Return how long it ran before each kill, where starts are known, else how far apart the kills are."""
    source = text(group.workload, "lifetimes_source")
    ran = [s for s in group.workload.get("lifetimes_seconds") or () if s is not None]
    if ran and source in _STARTS and not group.node_wide:
        which = "each kill" if len(ran) >= group.kills else f"{'one' if len(ran) == 1 else len(ran)} of the kills"
        return f"ran {_range(ran)} before {which} (start times from {_SOURCES[source]})"
    gaps = [s for s in group.workload.get("interval_seconds") or () if s is not None]
    if not gaps or group.kills < 2:
        return ""
    if max(gaps) < _AT_ONCE:
        return "all within a second" if len(gaps) == 1 else "each within a second of the one before"
    between = f"{_range(gaps)} between kills"
    return between if group.node_wide else f"{between} (start times are not in the log)"


_SOURCES = {
    "pods": "the pods' status",
    "events": "events",
    "log": "lines of the container runtime or systemd",
    "series": "its metrics",
}


def _range(seconds: list[float]) -> str:
    low, high = duration(min(seconds)), duration(max(seconds))
    return low if low == high else f"{low} to {high}"
