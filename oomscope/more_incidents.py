"""Incidents beyond a cap: counted by workload and host, so that none is lost without a word."""

from collections.abc import Iterator
from typing import NamedTuple

from oomscope.incident import Incident
from oomscope.read import InputWarning
from oomscope.report.document.incident_body import Json
from oomscope.report.words import plural
from oomscope.safe_text import safe_line

MOST_INCIDENTS = 200_000
"""Incidents that a run keeps by default: they take about a gigabyte."""
MOST_ROWS = 1_000
"""Workloads that are counted one by one; those of all others are counted together."""
_NAMED = 3


class Counted(NamedTuple):
    """How many incidents of one workload on one host were beyond the cap. Of all others together, both are None."""

    host: str | None
    workload: str | None
    incidents: int
    kills: int


class MoreIncidents:
    """The incidents of one input beyond the cap."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str | None, str | None], tuple[int, int]] = {}
        self._line: int | None = None
        self.total = 0

    def add(self, incident: Incident) -> None:
        """Count an incident."""
        key: tuple[str | None, str | None] = incident.event.host, incident.workload.key
        if key not in self._rows and len(self._rows) >= MOST_ROWS:
            key = None, None
        incidents, kills = self._rows.get(key, (0, 0))
        self._rows[key] = incidents + 1, kills + (incident.outcome == "killed")
        self._line = self._line or incident.event.lines[0]
        self.total += 1

    def rows(self) -> list[Counted]:
        """Return the counts, the largest first."""
        rows = [Counted(host, workload, *counts) for (host, workload), counts in self._rows.items()]
        return sorted(rows, key=lambda row: (-row.incidents, row.host or "", row.workload or ""))

    def warning(self) -> Iterator[InputWarning]:
        """Say how many there are, and of whom most of them are."""
        if not self.total:
            return
        rows = self.rows()
        named = "; ".join(f"{row.incidents:,} of {_named(row)}" for row in rows[:_NAMED])
        others = f"; and of {plural(len(rows) - _NAMED, 'other')}" if len(rows) > _NAMED else ""
        what = "1 more incident is" if self.total == 1 else f"{self.total:,} more incidents are"
        words = f"{what} counted but not described ({named}{others}); --max-incidents allows more"
        yield InputWarning("incidents-left-out", words, self._line)


def _named(row: Counted) -> str:
    where = f" on {safe_line(row.host[:80])}" if row.host else ""
    return (safe_line(row.workload[:80]) if row.workload else "other workloads") + where


def counted_json(number: int, row: Counted) -> Json:
    """Return the document's entry for a count."""
    return {"input": number, **row._asdict()}
