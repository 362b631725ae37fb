"""The names that an inventory gives to the victim's pod, in place of the ids of its cgroup."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side
from oomscope.workload import identify

FACTS = declared(
    "pods",
    Fact("namespace", "text", "the pod's namespace"),
    Fact("pod", "text", "the pod's name"),
    Fact("container", "text", "the container's name"),
    Fact("owner", "text", "what made the pod: Deployment/name"),
)


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put the names, and say the workload and the owner of the limit by them."""
    who, summary = incident.workload, incident.event.summary
    table.put("namespace", who.namespace)
    table.put("pod", who.pod)
    table.put("container", who.container)
    table.put("owner", who.owner)
    if who.pod:
        table.put("workload", who.pod)
        if summary is not None and summary.oom_memcg is not None and identify(summary.oom_memcg).level == "pod":
            table.put("limit_owner", f"pod {who.pod}", summary.lines)


TOPIC = LateTopic(FACTS, put)
