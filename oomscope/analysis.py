"""What an analysis has found, and the views of it. Verdicts are weighed when a view asks for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from oomscope.causes.files.cause import Cause
from oomscope.causes.files.ruleset import rules_hash
from oomscope.causes.known_issues import worth_checking
from oomscope.causes.weighing.verdict import Verdict
from oomscope.causes.weighing.weigh import judge
from oomscope.facts import FactTable, Repeats, complete, group_facts
from oomscope.facts.merge import merged
from oomscope.incident import Incident
from oomscope.incident.kubernetes_outcome import killed_again
from oomscope.inputs import Side
from oomscope.masking import masked
from oomscope.read import InputSummary
from oomscope.read.clock.machines import Machine
from oomscope.read.search.log_text import LogText
from oomscope.report.document.document import Beside, document, incident_json, line_json, workload_json
from oomscope.report.document.held_reports import HeldReports
from oomscope.report.document.incident_body import Json
from oomscope.report.json import render_line, stream_json
from oomscope.report.words import plural

if TYPE_CHECKING:
    import pandas


SHOWN = 1_000
"""Incidents that a page or a terminal is given; a browser opens no more than some hundred in full."""


class Analysis:
    """Everything that was found. `document()` is the published JSON, everything else is a view of it.

    >>> import oomscope
    >>> analysis = oomscope.analyze("node.log")
    >>> analysis
    <Analysis of 1 input: 4 kills of 1 workload>

    The document is what `oomscope schema` describes:

    >>> verdict = analysis.document()["workloads"][0]["verdict"]
    >>> verdict["cause"], verdict["words"]
    ('leak', 'leaning')

    Tables for a notebook, one row an incident, a victim, a task:

    >>> frames = analysis.to_frames()
    >>> sorted(frames)
    ['evidence', 'facts', 'incidents', 'tasks', 'victims']
    >>> frames["victims"]["comm"].tolist()
    ['dotnet', 'dotnet', 'dotnet', 'dotnet']

    The report page, as text or in a file:

    >>> analysis.html().startswith("<!doctype html>")
    True
    >>> analysis.save("report.html")
    """

    def __init__(
        self,
        inputs: Sequence[InputSummary],
        machines: Sequence[Machine],
        incidents: Sequence[Incident],
        groups: Sequence[Repeats],
        text_findings: Sequence[Json],
        causes: Sequence[Cause],
        held: HeldReports,
        side: Side,
        texts: Sequence[LogText],
        more_incidents: Sequence[Json] = (),
    ) -> None:
        self.inputs, self.machines = tuple(inputs), tuple(machines)
        self.incidents = tuple(incidents)
        """Every incident; of those after the first thousand only what is compared between incidents."""
        self.groups = tuple(groups)
        """The incidents by machine and workload."""
        self.text_findings = tuple({**line, "text": masked(line["text"])} for line in text_findings)
        self.more_incidents = tuple(more_incidents)
        """Counts of the incidents beyond `Options.max_incidents`, by workload and host."""
        self._causes, self._held, self._side, self._texts = causes, held, side, texts
        self._group_of = {incident.id: n for n, group in enumerate(groups) for incident in group.incidents}
        self._group_facts: dict[int, FactTable] = {}
        self._weighed: dict[str, tuple[FactTable, Verdict]] = {}

    @property
    def rules_hash(self) -> str:
        """The hash of the rules that the verdicts rest on."""
        return rules_hash(self._causes)

    @property
    def cause_names(self) -> tuple[str, ...]:
        """The ids of all causes that are weighed."""
        return (*(one.cause for one in self._causes), "undetermined")

    def facts_of(self, incident: Incident) -> FactTable:
        """Return every fact of one incident."""
        return self._weigh(incident)[0]

    def verdict_of(self, incident: Incident) -> Verdict:
        """Return the verdict on one incident."""
        return self._weigh(incident)[1]

    def verdict_on(self, group: Repeats) -> Verdict:
        """Return the verdict on one workload, over all of its incidents."""
        telling = group.telling
        if len(telling) == 1:
            return self.verdict_of(telling[0])
        return self._judge(merged([self.facts_of(one) for one in telling]))

    @property
    def facts(self) -> tuple[FactTable, ...]:
        """The facts of every incident."""
        return tuple(map(self.facts_of, self.incidents))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on every incident."""
        return tuple(map(self.verdict_of, self.incidents))

    @property
    def workloads(self) -> tuple[tuple[Repeats, Verdict], ...]:
        """Every workload with its verdict."""
        return tuple((group, self.verdict_on(group)) for group in self.groups)

    def incident_documents(self) -> Iterator[Json]:
        """Return the document's entry for each incident, one after the other."""
        return (self._entry(incident) for incident in self.incidents)

    def workload_documents(self) -> Iterator[Json]:
        """Return the document's entry for each workload, one after the other."""
        return map(self._workload, self.groups)

    def written_lines(self) -> Iterator[str]:
        """One line of JSON an incident: everything that was read, its facts and its verdict.

        What would change a verdict, and what to do about it, stands in the document alone.
        """
        for incident in self.incidents:
            facts, verdict = self._weigh(incident)
            entry = line_json(incident, verdict, self._beside(incident, facts))
            yield render_line(entry, self._held.written_body(incident, facts))

    def written_json(self) -> Iterator[str]:
        """Return the document as JSON text, in pieces, so that it need not fit into memory."""
        head = self._document((), ())
        del head["incidents"], head["workloads"], head["text_findings"]
        lists = {
            "incidents": self.incident_documents(),
            "workloads": self.workload_documents(),
            "text_findings": self.text_findings,
        }
        return stream_json(head, lists)

    def document(self) -> Json:
        """Return the JSON document, as `oomscope schema` describes it."""
        return self._document(self.incident_documents(), self.workload_documents())

    def part(self, first: int, most: int) -> Json:
        """Return the document with at most so many incidents, from the one with this number on, and without workloads."""
        return self._document([self._entry(one) for one in self.incidents[first : first + most]], ())

    def _document(self, incidents: Iterable[Json], workloads: Iterable[Json]) -> Json:
        return document(
            self.inputs, self.machines, incidents, workloads, self.text_findings, self.rules_hash, self.more_incidents
        )

    def shown_document(self, most: int = SHOWN) -> Json:
        """Return the document for a page or a terminal: of very many incidents `most`, those of the largest workloads first.

        `totals` has how many kills and workloads there are, and an input's warning says what is left out.
        """
        doc = self.document() if len(self.incidents) <= most else self._shortened(most)
        if self.more_incidents or len(self.incidents) > most:
            doc["totals"] = self._totals()
        return doc

    def _shortened(self, most: int) -> Json:
        shown = self._shown(most)
        incidents = [self._entry(one) for one in self.incidents if one.id in shown]
        workloads = []
        for group in self.groups:
            if any(one.id in shown for one in group.incidents):
                entry = self._workload(group)
                workloads.append({**entry, "incidents": [name for name in entry["incidents"] if name in shown]})
        doc = self._document(incidents, workloads)
        words = (
            f"{len(incidents):,} of {len(self.incidents):,} incidents and {len(workloads):,} of {len(self.groups):,} "
            "workloads are shown, the largest first; --format json and --format jsonl have all of them"
        )
        doc["inputs"][0]["warnings"].append({"code": "shortened", "message": words, "line": None})
        return doc

    def _totals(self) -> Json:
        """Return the kills and the workloads of all incidents, with those that are only counted."""
        killed = [sum(one.outcome == "killed" for one in group.incidents) for group in self.groups]
        more = sum(row["kills"] for row in self.more_incidents)
        known = {group.key for group in self.groups}
        others = {row["workload"] for row in self.more_incidents if row["kills"]} - known
        return {"kills": sum(killed) + more, "workloads": sum(map(bool, killed)) + len(others)}

    def _shown(self, most: int) -> frozenset[str]:
        """Return the first incident of each of the largest workloads, then their others."""
        groups = sorted(self.groups, key=lambda group: -len(group.incidents))[:most]
        first = [group.incidents[0].id for group in groups]
        others = (one.id for group in groups for one in group.incidents[1:])
        return frozenset([*first, *islice(others, most - len(first))])

    def raw_lines(self) -> "Mapping[str, Sequence[tuple[int, str]]]":
        """Return the lines of each incident's report as they stand in the log, by incident id; read when they are asked for."""
        return _RawLines(self.incidents, self._texts)

    def to_frames(self) -> "dict[str, pandas.DataFrame]":
        """Tables for notebooks: incidents, victims, tasks, facts, evidence; one row each, keyed by `incident`."""
        from oomscope.report.frames import frames

        return frames(self.document(), {one.id: self.facts_of(one).values for one in self.incidents})

    def html(self) -> str:
        """Return the report page."""
        from oomscope.report.page.html import render_html

        return render_html(self.shown_document(), self.raw_lines())

    def save(self, path: str | Path) -> None:
        """Write the report page to a file. Raises InputError where it cannot be written."""
        from oomscope.report.write import write

        write(path, self.html())

    def __repr__(self) -> str:
        kills = sum(one.outcome == "killed" for one in self.incidents)
        of = sum(any(one.outcome == "killed" for one in group.incidents) for group in self.groups)
        found = f"{plural(kills, 'kill')} of {plural(of, 'workload')}" if kills else "no kill"
        return f"<Analysis of {plural(len(self.inputs), 'input')}: {found}>"

    def _workload(self, group: Repeats) -> Json:
        series = self._side.series.get(group.key)
        return workload_json(group, self.verdict_on(group), self._weigh, series.drawn if series else None)

    def _entry(self, incident: Incident) -> Json:
        facts, verdict = self._weigh(incident)
        return incident_json(incident, self._held.body(incident, facts), verdict, self._beside(incident, facts))

    def _beside(self, incident: Incident, facts: FactTable) -> Beside:
        match, again = self._side.matches.get(incident.id), incident.id in self._killed_again
        return Beside(facts, self.inputs[incident.input], match, again, worth_checking(facts))

    @cached_property
    def _killed_again(self) -> frozenset[str]:
        return killed_again(self.incidents)

    def _weigh(self, incident: Incident) -> tuple[FactTable, Verdict]:
        known = self._weighed.get(incident.id)
        if known is not None:
            return known
        group = self._facts_of_group(self._group_of[incident.id])
        table = complete(self._held.facts(incident), incident, group, self._side)
        first = self.groups[self._group_of[incident.id]].aftershocks.get(incident.id)
        weighed = table, self._judge(table) if first is None else self._verdict_after(incident, first, table)
        if incident.listed is None:  # a whole one; those that are not are too many to be kept
            self._weighed[incident.id] = weighed
        return weighed

    def _verdict_after(self, aftershock: Incident, first: str, table: FactTable) -> Verdict:
        """Return the verdict on the kill that an aftershock followed from, and note in its facts whose memory it was."""
        members = self.groups[self._group_of[aftershock.id]].incidents
        before = next(one for one in members if one.id == first)
        table.put("aftershock_of", before.event.victims[0].comm)
        return self.verdict_of(before)

    def _facts_of_group(self, n: int) -> FactTable:
        """Return the facts of one workload, which are kept where several incidents ask for them."""
        if len(self.groups[n].incidents) == 1:
            return group_facts(self.groups[n])
        group = self._group_facts.get(n)
        if group is None:
            group = self._group_facts[n] = group_facts(self.groups[n])
        return group

    def _judge(self, table: FactTable) -> Verdict:
        return judge(table, self._causes, str(table.values["branch"]))


class _RawLines(Mapping[str, Sequence[tuple[int, str]]]):
    """The log's lines by incident."""

    def __init__(self, incidents: Sequence[Incident], texts: Sequence[LogText]) -> None:
        self._incidents = {one.id: one for one in incidents}
        self._texts = texts

    def __getitem__(self, name: str) -> Sequence[tuple[int, str]]:
        incident = self._incidents[name]
        lines = self._texts[incident.input].lines(incident.event.line_runs or (incident.event.lines,))
        return [(number, masked(text)) for number, text in lines]

    def __iter__(self) -> Iterator[str]:
        return iter(self._incidents)

    def __len__(self) -> int:
        return len(self._incidents)
