"""`totalpages` of constrained_alloc(): what oom_score_adj is a thousandth of.

mm/oom_kill.c, constrained_alloc(); mm/memcontrol.c, mem_cgroup_get_max(): a cgroup's total is its limit and what it may
swap, but never more than the swap that there is. Its report does not print how much there is (up to 3.8 it does).
"""

from typing import NamedTuple

from oomscope.kernel.event import MemcgReport, OomEvent

_ANY_SWAP = 1 << 50  # pages: more than any machine has, so that what it does not change, no swap changes
SWAP_UNKNOWN = "limit, size of swap unknown"


class TotalPages(NamedTuple):
    """The total in pages, what it is made of, and how large it may be if the size of swap is not in the log."""

    pages: int | None = None
    source: str | None = None
    at_most: int | None = None


def total_pages(event: OomEvent, page_size: int) -> TotalPages:
    """Return what the log says about `totalpages`; empty if it says nothing."""
    if event.is_memcg:
        return _of_memcg(event, page_size)
    info = event.mem_info
    if info is None:
        return TotalPages()
    constraint = event.summary.constraint if event.summary else None
    if constraint in ("CONSTRAINT_CPUSET", "CONSTRAINT_MEMORY_POLICY") and event.summary is not None:
        allowed = parse_nodes(event.summary.nodemask or event.summary.mems_allowed or "")
        memory = sum((z.present_bytes or 0) // page_size for z in info.zones if z.node in allowed)
        source = "present pages of the allowed nodes, and swap"
    else:
        memory = (info.ram_pages or 0) - (info.reserved_pages or 0)
        source = "RAM less reserved, and swap"
    if memory <= 0:
        return TotalPages()
    if info.swap_total_bytes is None:
        return TotalPages(memory, source, memory + _ANY_SWAP)
    total = memory + info.swap_total_bytes // page_size
    return TotalPages(total, source, total)


def _of_memcg(event: OomEvent, page_size: int) -> TotalPages:
    memcg = event.memcg
    if memcg is None or memcg.memory is None:
        return TotalPages()
    limit = memcg.memory.limit_bytes // page_size
    if memcg.swap is not None and memcg.swap.limit_bytes == 0:
        return TotalPages(limit, "limit, no swap allowed", limit)
    may_swap = _may_swap_pages(memcg, page_size)
    if may_swap == 0:
        return TotalPages(limit, "limit of memory and swap", limit)
    info = event.mem_info
    if info is not None and info.swap_total_bytes is not None:
        total = limit + min(may_swap, info.swap_total_bytes // page_size)
        return TotalPages(total, "limit, and the swap that it may use", total)
    return TotalPages(limit, SWAP_UNKNOWN, limit + may_swap)


def _may_swap_pages(memcg: MemcgReport, page_size: int) -> int:
    """Return how much the cgroup may swap by its limits alone."""
    memory, memsw, swap = memcg.memory, memcg.memsw, memcg.swap
    if swap is not None and not swap.unlimited:
        return swap.limit_bytes // page_size
    if memory is None or memsw is None or memsw.unlimited or memsw.limit_bytes < memory.limit_bytes:
        return _ANY_SWAP
    return memsw.limit_bytes // page_size - memory.limit_bytes // page_size


def parse_nodes(text: str) -> set[int]:
    """Return a kernel list such as `0,2-3` as a set; what does not parse is left out, ranges are capped at 1024 nodes."""
    nodes: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        if low.isdigit() and (not high or high.isdigit()):
            nodes.update(range(int(low), min(int(high or low), int(low) + 1023) + 1))
    return nodes
