"""Incidents that belong together: one group per workload, with the verdict that speaks for all of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from oomscope.report.clues import lead_cause
from oomscope.report.fields import Doc, Phrase, code, number, rows, say, sub, text, wall
from oomscope.report.identity import place_words, pod_words, victim_words, workload_name
from oomscope.report.words import plural
from oomscope.units import duration


class Group(NamedTuple):
    key: str
    incidents: tuple[Doc, ...]  # in the document's order
    speaker: Doc  # the incident that shows best what happened
    verdict: Doc  # the workload's verdict, completed from the speaker's
    workload: Doc  # the document's entry, empty if there is none

    @property
    def kills(self) -> int:
        return max(len(self.incidents), int(number(self.workload, "kills") or 0))


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
    speaker = max(members, key=lambda i: _eloquence(i, own))
    return Group(key, tuple(members), speaker, _complete(own, sub(speaker, "verdict")), load)


def _eloquence(incident: Doc, verdict: Doc) -> tuple[bool, int, int]:
    mine = sub(incident, "verdict")
    agrees = bool(mine) and mine.get("cause") == verdict.get("cause")
    return agrees, -len(rows(incident, "gaps")), len(rows(mine, "evidence"))


def _complete(own: Doc, speaker: Doc) -> Doc:
    """The workload's verdict; title, remedies and questions from the speaker's if both name one cause."""
    if not own:
        return speaker
    if lead_cause(own) != lead_cause(speaker):
        return own
    merged: dict[str, Any] = dict(speaker)
    merged.update({key: value for key, value in own.items() if value})
    return merged


def died(group: Group) -> Phrase:
    """Who died: the victim of one kill; over several kills the comms and how often."""
    if group.kills == 1:
        return victim_words(group.speaker)
    found = comms(group)
    named = [piece for n, comm in enumerate(found[:3]) for piece in (", " if n else None, code(comm))]
    others = f" and {len(found) - 3} more" if len(found) > 3 else None
    return say(*(named or ["a process"]), others, f" ({plural(group.kills, 'time')})")


def home(group: Group) -> Phrase:
    """Where its victims lived: one place, the pod over its restarts, or how many workloads a node-wide kill hit."""
    places = list(dict.fromkeys(place_words(i) for i in group.incidents))
    if len(places) == 1:
        return places[0]
    if _node_wide(group):
        return say(f"{len(places)} workloads")
    pods = list(dict.fromkeys(pod_words(i) for i in group.incidents))
    return pods[0] if len(pods) == 1 and pods[0] else place_words(group.speaker)


def name(group: Group) -> Phrase:
    """What to call the group: its workload, the node, else its victims' comms."""
    place = home(group)
    if _node_wide(group) and len({place_words(i) for i in group.incidents}) > 1:
        host = text(group.speaker, "host")
        return say("node ", code(host)) if host else say("the whole node")
    if not place:
        return died(group)
    named = workload_name(group.speaker)
    return named if sub(group.speaker, "workload").get("pod") else place


def _node_wide(group: Group) -> bool:
    return group.speaker.get("scope") in ("node", "cpuset", "mempolicy")


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


def rhythm(group: Group) -> str:
    """How long it lived before each kill, or how far apart the kills are; empty for a single kill."""
    lives = [s for s in group.workload.get("lifetimes_seconds") or () if s is not None]
    if lives:
        source = group.workload.get("lifetimes_source")
        return f"lived {_range(lives)} before each kill" + (f" (from {source})" if source else "")
    gaps = [s for s in group.workload.get("interval_seconds") or () if s is not None]
    if not gaps:
        return ""
    return f"{_range(gaps)} from kill to kill" if max(gaps) >= 1 else "each within a second of the one before"


def _range(seconds: list[float]) -> str:
    low, high = duration(min(seconds)), duration(max(seconds))
    return low if low == high else f"{low} to {high}"
