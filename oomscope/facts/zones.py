"""Facts of a node-wide OOM's zones: free pages against watermarks, blocks of the order asked for, NUMA nodes."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.derive.badness import parse_nodes
from oomscope.kernel.derive.free_blocks import can_give_block
from oomscope.kernel.event import MemInfo, OomEvent, Zone

FACTS = declared(
    "node",
    Fact("usable_zone_above_high", "truth", "a zone that this allocation may use has more free than its high watermark"),
    Fact("blocks_missing", "truth", "no such zone can give a block of the order asked for", "mm/page_alloc.c, __zone_watermark_ok()"),
    Fact("other_nodes_free_share", "share", "free share of the NUMA nodes that the allocation was not allowed to use"),
    Fact("allowed_nodes", "text", "the NUMA nodes that the allocation was allowed to use"),
    Fact("allowed_node_full", "truth", "the allowed nodes are below their low watermark"),
    Fact("min_free_kbytes", "count", "min watermarks of all zones together, in KiB, as vm.min_free_kbytes counts"),
    Fact("node_cma_free_share", "share", "free memory of CMA areas over RAM: it serves movable allocations alone"),
    Fact("min_free_kbytes_twice", "count", "twice that"),
    Fact("hugepages_used", "count", "reserved huge pages that are in use, where there is one pool"),
)  # fmt: skip

_LOW = 1.5  # a node that has no more than so many times its low watermark free counts as full


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the zones say, where the OOM was not a cgroup's."""
    event, info = incident.event, incident.event.mem_info
    if info is None or event.is_memcg:
        return
    if info.zones and event.page_size_bytes is not None:
        listed = _allowed(event)
        allowed = parse_nodes(listed or "")
        usable = _usable(incident, info.zones, allowed)
        if usable:
            _free(table, event, usable, event.page_size_bytes, bool(allowed))
        _other_nodes(table, event, info, listed, allowed)
    _settings(table, incident, info)
    _cma(table, info)


def _cma(table: FactTable, info: MemInfo) -> None:
    """Free memory of CMA areas: it serves movable allocations alone."""
    known = [zone for zone in info.zones if zone.free_cma_bytes is not None]
    ram = table.whole("ram_bytes")
    if known and ram:
        place = (known[0].lines[0], known[-1].lines[1])
        table.put("node_cma_free_share", sum(zone.free_cma_bytes or 0 for zone in known) / ram, place)


def _allowed(event: OomEvent) -> str | None:
    """Return the list of NUMA nodes that the allocation was allowed to use, as printed."""
    summary, invoker = event.summary, event.invoker
    listed = (summary.nodemask if summary else None) or (invoker.mems_allowed if invoker else None)
    return listed or (summary.mems_allowed if summary else None)


def _usable(incident: Incident, zones: tuple[Zone, ...], allowed: set[int]) -> list[Zone]:
    """Zones that the allocation may take from: of the allowed nodes, and not above what the gfp flags reach."""
    flags = set(incident.event.invoker.gfp_flags) if incident.event.invoker else set()
    names = {z.name for z in zones}
    if "GFP_DMA" in flags or "__GFP_DMA" in flags:
        names &= {"DMA"}
    elif "GFP_DMA32" in flags or "__GFP_DMA32" in flags:
        names &= {"DMA", "DMA32"}
    elif flags and not any(f in flags for f in ("GFP_HIGHUSER_MOVABLE", "GFP_HIGHUSER", "__GFP_HIGHMEM")):
        names -= {"HighMem", "Movable"}
    elif flags and not any("MOVABLE" in f for f in flags):
        names -= {"Movable"}
    return [z for z in zones if z.name in names and (not allowed or z.node in allowed)]


def _free(table: FactTable, event: OomEvent, usable: list[Zone], page: int, confined: bool) -> None:
    place = (usable[0].lines[0], usable[-1].lines[1])
    order = event.invoker.order if event.invoker and event.invoker.order is not None else 0
    good = [z for z in usable if z.free_bytes - _held_back(z, page) > (z.high_bytes or 0)]
    table.put("usable_zone_above_high", bool(good), place)
    gives = [can_give_block(event, z, order, _held_back(z, page)) for z in (good or usable) if z.buddy]
    if order > 0 and any(z.buddy for z in usable) and (True in gives or None not in gives):
        table.put("blocks_missing", True not in gives, place)
    if confined:
        full = all(z.free_bytes - _held_back(z, page) <= (z.low_bytes or 0) * _LOW for z in usable)
        table.put("allowed_node_full", full, place)


def _other_nodes(table: FactTable, event: OomEvent, info: MemInfo, listed: str | None, allowed: set[int]) -> None:
    others = {z.node for z in info.zones} - allowed if allowed else set()
    if not others:
        return
    table.put("allowed_nodes", listed, event.summary.lines if event.summary else None)
    managed = sum(z.managed_bytes or z.present_bytes or 0 for z in info.zones if z.node in others)
    free = sum(z.free_bytes for z in info.zones if z.node in others)
    if managed:
        table.put("other_nodes_free_share", free / managed, (info.zones[0].lines[0], info.zones[-1].lines[1]))


def _settings(table: FactTable, incident: Incident, info: MemInfo) -> None:
    """What vm.nr_hugepages and vm.min_free_kbytes are now: remedies for a full node set them anew."""
    if table.values.get("branch") != "node":
        return
    pools = [pool for pool in info.hugepages if pool.total]
    if pools and len({pool.size_bytes for pool in pools}) == 1:
        table.put("hugepages_used", sum(pool.total - pool.free for pool in pools), (pools[0].line, pools[-1].line))
    marks = [zone.min_bytes for zone in info.zones if zone.min_bytes is not None]
    if marks and sum(marks) >= 1 << 10:
        table.put("min_free_kbytes", sum(marks) >> 10)
        table.put("min_free_kbytes_twice", 2 * (sum(marks) >> 10))


def _held_back(zone: Zone, page: int) -> int:
    """What an allocation that could go higher may not take from a low zone, and CMA and atomic reserves."""
    reserve = max(zone.lowmem_reserve_pages, default=0) * page if zone.name in ("DMA", "DMA32") else 0
    return reserve + (zone.highatomic_bytes or 0)


TOPIC = OwnTopic(FACTS, put, needs=("branch", "ram_bytes"))
