"""Whether a zone could have given a block of the order that was asked for: the watermark check of the kernel's era.

mm/page_alloc.c, __zone_watermark_ok(). Linux kernel commit 97a16fc82a7c ("mm, page_alloc: only enforce watermarks for
order-0 allocations") (in v4.4): from then on one free block of the order or a larger one is enough. Before it, the pages
of all smaller orders are taken off what is free, and half of the watermark is taken off for each order; what is left
must still be above it.
"""

from oomscope.kernel.derive.badness import release_version
from oomscope.kernel.event import OomEvent, Zone


def can_give_block(event: OomEvent, zone: Zone, order: int, reserve_bytes: int = 0) -> bool | None:
    """True if the zone could have given a block of 2^order pages; None if that depends on a kernel that is not known.

    `reserve_bytes` is what this allocation may not take from the zone (lowmem_reserve, high atomic reserve).
    """
    page = event.page_size_bytes
    has_block = _has_block(zone, order)
    if not zone.buddy or page is None:
        return None
    if not has_block:
        return False
    is_old = is_before_4_4(event)
    if is_old is False:
        return True
    passes = _passes_watermark(zone, order, page, reserve_bytes)
    return True if passes else (False if is_old else None)


def _has_block(zone: Zone, order: int) -> bool:
    """True if there is a free block that an ordinary allocation of this order may take."""
    return any(count and o >= order and o not in zone.held_orders for o, count in zone.buddy)


def _passes_watermark(zone: Zone, order: int, page_size: int, reserve_bytes: int) -> bool:
    """Replay __zone_watermark_ok() of 2.6.9 to 4.3 for an allocation that may not go below `min`."""
    free = zone.free_bytes // page_size - ((1 << order) - 1)
    least = (zone.min_bytes or 0) // page_size
    if free <= least + reserve_bytes // page_size:
        return False
    blocks = dict(zone.buddy)
    for smaller in range(order):
        free -= blocks.get(smaller, 0) << smaller
        least >>= 1
        if free <= least:
            return False
    return True


def is_before_4_4(event: OomEvent) -> bool | None:
    """True if the kernel is older than 4.4, by its release or by what only older ones print; None if nothing tells."""
    version = release_version(event.machine.release)
    if version is not None:
        return version < (4, 4)
    columns = event.tasks.columns if event.tasks is not None else ()
    invoker = event.invoker
    if (invoker is not None and invoker.oom_adj is not None) or "oom_adj" in columns:
        return True  # up to 3.7
    if "nr_ptes" in columns and "nr_pmds" not in columns:
        return True  # 3.6 to 4.0
    if (invoker is not None and invoker.gfp_flags) or (
        event.summary is not None and event.summary.constraint is not None
    ):
        return False  # names of gfp flags since 4.6, the oom-kill line since 5.0
    return False if "pgtables_bytes" in columns else None  # 4.15
