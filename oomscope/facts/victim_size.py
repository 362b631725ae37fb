"""What the first victim held: who is above its memory request is the first that a full node kills."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.units import quantity

FACTS = declared(
    "tasks",
    Fact("victim_bytes", "bytes", "the first victim's footprint"),
    Fact("victim_quantity", "text", "the same in Kubernetes units"),
)


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put the footprint by its row of the task table; for want of one, the anonymous memory of the kill line."""
    if not incident.event.victims:
        return
    victim = incident.event.victims[0]
    row = None if rows is None else rows.of(victim.pid)
    held = victim.anon_rss_bytes if rows is None or row is None else rows.pages[row] * rows.page_bytes
    if held:
        table.put("victim_bytes", held, (victim.line, victim.line))
        table.put("victim_quantity", quantity(held))


TOPIC = OwnTopic(FACTS, put)
