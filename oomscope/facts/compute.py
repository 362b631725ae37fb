"""The facts of one incident, in three steps: its own report, its workload's other kills, what stands beside the log."""

from oomscope.facts.repeats import Repeats
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import task_rows
from oomscope.facts.topics import GROUP, LATE, OWN
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side

_NOTHING_BESIDE = Side()


def own_facts(incident: Incident) -> FactTable:
    """Return the facts that come from the incident's own report.

    They need the whole report. After this, its task table, memory.stat, Mem-Info and call trace may be let go.
    """
    table = FactTable()
    rows = task_rows(incident)
    for topic in OWN:
        topic.put(table, incident, rows)
    return table


def group_facts(repeats: Repeats) -> FactTable:
    """Return the facts that all kills of one workload share; to be computed once a workload."""
    table = FactTable()
    for topic in GROUP:
        topic.put(table, repeats)
    return table


def complete(table: FactTable, incident: Incident, group: FactTable | None, side: Side | None) -> FactTable:
    """Return `table` with the facts of its workload, of the inputs beside the log, and the numbers of the remedies.

    `group` is what `group_facts` gave for the incident's workload. Of the incident only what is left of a slimmed one is
    read: victims, summary, times, host, boot, lines, counters of the cgroup, workload, scope and notes.
    """
    if group is not None:
        table.update(group)
    beside = _NOTHING_BESIDE if side is None else side
    for topic in LATE:
        topic.put(table, incident, beside)
    return table


def facts_of(incident: Incident, repeats: Repeats | None = None, side: Side | None = None) -> FactTable:
    """Return every fact of one incident that the log and the inputs tell."""
    return complete(own_facts(incident), incident, None if repeats is None else group_facts(repeats), side)
