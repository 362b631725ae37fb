"""Facts that an inventory of pods tells: limits, restarts, memory-backed volumes, flags that bound a heap."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.memory_flags import MemoryFlag, ceiling_of, heap_limit_bytes, worker_count
from oomscope.inputs.pod_info import Match, PodInfo
from oomscope.inputs.side_inputs import Side
from oomscope.units import MIB

FACTS = declared(
    "pods",
    Fact("pod_known", "truth", "the pod was found in the inventory"),
    Fact("pod_limit_bytes", "bytes", "the container's memory limit in its spec"),
    Fact("pod_containers", "count", "containers of the pod"),
    Fact("pod_emptydir_memory", "truth", "the pod mounts an emptyDir of medium Memory"),
    Fact("pod_emptydir_unbounded", "truth", "such an emptyDir has no sizeLimit"),
    Fact("pod_restarts", "count", "restarts of the container"),
    Fact("heap_flag_bytes", "bytes", "the heap that a flag allows: -Xmx, GOMEMLIMIT, --max-old-space-size"),
    Fact("heap_over_limit", "share", "that heap with a quarter for the runtime itself, over the limit"),
    Fact("heap_flag_is_relative", "truth", "the flag that bounds the heap is a share of the limit, so the heap grows with it"),
    Fact("ceiling_bytes", "bytes", "the size that a setting lets the program grow to: a heap, a buffer pool, a cache"),
    Fact("ceiling_flag", "text", "name of that setting"),
    Fact("ceiling_of_limit", "share", "that size over the limit; what the program needs besides is not in it"),
    Fact("worker_count", "count", "workers that the pod's settings ask for"),
    Fact("pod_last_reason", "text", "how the container's last run ended: OOMKilled, Error, Completed", "containerStatuses[].lastState.terminated.reason"),
    Fact("limit_below_spec", "truth", "the limit that was enforced is lower than the one in the pod's spec"),
    Fact("memory_volume", "text", "name of the pod's memory-backed volume"),
    Fact("heap_flag", "text", "name of the flag that bounds the heap: -Xmx, GOMEMLIMIT, ..."),
    Fact("heap_setting", "text", "that flag with three quarters of the limit (GOMEMLIMIT, which counts everything: nine tenths)"),
)  # fmt: skip

# What a runtime needs beside its heap (metaspace, code, stacks, buffers), as a factor. GOMEMLIMIT counts all that the
# runtime maps, and is soft: Go's guide asks for 5 to 10 % of headroom.
_BESIDE_THE_HEAP, _BESIDE_GOMEMLIMIT = 1.25, 1.05
_HEAP, _GO_HEAP = 0.75, 0.9  # of the limit; what a heap flag should be set to
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
    _flags(table, incident, match, limit)
    _settings(table, match)
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


def _flags(table: FactTable, incident: Incident, match: Match, limit: int | None) -> None:
    if match.container is None:
        return
    flags = match.container.memory_flags
    known = table.whole("limit_bytes")
    enforced = known if known is not None else limit
    heap = heap_limit_bytes(flags, enforced)
    table.put("heap_flag_bytes", heap)
    if heap and enforced and incident.event.is_memcg:
        soft = not any(f.name.startswith("-") for f in flags) and any(f.name == "GOMEMLIMIT" for f in flags)
        table.put("heap_over_limit", heap * (_BESIDE_GOMEMLIMIT if soft else _BESIDE_THE_HEAP) / enforced)
    table.put("worker_count", worker_count(flags))
    ceiling = ceiling_of(flags, enforced)
    if ceiling is not None and enforced:
        table.put("ceiling_bytes", ceiling.size_bytes)
        table.put("ceiling_flag", ceiling.name)
        table.put("ceiling_of_limit", ceiling.size_bytes / enforced)


def _settings(table: FactTable, match: Match) -> None:
    """The flag that bounds the heap, and what it should be set to."""
    limit = table.whole("limit_bytes") or table.whole("pod_limit_bytes")
    if match.container is None or limit is None:
        return
    for flag in match.container.memory_flags:  # the last one counts
        if heap_limit_bytes([flag], limit) is not None:
            table.put("heap_flag", flag.name)
            table.put("heap_setting", _setting(flag, limit))
            table.put("heap_flag_is_relative", flag.name.endswith("Percentage"))


def _setting(flag: MemoryFlag, limit: int) -> str:
    mebibytes = max(int(limit * _HEAP) // MIB, 1)
    if flag.name == "GOMEMLIMIT":
        return f"GOMEMLIMIT={max(int(limit * _GO_HEAP) // MIB, 1)}MiB"
    if flag.name.endswith("Percentage"):
        return f"-Xmx{mebibytes}m"  # an absolute heap does not grow when the limit is raised
    if flag.name == "-Xmx":
        return f"-Xmx{mebibytes}m"
    return f"{flag.name}={mebibytes}" + ("m" if flag.name.startswith("-XX:") else "")


TOPIC = LateTopic(FACTS, put, needs=("limit_bytes",))
