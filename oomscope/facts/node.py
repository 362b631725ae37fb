"""Facts about a node-wide OOM: RAM by owner, zones and orders, NUMA, who took it."""

from collections import defaultdict

from oomscope.facts.table import FactTable
from oomscope.facts.tasks import is_pause
from oomscope.incident.incident import Incident
from oomscope.kernel.derive.badness import footprint_pages, parse_nodes
from oomscope.kernel.derive.free_blocks import can_give_block
from oomscope.kernel.event import MemInfo, Task, Zone
from oomscope.workload import qos_from_adj


def put_node(table: FactTable, incident: Incident) -> None:
    """Every fact of Mem-Info, where the OOM was not a cgroup's."""
    event = incident.event
    info = event.mem_info
    if info is None or event.is_memcg:
        return
    accounting = incident.accounting
    if accounting is not None and accounting.total_bytes > 0:
        _ram(table, incident, info)
    if info.swap_total_bytes is not None:
        table.put("swap_total_bytes", info.swap_total_bytes, _at(info.swap_line))
        if info.swap_total_bytes and info.swap_free_bytes is not None:
            table.put("swap_free_share", info.swap_free_bytes / info.swap_total_bytes, _at(info.swap_line))
    if info.slabs:
        biggest = max(info.slabs, key=lambda s: s.total_bytes)
        table.put("largest_slab", biggest.name, info.slab_lines)
    table.put("slab_block_printed", info.slab_lines is not None, info.slab_lines)
    _zones(table, incident, info)


def _at(line: int | None) -> tuple[int, int] | None:
    return (line, line) if line else None


def _ram(table: FactTable, incident: Incident, info: MemInfo) -> None:
    accounting = incident.accounting
    assert accounting is not None  # noqa: S101  (checked by the caller)
    total, at = accounting.total_bytes, _at(info.counters_line)
    table.put("ram_bytes", total, _at(info.ram_line))
    free = accounting.of("free") or 0
    table.put("free_bytes", free, at)
    table.put("free_share", free / total, at)
    for name, parts in (
        ("node_anon_share", ("anon",)),
        ("node_shmem_share", ("shmem",)),
        ("node_file_share", ("file",)),
        ("node_unevictable_share", ("unevictable",)),
        ("node_slab_unreclaimable_share", ("slab_unreclaimable",)),
        ("node_kernel_share", ("slab_unreclaimable", "kernel_stack", "pagetables")),
        ("node_pagetables_share", ("pagetables",)),
    ):
        table.put(name, (accounting.of(*parts) or 0) / total, at)
    table.put("node_shmem_bytes", accounting.of("shmem") or 0, at)
    table.put("node_unaccounted_share", max(accounting.unaccounted_bytes, 0) / total, at)
    if info.hugepages:
        place = (info.hugepages[0].line, info.hugepages[-1].line)
        reserved = accounting.of("hugetlb") or 0
        table.put("hugetlb_bytes", reserved, place)
        table.put("hugetlb_share", reserved / total, place)
        if reserved:
            table.put("hugetlb_free_share", sum(p.free * p.size_bytes for p in info.hugepages) / reserved, place)


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


def _zones(table: FactTable, incident: Incident, info: MemInfo) -> None:
    event = incident.event
    if not info.zones or event.page_size_bytes is None:
        return
    summary = event.summary
    listed = (summary.nodemask if summary else None) or (event.invoker.mems_allowed if event.invoker else None)
    listed = listed or (summary.mems_allowed if summary else None)
    allowed = parse_nodes(listed or "")
    usable = _usable(incident, info.zones, allowed)
    order = event.invoker.order if event.invoker and event.invoker.order is not None else 0
    if usable:
        place = (usable[0].lines[0], usable[-1].lines[1])
        good = [z for z in usable if z.free_bytes - _held_back(z, event.page_size_bytes) > (z.high_bytes or 0)]
        table.put("usable_zone_above_high", bool(good), place)
        if order > 0 and any(z.buddy for z in usable):
            page = event.page_size_bytes
            gives = [can_give_block(event, z, order, _held_back(z, page)) for z in (good or usable) if z.buddy]
            if True in gives or None not in gives:
                table.put("blocks_missing", True not in gives, place)
    nodes = {z.node for z in info.zones}
    others = nodes - allowed if allowed else set()
    if others:
        table.put("allowed_nodes", listed, summary.lines if summary else None)
        managed = sum(z.managed_bytes or z.present_bytes or 0 for z in info.zones if z.node in others)
        free = sum(z.free_bytes for z in info.zones if z.node in others)
        if managed:
            table.put("other_nodes_free_share", free / managed, (info.zones[0].lines[0], info.zones[-1].lines[1]))
    if allowed and usable:
        low = all(z.free_bytes - _held_back(z, event.page_size_bytes) <= (z.low_bytes or 0) * 1.5 for z in usable)
        table.put("allowed_node_full", low, (usable[0].lines[0], usable[-1].lines[1]))


def _held_back(zone: Zone, page: int) -> int:
    """What an allocation that could go higher may not take from a low zone, and CMA and atomic reserves."""
    reserve = max(zone.lowmem_reserve_pages, default=0) * page if zone.name in ("DMA", "DMA32") else 0
    return reserve + (zone.highatomic_bytes or 0)


def put_owners(table: FactTable, incident: Incident) -> None:
    """Who holds the node's memory, by name and oom_score_adj: pods by the values that a kubelet gives, daemons else."""
    event = incident.event
    page = event.page_size_bytes
    if event.tasks is None or page is None or event.is_memcg:
        return
    rows = [t for t in event.tasks.tasks if not is_pause(t)]
    kube = _kubernetes(event.tasks.tasks)
    table.put("kubernetes_node", kube, event.tasks.lines)
    groups: dict[tuple[str, int | None], int] = defaultdict(int)
    first: dict[tuple[str, int | None], int] = {}
    for task in rows:
        key = (task.comm, task.oom_score_adj)
        groups[key] += footprint_pages(task, page) * page
        first.setdefault(key, task.line)
    total = sum(groups.values())
    if not total:
        return
    ranked = sorted(groups.items(), key=lambda item: -item[1])
    (comm, adj), size = ranked[0]
    at = (first[ranked[0][0]],) * 2
    table.put("groups_over_tenth", sum(weight > 0.1 * total for _, weight in ranked), event.tasks.lines)
    table.put("largest_group_comm", comm, at)
    table.put("largest_group_share", size / total, at)
    table.put("largest_adj", adj, at)
    ram = table.values.get("ram_bytes")
    if isinstance(ram, int) and ram:
        table.put("largest_group_of_ram", size / ram, at)
    if len(ranked) > 1 and ranked[1][1]:
        table.put("largest_group_lead", min(size / ranked[1][1], 100.0), at)
    inside = _victim_inside(table, incident, comm, adj)
    in_container = table.values.get("victim_in_container")
    workload: bool | None = _is_workload(adj) if kube else None
    if not kube and inside and in_container is not None:
        workload = bool(in_container)
    if workload is not None:
        table.put("largest_is_workload", workload, at)
        table.put("largest_is_daemon", kube and not workload, at)
    if kube and isinstance(ram, int) and ram:
        daemons = sum(weight for (_, a), weight in groups.items() if not _is_workload(a))
        table.put("daemons_of_ram", daemons / ram, event.tasks.lines)
    if kube and workload and adj is not None and isinstance(ram, int) and ram:
        _entitled(table, adj, size / ram, at)
    else:
        table.put("largest_entitled", False, at)  # who is no pod has asked for nothing
    _mapped(table, rows, page)


def _victim_inside(table: FactTable, incident: Incident, comm: str, adj: int | None) -> bool | None:
    if not incident.event.victims:
        return None
    victim = incident.event.victims[0]
    inside = victim.comm == comm and victim.oom_score_adj in (adj, None)
    table.put("victim_in_largest_group", inside, (victim.line, victim.line))
    return inside


def _entitled(table: FactTable, adj: int, of_ram: float, at: tuple[int, int]) -> None:
    """What a pod holds against what it asked for; a Guaranteed pod asked for all of it."""
    share = qos_from_adj(adj).request_share
    asked = 1.0 if adj in (-997, -998) else share[1] if share is not None else None
    if asked is None:
        return
    table.put("largest_entitled", of_ram <= 1.1 * asked, at)
    table.put("largest_over_request", of_ram > 1.5 * asked, at)


def _mapped(table: FactTable, rows: list[Task], page: int) -> None:
    shmem = table.values.get("node_shmem_bytes")
    columns = [t.shmem_pages for t in rows if t.shmem_pages is not None]
    if columns and isinstance(shmem, int) and shmem > 0:
        table.put("mapped_shmem_share", min(max(columns) * page / shmem, 1.0), (rows[0].line, rows[-1].line))


def _is_workload(adj: int | None) -> bool:
    return adj is not None and (2 <= adj <= 1000 or adj == -997)


def _kubernetes(tasks: tuple[Task, ...]) -> bool:
    """Whether a kubelet manages this node: sandboxes at -998, or a kubelet, or several values that only it gives."""
    if any(t.comm == "pause" and t.oom_score_adj == -998 for t in tasks) or any(t.comm == "kubelet" for t in tasks):
        return True
    return len({t.oom_score_adj for t in tasks if t.oom_score_adj is not None and 2 <= t.oom_score_adj <= 1000}) >= 3
