"""Facts that an inventory of pods tells: limits, restarts, memory-backed volumes."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.pod_info import PodInfo
from oomscope.inputs.side_inputs import Side

FACTS = declared(
    "pods",
    Fact("pod_known", "truth", "the pod was found in the inventory"),
    Fact("pod_limit_bytes", "bytes", "the container's memory limit in its spec"),
    Fact("pod_containers", "count", "containers of the pod"),
    Fact("pod_emptydir_memory", "truth", "the pod mounts an emptyDir of medium Memory"),
    Fact("pod_emptydir_unbounded", "truth", "such an emptyDir has no sizeLimit"),
    Fact("pod_restarts", "count", "restarts of the container"),
    Fact("pod_last_reason", "text", "how the container's last run ended: OOMKilled, Error, Completed", "containerStatuses[].lastState.terminated.reason"),
    Fact("limit_below_spec", "truth", "the limit that was enforced is lower than the one in the pod's spec"),
    Fact("memory_volume", "text", "name of the pod's memory-backed volume"),
)  # fmt: skip

_LOWER = 0.98  # of the limit in the spec: less was set by somebody, not by rounding


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put what the pod's spec and status say. Nothing where the pod is not in the inventory."""
    match = side.matches.get(incident.id)
    if match is None:
        return
    pod, container = match.pod, match.container
    table.put("pod_known", True)
    table.put("pod_containers", sum(1 for c in pod.containers if c.kind in ("container", "sidecar")))
    _volumes(table, pod)
    if container is None:
        return
    limit = container.limit_bytes if container.limit_bytes is not None else pod.limit_bytes
    table.put("pod_limit_bytes", limit)
    table.put("pod_restarts", container.restart_count)
    last = container.last_terminated
    if last is not None:
        table.put("pod_last_reason", last.reason)
    memory = incident.event.memcg.memory if incident.event.memcg else None
    if memory is not None and not memory.unlimited and limit and incident.scope == "container":
        # Resized in place, or by a tool on the node: the spec is what was meant, the log what was enforced.
        table.put("limit_below_spec", memory.limit_bytes < _LOWER * limit, (memory.line, memory.line))


def _volumes(table: FactTable, pod: PodInfo) -> None:
    mounted = [v for v in pod.memory_volumes if v.mounted_by]
    table.put("pod_emptydir_memory", bool(mounted))
    if mounted:
        table.put("pod_emptydir_unbounded", any(v.size_limit_bytes is None for v in mounted))
        table.put("memory_volume", mounted[0].name)


TOPIC = LateTopic(FACTS, put, needs=("limit_bytes",))
