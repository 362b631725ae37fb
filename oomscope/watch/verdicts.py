"""From held lines to incidents that were not told of yet, each with its text and its line of JSON."""

import io
import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze
from oomscope.incident import Incident
from oomscope.inputs import SideFiles
from oomscope.report.json import render_line
from oomscope.watch.episode import Held
from oomscope.watch.own_places import OwnPlaces


class Told(NamedTuple):
    """One incident, as it is printed and handed on."""

    key: str  # the place of its first line: the same after a restart
    line: str  # as `analyze --format jsonl` writes it, with `place`
    analysis: Analysis
    incident: Incident
    places: OwnPlaces
    held_by: str = ""  # who held the memory before the kill, as it was recorded: a sentence

    def entry(self) -> dict[str, Any]:
        """Return the line as an object."""
        found: dict[str, Any] = json.loads(self.line)
        return found

    def document(self) -> dict[str, Any]:
        """Return the document with this incident alone; its workload's verdict rests on all that is held."""
        doc, id_ = self.analysis.document(), self.incident.id
        doc["inputs"] = [self.places.input(one) for one in doc["inputs"]]
        doc["incidents"] = [self.places.entry(one) for one in doc["incidents"] if one["id"] == id_]
        loads = [{**one, "incidents": [id_]} for one in doc["workloads"] if id_ in one["incidents"]]
        doc["workloads"] = [self.places.renumbered(one) for one in loads]
        return doc


class _Named(io.BytesIO):
    name = "-"


def new_incidents(held: Held, name: str, told: Collection[str], *, final: bool, known: SideFiles) -> Iterator[Told]:
    """Yield the incidents that are held and not in `told`. One without an outcome waits until the episode is over.

    `known` are side files.
    """
    stream = _Named(held.data)
    stream.name = f"recent lines of {name}"
    analysis = analyze(stream, Options(jobs=1, side=known))
    for incident, line in zip(analysis.incidents, analysis.written_lines(), strict=True):
        if _decided_at(incident) <= held.history or (incident.outcome == "unknown" and not final):
            continue
        first = held.mark(incident.event.lines[0])
        pid = incident.event.victims[0].pid if incident.event.victims else None
        key = f"{first.place if first is not None else ''}/{pid}"
        if key not in told:
            places = OwnPlaces(held, name, incident.event.lines)
            yield Told(key, render_line(places.entry(json.loads(line))), analysis, incident, places)


def _decided_at(incident: Incident) -> int:
    """Return the line that made it what it is: that of the kill. What was begun before the start may be done after it."""
    event = incident.event
    if incident.killer == "kernel" and event.victims and event.victims[0].line is not None:
        return event.victims[0].line
    return event.lines[1]
