"""What the charge of a cgroup, or the RAM of a node, consists of: nothing twice, the rest shown as unaccounted.

Sources: Documentation/admin-guide/cgroup-v2.rst (memory.stat), cgroup-v1/memory.rst 5.2, mm/show_mem.c.
"""

from oomscope.incident.incident import Accounting, Part
from oomscope.kernel.event import MemcgReport, MemInfo

_KERNEL_KEYS = (
    "slab_unreclaimable",
    "slab_reclaimable",
    "kernel_stack",
    "pagetables",
    "sec_pagetables",
    "percpu",
    "vmalloc",
)


def memcg_accounting(memcg: MemcgReport) -> Accounting | None:
    """Return the parts of `usage`; None where the statistics or the usage are not in the log."""
    if memcg.memory is None or not memcg.stat:
        return None
    stat, places = dict(memcg.stat), dict(memcg.stat_line_of)
    parts = _modern(stat, memcg) if "anon" in stat or "file" in stat else _classic(stat, memcg)
    if parts is None:
        return None
    located = tuple(Part(name, size, _place(key, places)) for name, key, size in parts if size > 0)
    total = memcg.memory.usage_bytes
    return Accounting(total, located, total - sum(p.bytes for p in located))


def _place(key: str, places: dict[str, int]) -> tuple[int, int] | None:
    line = places.get(key) or places.get(f"total_{key}")
    return (line, line) if line else None


def _modern(stat: dict[str, int], memcg: MemcgReport) -> list[tuple[str, str, int]]:
    """v2 key names (5.3 to 6.4 on v1 too). `file` holds shmem; `kernel` (5.18+) holds slab, stacks, page tables.

    So does v1's kmem counter, which is the only line to show vmalloc and the like before 5.18.
    """
    file, shmem = stat.get("file", 0), stat.get("shmem", 0)
    known = [(key, key, stat[key]) for key in _KERNEL_KEYS if stat.get(key)]
    if "slab_unreclaimable" not in stat and stat.get("slab"):
        known.append(("slab_unreclaimable", "slab", stat["slab"]))
    parts = [
        ("anon", "anon", stat.get("anon", 0)),
        ("shmem", "shmem", shmem),
        ("file", "file", max(file - shmem, 0)),
        *known,
    ]
    kernel = max(stat.get("kernel", 0), memcg.kmem.usage_bytes if memcg.kmem is not None else 0)
    parts.append(("kernel_other", "kernel", max(kernel - sum(size for *_, size in known), 0)))
    parts.append(("sock", "sock", stat.get("sock", 0)))
    if stat.get("hugetlb"):
        parts.append(("hugetlb", "hugetlb", stat["hugetlb"]))
    return parts


def _classic(stat: dict[str, int], memcg: MemcgReport) -> list[tuple[str, str, int]] | None:
    """v1 key names: `rss` is anonymous memory only, `cache` holds shmem, kernel memory is a counter of its own."""
    if "rss" not in stat:
        return None
    cache, rss = stat.get("cache", 0), stat["rss"]
    shmem = stat.get("shmem")
    if shmem is None:  # before 4.12: shmem sits on the anonymous LRU lists but not in rss
        lru = stat.get("active_anon", 0) + stat.get("inactive_anon", 0)
        shmem = min(max(lru - rss, 0), cache)
    kernel = memcg.kmem.usage_bytes if memcg.kmem is not None else 0
    return [
        ("anon", "rss", rss),
        ("shmem", "shmem", shmem),
        ("file", "cache", max(cache - shmem, 0)),
        ("kernel", "kmem", kernel),
    ]


def working_set(memcg: MemcgReport) -> int | None:
    """usage - inactive_file, as cAdvisor and `kubectl top` compute it (lib/container/libcontainer/handler.go)."""
    stat = dict(memcg.stat)
    if memcg.memory is None or "inactive_file" not in stat:
        return None
    return max(memcg.memory.usage_bytes - stat["inactive_file"], 0)


def node_accounting(info: MemInfo, page_size: int) -> Accounting | None:
    """Where the node's RAM went. Driver, balloon and vmalloc pages stand on no list: they are the unaccounted rest."""
    if info.ram_pages is None or not info.counters_pages:
        return None
    pages = dict(info.counters_pages)
    if "active_anon" not in pages and "active" in pages:  # before 2.6.28 anonymous and file pages shared the lists
        return None
    total = (info.ram_pages - (info.reserved_pages or 0)) * page_size
    shmem = pages.get("shmem", 0)
    anon_lru = pages.get("active_anon", 0) + pages.get("inactive_anon", 0) + pages.get("isolated_anon", 0)
    file_lru = pages.get("active_file", 0) + pages.get("inactive_file", 0) + pages.get("isolated_file", 0)
    unevictable = pages.get("unevictable", 0)
    # shmem is on the anonymous lists, or on the unevictable one where it is locked or there is no swap to go to.
    on_anon = min(shmem, anon_lru)
    locked_shmem = min(shmem - on_anon, unevictable)
    stacks = sum(dict(node.counters).get("kernel_stack", 0) for node in info.nodes)
    huge = sum(pool.total * pool.size_bytes for pool in info.hugepages)
    line = info.counters_line
    place = (line, line) if line else None
    sized = [
        ("anon", (anon_lru - on_anon) * page_size),
        ("shmem", (on_anon + locked_shmem) * page_size),
        ("file", file_lru * page_size),
        ("unevictable", (unevictable - locked_shmem) * page_size),
        ("slab_unreclaimable", pages.get("slab_unreclaimable", 0) * page_size),
        ("slab_reclaimable", pages.get("slab_reclaimable", 0) * page_size),
        ("kernel_stack", stacks),
        ("pagetables", (pages.get("pagetables", 0) + pages.get("sec_pagetables", 0)) * page_size),
        ("hugetlb", huge),
        ("free", (pages.get("free", 0) + pages.get("free_pcp", 0)) * page_size),
    ]
    parts = tuple(Part(name, size, place) for name, size in sized if size > 0)
    return Accounting(total, parts, total - sum(p.bytes for p in parts))
