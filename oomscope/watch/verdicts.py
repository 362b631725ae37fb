"""From held lines to incidents that were not told of yet, each with its text and its line of JSON."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze
from oomscope.inputs import SideFiles
from oomscope.watch.episode import Episode


class Told(NamedTuple):
    """One incident, as it is printed and handed on."""

    key: str  # the place of its first line: the same after a restart
    line: str  # as `analyze --format jsonl` writes it
    analysis: Analysis
    id: str
    held_by: str = ""  # who held the memory before the kill, as it was recorded: a sentence

    def entry(self) -> dict[str, Any]:
        """Return the line as an object."""
        found: dict[str, Any] = json.loads(self.line)
        return found

    def document(self) -> dict[str, Any]:
        """Return the document with this incident alone; its workload's verdict rests on all that is held."""
        doc = self.analysis.document()
        doc["incidents"] = [one for one in doc["incidents"] if one["id"] == self.id]
        loads = [{**one, "incidents": [self.id]} for one in doc["workloads"] if self.id in one["incidents"]]
        return {**doc, "workloads": loads}


class _Named(io.BytesIO):
    name = "-"


def new_incidents(episode: Episode, name: str, told: Sequence[str], *, final: bool, known: SideFiles) -> Iterator[Told]:
    """Yield the incidents of the episode that are not in `told`. One without an outcome waits until the episode is over.

    `known` are side files.
    """
    text, history = episode.text()
    stream = _Named(text)
    stream.name = f"recent lines of {name}"  # their numbers are not those of the whole log
    analysis = analyze(stream, Options(jobs=1, side=known))
    for incident, line in zip(analysis.incidents, analysis.written_lines(), strict=True):
        first = incident.event.lines[0]
        if first <= history or (incident.outcome == "unknown" and not final):
            continue
        pid = incident.event.victims[0].pid if incident.event.victims else None
        key = f"{episode.place_of(first, history)}/{pid}"
        if key not in told:
            yield Told(key, line, analysis, incident.id)
