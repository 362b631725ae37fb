"""Facts of everything that was handed over beside the log."""

from oomscope.facts.pods import put_pods
from oomscope.facts.series import put_series
from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side


def put_side(table: FactTable, incident: Incident, side: Side) -> None:
    """What inventories, series and cgroup files say about this incident; nothing where they do not know it."""
    put_pods(table, incident, side.matches.get(incident.id))
    put_series(table, side.series.get(incident.workload.key))
    for name, value in side.facts.get(incident.id, {}).items():
        table.put(name, value)
