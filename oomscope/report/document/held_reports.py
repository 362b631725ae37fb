"""The heavy parts of the incidents: whole for the first, for the others as JSON in a temporary file.

What is compared between incidents is small and stays in memory. A task table, memory.stat and the facts of one incident
are asked for only when that incident is shown or weighed.
"""

import json
import marshal

from oomscope.facts import FactTable
from oomscope.incident import Incident
from oomscope.incident.slim import slimmed
from oomscope.read.files.spool import Spool
from oomscope.report.document.incident_body import Json, body_json
from oomscope.report.json import render_line

WHOLE_INCIDENTS = 500
WHOLE_ROWS = 5_000
"""So many incidents, with so many rows of task tables in all, stay in memory as they are."""


class HeldReports:
    """What `add` was given, by `Incident.place`."""

    def __init__(self) -> None:
        self._whole: dict[int, FactTable] = {}
        self._spool = Spool()
        self._places: list[tuple[int, int, int] | None] = []  # start, bytes of the facts, bytes of the body
        self._rows = 0
        self._names: dict[str, str] = {}  # each once, of the tables that are read back

    def add(self, incident: Incident, facts: FactTable) -> Incident:
        """The incident with its place; slimmed where enough are held whole."""
        place = len(self._places)
        rows = len(incident.event.tasks.tasks) if incident.event.tasks else 0
        if len(self._whole) < WHOLE_INCIDENTS and self._rows + rows <= WHOLE_ROWS:
            self._whole[place] = facts
            self._rows += rows
            self._places.append(None)
            return incident._replace(place=place)
        known = marshal.dumps((facts.values, facts.lines))
        body = render_line(body_json(incident, facts.values)).encode("utf-8", "surrogatepass")
        self._places.append((self._spool.add(known + body), len(known), len(body)))
        return slimmed(incident)._replace(place=place)

    def replace(self, incident: Incident, facts: FactTable) -> Incident:
        """The incident with facts that take the place of those that were held for it."""
        return self.add(incident, facts)

    def facts(self, incident: Incident) -> FactTable:
        """The facts of the incident's own report; the caller may add to them."""
        place = self._places[incident.place]
        if place is None:
            held = self._whole[incident.place]
            return FactTable(dict(held.values), dict(held.lines))
        return FactTable(*marshal.loads(self._spool.get(place[0], place[1])))  # noqa: S302  (what `add` wrote)

    def written_body(self, incident: Incident, facts: FactTable) -> str:
        """The same as `body`, as JSON on one line."""
        place = self._places[incident.place]
        if place is None:
            return render_line(body_json(incident, facts.values))
        return self._spool.get(place[0] + place[1], place[2]).decode("utf-8", "surrogatepass")

    def body(self, incident: Incident, facts: FactTable) -> Json:
        """The part of the document that the incident's own report tells; `facts` are all that are known."""
        place = self._places[incident.place]
        if place is None:
            return body_json(incident, facts.values)
        body: Json = json.loads(self._spool.get(place[0] + place[1], place[2]))
        for row in (
            body["tasks"] or ()
        ):  # of large tables the names and the numbers that stand twice are a tenth of the page
            row["comm"] = self._names.setdefault(row["comm"], row["comm"])
            if row["tgid"] == row["pid"]:
                row["tgid"] = row["pid"]
        return body
