"""Facts that an inventory of pods tells."""

from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.inputs.memory_flags import heap_limit_bytes, worker_count
from oomscope.inputs.pod_info import Match, PodInfo

# What a runtime needs beside its heap (metaspace, code, stacks, buffers), as a factor. GOMEMLIMIT counts all that the
# runtime maps, and is soft: Go's guide asks for 5 to 10 % of headroom.
_BESIDE_THE_HEAP, _BESIDE_GOMEMLIMIT = 1.25, 1.05


def put_pods(table: FactTable, incident: Incident, match: Match | None) -> None:
    """What the pod's spec and status say. Nothing where the pod is not in the inventory."""
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
    if last is not None and last.reason is not None:
        table.put("pod_last_reason", last.reason)
    _flags(table, incident, match, limit)
    memory = incident.event.memcg.memory if incident.event.memcg else None
    if memory is not None and not memory.unlimited and limit and incident.scope == "container":
        # Resized in place, or by a tool on the node: the spec is what was meant, the log what was enforced.
        table.put("limit_below_spec", memory.limit_bytes < 0.98 * limit, (memory.line, memory.line))


def _volumes(table: FactTable, pod: PodInfo) -> None:
    mounted = [v for v in pod.memory_volumes if v.mounted_by]
    table.put("pod_emptydir_memory", bool(mounted))
    if mounted:
        table.put("pod_emptydir_unbounded", any(v.size_limit_bytes is None for v in mounted))


def _flags(table: FactTable, incident: Incident, match: Match, limit: int | None) -> None:
    if match.container is None:
        return
    flags = match.container.memory_flags
    known = table.values.get("limit_bytes")
    enforced = known if isinstance(known, int) and not isinstance(known, bool) else limit
    heap = heap_limit_bytes(flags, enforced)
    table.put("heap_flag_bytes", heap)
    if heap and enforced and incident.event.is_memcg:
        soft = not any(f.name.startswith("-") for f in flags) and any(f.name == "GOMEMLIMIT" for f in flags)
        table.put("heap_over_limit", heap * (_BESIDE_GOMEMLIMIT if soft else _BESIDE_THE_HEAP) / enforced)
    table.put("worker_count", worker_count(flags))
