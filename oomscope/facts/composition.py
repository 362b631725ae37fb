"""Facts of memory.stat: what the charge of the cgroup whose limit was hit consists of."""

from collections.abc import Mapping, Sequence

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable, Lines
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Accounting, Incident, Part
from oomscope.kernel.event import MemcgReport
from oomscope.units import quantity

_STAT = "Documentation/admin-guide/cgroup-v2.rst, memory.stat"

FACTS = declared(
    "memory",
    Fact("anon_bytes", "bytes", "anonymous memory of the usage", _STAT),
    Fact("anon_share", "share", "anonymous memory over usage", _STAT),
    Fact("shmem_bytes", "bytes", "tmpfs files and shared segments", _STAT),
    Fact("shmem_share", "share", "shmem over usage", _STAT),
    Fact("file_bytes", "bytes", "page cache without shmem", _STAT),
    Fact("file_share", "share", "page cache without shmem over usage", _STAT),
    Fact("dirty_share", "share", "dirty pages and pages under writeback over usage", _STAT),
    Fact("inactive_file_share", "share", "inactive_file over usage: what working_set leaves out", _STAT),
    Fact("unevictable_bytes", "bytes", "mlocked and otherwise unevictable pages", _STAT),
    Fact("unevictable_share", "share", "unevictable over usage", _STAT),
    Fact("kernel_bytes", "bytes", "slab, stacks, page tables, per-cpu, vmalloc charged to the cgroup", _STAT),
    Fact("kernel_share", "share", "kernel memory over usage", _STAT),
    Fact("slab_share", "share", "slab over usage", _STAT),
    Fact("pagetables_share", "share", "page tables over usage", _STAT),
    Fact("kernel_stack_share", "share", "kernel stacks over usage", _STAT),
    Fact("percpu_share", "share", "per-cpu memory over usage", _STAT),
    Fact("sock_share", "share", "socket buffers over usage", _STAT),
    Fact("unaccounted_share", "share", "usage that no statistic explains"),
    Fact("shmem_quantity", "text", "shmem in Kubernetes units, rounded up"),
    Fact("refault_file_share", "share", "file pages read back after eviction, times page size, over usage: thrashing", _STAT),
    Fact("protection_share", "share", "effective memory.min and memory.low of the children over the limit (6.19+)"),
)  # fmt: skip

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
_PARTS: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    ("anon_share", ("anon",), "anon_bytes"),
    ("shmem_share", ("shmem",), "shmem_bytes"),
    ("file_share", ("file",), "file_bytes"),
    ("kernel_share", _KERNEL, "kernel_bytes"),
    ("sock_share", ("sock",), None),
)
"""Fact of the share, parts of the accounting that it sums, fact of the size."""

_PRINTED_PARTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("slab_share", ("slab_unreclaimable", "slab_reclaimable"), ("slab", "slab_unreclaimable")),
    ("pagetables_share", ("pagetables", "sec_pagetables"), ("pagetables",)),
    ("kernel_stack_share", ("kernel_stack",), ("kernel_stack",)),
    ("percpu_share", ("percpu",), ("percpu",)),
)
"""Fact of the share, parts that it sums, keys of memory.stat: known only where one of them was printed."""

_DIRTY = ("file_dirty", "file_writeback", "dirty", "writeback")
_REFAULT = ("workingset_refault_file", "workingset_refault")


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put the shares of the charge, where the limit of a cgroup was hit."""
    memcg = incident.event.memcg
    if memcg is None or not incident.event.is_memcg:
        return
    stat = dict(memcg.stat)
    accounting = incident.accounting
    if accounting is not None and accounting.total_bytes > 0:
        _accounted(table, accounting, memcg, stat)
    if memcg.memory is not None and memcg.memory.usage_bytes:
        _statistics(table, memcg, stat, memcg.memory.usage_bytes, incident.event.page_size_bytes)
        low, limit = memcg.low_protection_bytes, memcg.memory.limit_bytes
        if low is not None and limit:
            table.put("protection_share", min(((memcg.min_protection_bytes or 0) + low) / limit, 1.0))


def _accounted(table: FactTable, accounting: Accounting, memcg: MemcgReport, stat: Mapping[str, int]) -> None:
    total, block = accounting.total_bytes, memcg.stat_lines
    parts = {part.name: part for part in accounting.parts}
    for name, members, size_name in _PARTS:
        size, place = _sum(parts, members, block)
        table.put(name, size / total, place)
        if size_name is not None:
            table.put(size_name, size, place)
    size, place = _sum(parts, ("shmem",), block)
    table.put("shmem_quantity", quantity(size), place)
    for name, members, keys in _PRINTED_PARTS:
        if keys[0] in stat or keys[-1] in stat:
            size, place = _sum(parts, members, block)
            table.put(name, size / total, place)
    table.put("unaccounted_share", accounting.unaccounted_bytes / total, block)


def _sum(parts: Mapping[str, Part], members: tuple[str, ...], block: Lines | None) -> tuple[int, Lines | None]:
    """Return the bytes of the parts, and the line of the first that has one, else the lines of the whole block."""
    size, place = 0, None
    for name in members:
        if name in parts:
            part = parts[name]
            size += part.bytes
            place = place or part.lines
    return size, place or block


def _statistics(
    table: FactTable, memcg: MemcgReport, stat: Mapping[str, int], usage: int, page_bytes: int | None
) -> None:
    lines = dict(memcg.stat_line_of)
    dirty = [key for key in _DIRTY if key in stat]
    if dirty:
        table.put("dirty_share", sum([stat[key] for key in dirty]) / usage, _printed(lines, dirty))
    if "inactive_file" in stat:
        table.put("inactive_file_share", stat["inactive_file"] / usage, _printed(lines, ("inactive_file",)))
    if "unevictable" in stat:
        place = _printed(lines, ("unevictable",))
        table.put("unevictable_share", stat["unevictable"] / usage, place)
        table.put("unevictable_bytes", stat["unevictable"], place)
    key = _REFAULT[0] if _REFAULT[0] in stat else _REFAULT[1]
    if key in stat and page_bytes:
        table.put("refault_file_share", stat[key] * page_bytes / usage, _printed(lines, _REFAULT))


def _printed(lines: Mapping[str, int], keys: Sequence[str]) -> Lines | None:
    """Return the lines of memory.stat that hold the keys: the hierarchical ones of cgroup v1 where those are printed."""
    first = last = 0
    for key in keys:
        line = lines.get("total_" + key) or lines.get(key) or 0
        if line:
            first, last = (line, line) if not first else (min(first, line), max(last, line))
    return (first, last) if first else None


TOPIC = OwnTopic(FACTS, put)
