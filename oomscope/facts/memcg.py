"""Facts about the charge of the cgroup whose limit was hit."""

from collections.abc import Callable

from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Counter, MemcgReport
from oomscope.units import MIB, quantity

NEAR_LIMIT = 0.7  # what a task that dies meanwhile may give back; measured: 0.99 and more in all but two of 315 reports, once 0.75
AT_LIMIT = 0.97  # a counter can stand a little below its limit: per-CPU batches, tasks that freed meanwhile
_KERNEL = (
    "slab_unreclaimable",
    "slab_reclaimable",
    "kernel_stack",
    "pagetables",
    "sec_pagetables",
    "percpu",
    "vmalloc",
    "kernel_other",
    "kernel",
)


def put_memcg(table: FactTable, incident: Incident) -> None:
    """Every fact of the memcg block; what the log does not hold stays unknown."""
    memcg = incident.event.memcg
    if memcg is None or not incident.event.is_memcg:
        return
    _counters(table, memcg)
    _composition(table, incident, memcg)
    _stat(table, incident, memcg)


def at_limit(counter: Counter | None) -> bool | None:
    """Whether a counter is used up; None where it was not printed."""
    if counter is None:
        return None
    return not counter.unlimited and counter.usage_bytes >= AT_LIMIT * counter.limit_bytes


def _counters(table: FactTable, memcg: MemcgReport) -> None:
    memory = memcg.memory
    if memory is not None:
        place = (memory.line, memory.line)
        table.put("usage_bytes", memory.usage_bytes, place)
        table.put("failcnt", memory.failcnt, place)
        if not memory.unlimited and memory.limit_bytes:
            table.put("limit_bytes", memory.limit_bytes, place)
            table.put("limit_share", memory.usage_bytes / memory.limit_bytes, place)
        if not memory.unlimited:
            need = memory.usage_bytes + _swapped(memcg, memory)
            enough = max(need * 6 // 5, need + 100 * MIB)
            table.put("suggested_limit", quantity(enough), place)
            table.put("suggested_limit_m", f"{-(-enough // MIB)}M", place)
            table.put("limit_quantity", quantity(memory.limit_bytes), place)
    full = at_limit(memory)
    if memcg.memsw is not None:
        # With both at the limit and nothing swapped, it is the memory limit that was hit.
        alone = at_limit(memcg.memsw) and not full
        swapped = memory is not None and memcg.memsw.usage_bytes - memory.usage_bytes > 0.02 * memcg.memsw.usage_bytes
        table.put("memsw_at_limit", bool(at_limit(memcg.memsw) and (alone or swapped)), (memcg.memsw.line,) * 2)
        if memory is not None and memcg.version == 1:
            _swap(table, max(memcg.memsw.usage_bytes - memory.usage_bytes, 0), memory.usage_bytes, memcg.memsw.line)
    if memory is not None and not memory.unlimited:
        counters = [c for c in (memory, memcg.memsw, memcg.kmem, memcg.swap) if c is not None and c.limit_bytes]
        near = any(not c.unlimited and c.usage_bytes >= NEAR_LIMIT * c.limit_bytes for c in counters)
        table.put("limit_reached", near, (memory.line, memory.line))
    if memcg.kmem is not None:
        table.put("kmem_at_limit", bool(at_limit(memcg.kmem) and not full), (memcg.kmem.line,) * 2)
    if memcg.swap is not None:
        used_up = at_limit(memcg.swap) and memcg.swap.limit_bytes > 0
        table.put("swap_at_limit", bool(used_up), (memcg.swap.line,) * 2)
        if memory is not None:
            _swap(table, memcg.swap.usage_bytes, memory.usage_bytes, memcg.swap.line)


def _swapped(memcg: MemcgReport, memory: Counter) -> int:
    """What of the cgroup was swapped out: it would be charged to it as well if there was no swap."""
    if memcg.swap is not None:
        return memcg.swap.usage_bytes
    return max(memcg.memsw.usage_bytes - memory.usage_bytes, 0) if memcg.memsw is not None else 0


def _swap(table: FactTable, swap: int, usage: int, line: int) -> None:
    table.put("swap_used_bytes", swap, (line, line))
    if usage + swap:
        table.put("swap_used_share", swap / (usage + swap), (line, line))


def _composition(table: FactTable, incident: Incident, memcg: MemcgReport) -> None:
    accounting = incident.accounting
    if accounting is None or accounting.total_bytes <= 0:
        return
    total, places = accounting.total_bytes, {p.name: p.lines for p in accounting.parts}
    block = memcg.stat_lines

    def put(name: str, parts: tuple[str, ...], sized: str | None = None) -> None:
        size = accounting.of(*parts) or 0
        where = next((places[p] for p in parts if places.get(p)), block)
        table.put(name, size / total, where)
        if sized:
            table.put(sized, size, where)

    put("anon_share", ("anon",), "anon_bytes")
    put("shmem_share", ("shmem",), "shmem_bytes")
    table.put("shmem_quantity", quantity(accounting.of("shmem") or 0), places.get("shmem") or block)
    put("file_share", ("file",), "file_bytes")
    put("kernel_share", _KERNEL, "kernel_bytes")
    put("sock_share", ("sock",))
    stat = dict(memcg.stat)
    for name, parts, keys in (
        ("slab_share", ("slab_unreclaimable", "slab_reclaimable"), ("slab", "slab_unreclaimable")),
        ("pagetables_share", ("pagetables", "sec_pagetables"), ("pagetables",)),
        ("kernel_stack_share", ("kernel_stack",), ("kernel_stack",)),
        ("percpu_share", ("percpu",), ("percpu",)),
    ):
        if any(key in stat for key in keys):
            put(name, parts)
    table.put("unaccounted_share", accounting.unaccounted_bytes / total, block)


def _stat(table: FactTable, incident: Incident, memcg: MemcgReport) -> None:
    stat, places = dict(memcg.stat), dict(memcg.stat_line_of)
    usage = memcg.memory.usage_bytes if memcg.memory else 0
    if not usage:
        return

    def place(*keys: str) -> tuple[int, int] | None:
        lines = [n for key in keys for n in (places.get(f"total_{key}") or places.get(key),) if n]
        return (min(lines), max(lines)) if lines else None

    dirty = [stat[k] for k in ("file_dirty", "file_writeback", "dirty", "writeback") if k in stat]
    if dirty:
        table.put("dirty_share", sum(dirty) / usage, place("file_dirty", "file_writeback", "dirty", "writeback"))
    for name, key in (("inactive_file_share", "inactive_file"), ("unevictable_share", "unevictable")):
        if key in stat:
            table.put(name, stat[key] / usage, place(key))
    if "unevictable" in stat:
        table.put("unevictable_bytes", stat["unevictable"], place("unevictable"))
    page = incident.event.page_size_bytes
    refaults = stat.get("workingset_refault_file", stat.get("workingset_refault"))
    if refaults is not None and page:
        table.put("refault_file_share", refaults * page / usage, place("workingset_refault_file", "workingset_refault"))
    low = (memcg.min_protection_bytes or 0) + (memcg.low_protection_bytes or 0)
    if memcg.low_protection_bytes is not None and memcg.memory and memcg.memory.limit_bytes:
        table.put("protection_share", min(low / memcg.memory.limit_bytes, 1.0))
    _mapped_shmem(table, incident, stat, place)


def _mapped_shmem(
    table: FactTable, incident: Incident, stat: dict[str, int], place: Callable[..., tuple[int, int] | None]
) -> None:
    """Which part of shmem is mapped. `file_mapped` counts mapped file and shmem pages once each."""
    shmem = table.values.get("shmem_bytes")
    if not isinstance(shmem, int) or shmem <= 0:
        return
    event = incident.event
    page = event.page_size_bytes or 0
    columns = [t.shmem_pages for t in event.tasks.tasks if t.shmem_pages is not None] if event.tasks else []
    if columns and page:
        table.put(
            "mapped_shmem_share", min(max(columns) * page / shmem, 1.0), event.tasks.lines if event.tasks else None
        )
        return
    mapped = stat.get("file_mapped", stat.get("mapped_file"))
    victim = max((v.shmem_rss_bytes or 0 for v in event.victims), default=0)
    if mapped is not None:
        files = table.values.get("file_bytes")
        file_part = max(mapped - (files if isinstance(files, int) else 0), 0)
        table.put("mapped_shmem_share", min(max(file_part, victim) / shmem, 1.0), place("file_mapped", "mapped_file"))
    elif event.victims and event.victims[0].shmem_rss_bytes is not None:
        table.put("mapped_shmem_share", min(victim / shmem, 1.0), (event.victims[0].line,) * 2)
