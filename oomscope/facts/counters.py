"""Facts of the counters of the cgroup whose limit was hit: usage, limit, swap, and a limit that would have held."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Counter, MemcgReport
from oomscope.units import MIB, quantity

NEAR_LIMIT = 0.7  # what a task that dies meanwhile may give back; measured: 0.99 and more in all but two of 315 reports, once 0.75
AT_LIMIT = 0.97  # a counter can stand a little below its limit: per-CPU batches, tasks that freed meanwhile
_SWAPPED = 0.02  # of memory+swap: less is no sign that swap filled the limit

FACTS = declared(
    "memory",
    Fact("usage_bytes", "bytes", "memory in use by the cgroup whose limit was hit"),
    Fact("limit_bytes", "bytes", "its limit; unknown where there is none"),
    Fact("limit_share", "share", "usage over limit"),
    Fact("failcnt", "count", "how often the limit was hit before, as this kernel counts it"),
    Fact("limit_reached", "truth", "one of the counters that were printed stands at its limit; a big charge may miss it by little"),
    Fact("memsw_at_limit", "truth", "memory+swap is at its limit (cgroup v1)", once_is_enough=True),
    Fact("kmem_at_limit", "truth", "the kernel memory limit is what was hit (cgroup v1)", once_is_enough=True),
    Fact("swap_at_limit", "truth", "a finite swap limit is used up (cgroup v2)", once_is_enough=True),
    Fact("swap_used_bytes", "bytes", "swap charged to the cgroup"),
    Fact("swap_used_share", "share", "swap over usage and swap together"),
    Fact("suggested_limit", "text", "a limit that would have held what was charged: the larger of 1.2 times and 100 MiB more", "VPA recommender, after an OOM"),
    Fact("suggested_limit_m", "text", "the same in mebibytes as systemd and Docker write them"),
    Fact("limit_quantity", "text", "the limit in Kubernetes units"),
    Fact("need_quantity", "text", "what was charged when the kernel killed, with what was swapped, in Kubernetes units"),
    Fact("high_quantity", "text", "nine tenths of the limit, for memory.high, in mebibytes as systemd writes them"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the counters say, where the limit of a cgroup was hit."""
    memcg = incident.event.memcg
    if memcg is None or not incident.event.is_memcg:
        return
    if memcg.memory is not None:
        _memory(table, memcg, memcg.memory)
    if memcg.memsw is not None:
        _memory_and_swap(table, memcg, memcg.memsw)
    if memcg.kmem is not None:
        alone = at_limit(memcg.kmem) and not at_limit(memcg.memory)
        table.put("kmem_at_limit", bool(alone), (memcg.kmem.line, memcg.kmem.line))
    if memcg.swap is not None:
        used_up = at_limit(memcg.swap) and memcg.swap.limit_bytes > 0
        table.put("swap_at_limit", bool(used_up), (memcg.swap.line, memcg.swap.line))
        if memcg.memory is not None:
            _swap(table, memcg.swap.usage_bytes, memcg.memory.usage_bytes, memcg.swap.line)
    if memcg.memory is not None:
        table.put("need_quantity", quantity(memcg.memory.usage_bytes + (table.whole("swap_used_bytes") or 0)))


def at_limit(counter: Counter | None) -> bool | None:
    """Return whether a counter is used up; None where it was not printed."""
    if counter is None:
        return None
    return not counter.unlimited and counter.usage_bytes >= AT_LIMIT * counter.limit_bytes


def _memory(table: FactTable, memcg: MemcgReport, memory: Counter) -> None:
    place, usage, limit = (memory.line, memory.line), memory.usage_bytes, memory.limit_bytes
    table.put("usage_bytes", usage, place)
    table.put("failcnt", memory.failcnt, place)
    if memory.unlimited:
        return
    if limit:
        table.put("limit_bytes", limit, place)
        table.put("limit_share", usage / limit, place)
    counters = [c for c in (memory, memcg.memsw, memcg.kmem, memcg.swap) if c is not None and c.limit_bytes]
    near = [c for c in counters if not c.unlimited and c.usage_bytes >= NEAR_LIMIT * c.limit_bytes]
    table.put("limit_reached", bool(near), place)
    need = usage + _swapped_out(memcg, memory)
    enough = max(need * 6 // 5, need + 100 * MIB)
    table.put("suggested_limit", quantity(enough), place)
    table.put("suggested_limit_m", f"{-(-enough // MIB)}M", place)
    table.put("limit_quantity", quantity(limit), place)
    if limit >= 2 * MIB:
        table.put("high_quantity", f"{limit * 9 // 10 // MIB}M")


def _memory_and_swap(table: FactTable, memcg: MemcgReport, memsw: Counter) -> None:
    """cgroup v1. With both counters at the limit and nothing swapped, it is the memory limit that was hit."""
    memory, swapped = memcg.memory, False
    if memory is not None:
        swapped = memsw.usage_bytes - memory.usage_bytes > _SWAPPED * memsw.usage_bytes
    hit = at_limit(memsw) and (not at_limit(memory) or swapped)
    table.put("memsw_at_limit", bool(hit), (memsw.line, memsw.line))
    if memory is not None and memcg.version == 1:
        _swap(table, max(memsw.usage_bytes - memory.usage_bytes, 0), memory.usage_bytes, memsw.line)


def _swapped_out(memcg: MemcgReport, memory: Counter) -> int:
    """Return what of the cgroup was swapped out: without swap it would be charged to the cgroup as well."""
    if memcg.swap is not None:
        return memcg.swap.usage_bytes
    return max(memcg.memsw.usage_bytes - memory.usage_bytes, 0) if memcg.memsw is not None else 0


def _swap(table: FactTable, swap: int, usage: int, line: int) -> None:
    table.put("swap_used_bytes", swap, (line, line))
    if usage + swap:
        table.put("swap_used_share", swap / (usage + swap), (line, line))


TOPIC = OwnTopic(FACTS, put)
