"""Facts of a node-wide OOM's Mem-Info: what filled the RAM, and what is left of swap."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable, Lines
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Accounting, Incident
from oomscope.kernel.event import MemInfo

_SHOW = "mm/show_mem.c"

FACTS = declared(
    "node",
    Fact("ram_bytes", "bytes", "RAM of the node less what the kernel reserved at boot", _SHOW),
    Fact("free_bytes", "bytes", "free pages of the node", _SHOW),
    Fact("free_share", "share", "free pages over RAM", _SHOW),
    Fact("swap_total_bytes", "bytes", "swap of the node", _SHOW),
    Fact("swap_free_share", "share", "free swap over all swap; unknown where there is none", _SHOW),
    Fact("node_anon_share", "share", "anonymous memory over RAM", _SHOW),
    Fact("node_shmem_bytes", "bytes", "tmpfs and shared memory of the node", _SHOW),
    Fact("node_shmem_share", "share", "shmem over RAM", _SHOW),
    Fact("node_file_share", "share", "page cache over RAM", _SHOW),
    Fact("node_unevictable_share", "share", "unevictable over RAM", _SHOW),
    Fact("node_slab_unreclaimable_share", "share", "unreclaimable slab over RAM", _SHOW),
    Fact("node_kernel_share", "share", "unreclaimable slab, stacks and page tables over RAM", _SHOW),
    Fact("node_pagetables_share", "share", "page tables over RAM", _SHOW),
    Fact("slab_block_printed", "truth", "the kernel printed its slabs: unreclaimable slab exceeds all page lists", "mm/oom_kill.c"),
    Fact("largest_slab", "text", "name of the largest slab printed"),
    Fact("hugetlb_bytes", "bytes", "RAM in reserved huge pages", _SHOW),
    Fact("hugetlb_share", "share", "RAM in reserved huge pages over RAM", _SHOW),
    Fact("hugetlb_free_share", "share", "reserved huge pages that nobody uses, over those reserved", _SHOW),
    Fact("node_unaccounted_share", "share", "RAM that stands on no list: drivers, balloon, ZFS, vmalloc"),
)  # fmt: skip

_PARTS = (
    ("node_anon_share", ("anon",)),
    ("node_shmem_share", ("shmem",)),
    ("node_file_share", ("file",)),
    ("node_unevictable_share", ("unevictable",)),
    ("node_slab_unreclaimable_share", ("slab_unreclaimable",)),
    ("node_kernel_share", ("slab_unreclaimable", "kernel_stack", "pagetables")),
    ("node_pagetables_share", ("pagetables",)),
)


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what Mem-Info says, where the OOM was not a cgroup's."""
    info = incident.event.mem_info
    if info is None or incident.event.is_memcg:
        return
    if incident.accounting is not None and incident.accounting.total_bytes > 0:
        _ram(table, incident.accounting, info)
    if info.swap_total_bytes is not None:
        table.put("swap_total_bytes", info.swap_total_bytes, _at(info.swap_line))
        if info.swap_total_bytes and info.swap_free_bytes is not None:
            table.put("swap_free_share", info.swap_free_bytes / info.swap_total_bytes, _at(info.swap_line))
    if info.slabs:
        biggest = max(info.slabs, key=lambda slab: slab.total_bytes)
        table.put("largest_slab", biggest.name, info.slab_lines)
    table.put("slab_block_printed", info.slab_lines is not None, info.slab_lines)


def _at(line: int | None) -> Lines | None:
    return (line, line) if line else None


def _ram(table: FactTable, accounting: Accounting, info: MemInfo) -> None:
    total, at = accounting.total_bytes, _at(info.counters_line)
    sizes = {part.name: part.bytes for part in accounting.parts}
    free = sizes.get("free", 0)
    table.put("ram_bytes", total, _at(info.ram_line))
    table.put("free_bytes", free, at)
    table.put("free_share", free / total, at)
    for name, parts in _PARTS:
        table.put(name, sum([sizes.get(part, 0) for part in parts]) / total, at)
    table.put("node_shmem_bytes", sizes.get("shmem", 0), at)
    table.put("node_unaccounted_share", max(accounting.unaccounted_bytes, 0) / total, at)
    if info.hugepages:
        place, reserved = (info.hugepages[0].line, info.hugepages[-1].line), sizes.get("hugetlb", 0)
        table.put("hugetlb_bytes", reserved, place)
        table.put("hugetlb_share", reserved / total, place)
        if reserved:
            unused = sum(pool.free * pool.size_bytes for pool in info.hugepages)
            table.put("hugetlb_free_share", unused / reserved, place)


TOPIC = OwnTopic(FACTS, put)
