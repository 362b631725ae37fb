"""Facts that are computed where an input is read: series, events, nodes, cgroup files, the lines of runtimes."""

from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs import runtime_lines
from oomscope.inputs.registry import SIDE_INPUTS
from oomscope.inputs.side_inputs import Side

FACTS = (*runtime_lines.FACTS, *(fact for one in SIDE_INPUTS for fact in one.facts()))


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put what the series of this workload say, and what other inputs say of this incident."""
    finding = side.series.get(incident.workload.key)
    if finding is not None:
        for name, measured in finding.facts:
            table.put(name, measured)
    for name, value in side.facts.get(incident.id, {}).items():
        table.put(name, value)


TOPIC = LateTopic(FACTS, put)
