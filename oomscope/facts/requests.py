"""What was asked for: the victim's memory request, and what the node keeps back from pods."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side

FACTS = (
    *declared(
        "pods",
        Fact("request_bytes", "bytes", "the victim's memory request, from the inventory or as its oom_score_adj tells it", "kubelet, pkg/kubelet/qos/policy.go"),
        Fact("victim_over_request", "truth", "the first victim held more than its memory request"),
    ),
    *declared(
        "nodes",
        Fact("reserved_bytes", "bytes", "what the node keeps back from pods: capacity less allocatable"),
    ),
)  # fmt: skip


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put the request beside what the victim held, and on a full node the node's reserve."""
    requested, held = incident.workload.memory_request_bytes, table.whole("victim_bytes")
    table.put("request_bytes", requested)
    if requested is not None and held is not None:
        table.put("victim_over_request", held > requested)
    capacity, allocatable = table.whole("node_capacity_bytes"), table.whole("node_allocatable_bytes")
    full = table.values.get("branch") == "node" and capacity is not None and allocatable is not None
    if full and capacity is not None and allocatable is not None and capacity > allocatable:
        table.put("reserved_bytes", capacity - allocatable)


TOPIC = LateTopic(FACTS, put, needs=("victim_bytes", "branch", "node_capacity_bytes", "node_allocatable_bytes"))
