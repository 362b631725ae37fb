"""Facts of a program's own settings: what its heap, its cache or its number of workers may grow to.

They come from the pod's spec, and from what was handed over with --settings.
"""

from collections.abc import Sequence

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.ceilings import ceiling_of
from oomscope.inputs.memory_flags import MemoryFlag, heap_limit_bytes, worker_count
from oomscope.inputs.side_inputs import Side
from oomscope.units import MIB

FACTS = declared(
    "pods",
    Fact("heap_flag_bytes", "bytes", "the heap that a flag allows: -Xmx, GOMEMLIMIT, --max-old-space-size"),
    Fact("heap_over_limit", "share", "that heap with a quarter for the runtime itself, over the limit"),
    Fact("heap_flag", "text", "name of the flag that bounds the heap: -Xmx, GOMEMLIMIT, ..."),
    Fact("heap_flag_is_relative", "truth", "the flag that bounds the heap is a share of the limit, so the heap grows with it"),
    Fact("heap_setting", "text", "that flag with three quarters of the limit (GOMEMLIMIT, which counts everything: nine tenths)"),
    Fact("ceiling_bytes", "bytes", "the size that settings let the program grow to: a heap, a buffer pool, a cache"),
    Fact("ceiling_flag", "text", "names of these settings"),
    Fact("ceiling_of_limit", "share", "that size over the limit; what the program needs besides is not in it"),
    Fact("worker_count", "count", "workers that the settings ask for"),
    Fact("workers_need_bytes", "bytes", "what so many of them would hold, each as large as the largest of the task table; shared pages count in each"),
)  # fmt: skip

# What a runtime needs beside its heap (metaspace, code, stacks, buffers), as a factor. GOMEMLIMIT counts all that the
# runtime maps, and is soft: Go's guide asks for 5 to 10 % of headroom.
_BESIDE_THE_HEAP, _BESIDE_GOMEMLIMIT = 1.25, 1.05
_HEAP, _GO_HEAP = 0.75, 0.9  # of the limit; what a heap flag should be set to


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put what the settings allow. What was handed over for this program counts before the pod's spec."""
    match = side.matches.get(incident.id)
    spec = match.container.memory_flags if match is not None and match.container is not None else ()
    flags = (*spec, *side.flags.get(incident.id, ()))
    if not flags:
        return
    enforced = table.whole("limit_bytes")
    limit = enforced if enforced is not None else table.whole("pod_limit_bytes")
    count, largest = worker_count(flags), table.whole("worker_largest_bytes")
    table.put("worker_count", count)
    table.put("workers_need_bytes", count * largest if count and largest else None)
    _heap(table, incident, flags, limit)
    ceiling = ceiling_of(flags, limit)
    if ceiling is not None and limit:
        table.put("ceiling_bytes", ceiling.size_bytes)
        table.put("ceiling_flag", ceiling.name)
        table.put("ceiling_of_limit", ceiling.size_bytes / limit)


def _heap(table: FactTable, incident: Incident, flags: Sequence[MemoryFlag], limit: int | None) -> None:
    heap = heap_limit_bytes(flags, limit)
    table.put("heap_flag_bytes", heap)
    if heap and limit and incident.event.is_memcg:
        soft = not any(f.name.startswith("-") for f in flags) and any(f.name == "GOMEMLIMIT" for f in flags)
        table.put("heap_over_limit", heap * (_BESIDE_GOMEMLIMIT if soft else _BESIDE_THE_HEAP) / limit)
    for flag in flags if limit is not None else ():  # the last one counts
        if limit is not None and heap_limit_bytes([flag], limit) is not None:
            table.put("heap_flag", flag.name)
            table.put("heap_setting", setting(flag, limit))
            table.put("heap_flag_is_relative", flag.name.endswith(("Percentage", "Percent", "percentage")))


def setting(flag: MemoryFlag, limit: int) -> str:
    """Return the flag with a size that leaves room for the runtime; an absolute one does not grow with the limit."""
    mebibytes = max(int(limit * _HEAP) // MIB, 1)
    if flag.name == "GOMEMLIMIT":
        return f"GOMEMLIMIT={max(int(limit * _GO_HEAP) // MIB, 1)}MiB"
    if flag.name == "-Xmx" or flag.name.endswith("Percentage"):
        return f"-Xmx{mebibytes}m"
    if "GCHeapHardLimit" in flag.name:  # the runtime reads numbers of the environment as hexadecimal
        return f"DOTNET_GCHeapHardLimit=0x{mebibytes * MIB:X}"
    if flag.name.endswith("percentage"):
        return f"--max-old-space-size={mebibytes}"
    return f"{flag.name}={mebibytes}" + ("m" if flag.name.startswith("-XX:") else "")


TOPIC = LateTopic(FACTS, put, needs=("limit_bytes", "pod_limit_bytes", "worker_largest_bytes"))
