"""Numbers for the remedies: what would have fitted, how many, for how long. Nothing here weighs anything."""

from collections import defaultdict

from oomscope.facts.table import FactTable
from oomscope.facts.tasks import is_pause
from oomscope.incident.incident import Incident
from oomscope.inputs.memory_flags import MemoryFlag, heap_limit_bytes
from oomscope.inputs.pod_info import Match
from oomscope.kernel.derive.badness import footprint_pages
from oomscope.units import MIB, parse_quantity, quantity
from oomscope.workload import qos_from_adj

SPARE = 6 / 5  # a fifth more than was seen, as the suggested limit has it
_HEAP, _GO_HEAP = 0.75, 0.9  # of the limit; GOMEMLIMIT counts all that the runtime maps
_HOUR = 3600.0


def put_advice(table: FactTable, incident: Incident, match: Match | None) -> None:
    """Every number of a remedy that the incident's facts give. To be called when all other facts are there."""
    _limit(table)
    _time_bought(table)
    _workers(table, incident)
    if match is not None:
        _settings(table, match)
    _request(table, incident)
    if table.values.get("branch") == "node":
        _node(table, incident)


def _int(table: FactTable, name: str) -> int | None:
    value = table.values.get(name)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole(size: float) -> str | None:
    """At most `size` in whole mebibytes; None for less than one."""
    return f"{int(size) // MIB}Mi" if size >= MIB else None


def _limit(table: FactTable) -> None:
    usage, limit = _int(table, "usage_bytes"), _int(table, "limit_bytes")
    if usage is None:
        return
    table.put("need_quantity", quantity(usage + (_int(table, "swap_used_bytes") or 0)))
    if limit is None:
        return
    table.put("high_quantity", f"{limit * 9 // 10 // MIB}M" if limit >= 2 * MIB else None)
    for name, part in (("tmpfs_room", "shmem_bytes"), ("lock_room", "unevictable_bytes")):
        held = _int(table, part)
        if held:
            table.put(name, _whole(limit / SPARE - max(usage - held, 0)))


def _time_bought(table: FactTable) -> None:
    """The interval that a larger limit buys: what it adds over the ends of the slope's interval."""
    limit, told = _int(table, "limit_bytes"), table.values.get("suggested_limit")
    enough = parse_quantity(told) if isinstance(told, str) else None
    if limit is None or enough is None or enough <= limit:
        return
    more = enough - limit
    for name, rate in (
        ("raise_buys_low_seconds", "series_slope_high_bytes"),
        ("raise_buys_high_seconds", "series_slope_low_bytes"),
    ):
        slope = table.values.get(rate)
        if isinstance(slope, (int, float)) and slope > 0:
            table.put(name, more / slope * _HOUR)
    life = table.values.get("life_seconds")
    if isinstance(life, (int, float)) and table.values.get("life_source") != "gaps":
        table.put("raise_buys_life_seconds", life * more / limit)


def _workers(table: FactTable, incident: Incident) -> None:
    """How many of the tasks of one name would fit: what each holds, and room for everything else."""
    event, usage, limit = incident.event, _int(table, "usage_bytes"), _int(table, "limit_bytes")
    if event.tasks is None or event.page_size_bytes is None:
        return
    groups: dict[str, list[int]] = defaultdict(list)
    for task in event.tasks.tasks:
        if not is_pause(task):
            groups[task.comm].append(footprint_pages(task, event.page_size_bytes) * event.page_size_bytes)
    if not groups:
        return
    comm, sizes = max(groups.items(), key=lambda group: (len(group[1]), sum(group[1])))
    table.put("same_comm", comm, event.tasks.lines)
    if usage is None or limit is None or not sum(sizes):
        return
    held = min(sum(sizes), usage)  # pages that they share stand in each of them
    fit = int((limit / SPARE - (usage - held)) / (held / len(sizes)))
    if 1 <= fit < len(sizes):
        table.put("workers_fit", fit, event.tasks.lines)


def _settings(table: FactTable, match: Match) -> None:
    volume = next((v.name for v in match.pod.memory_volumes if v.mounted_by), None)
    table.put("memory_volume", volume)
    limit = _int(table, "limit_bytes") or _int(table, "pod_limit_bytes")
    if match.container is None or limit is None:
        return
    for flag in match.container.memory_flags:  # the last one counts
        if heap_limit_bytes([flag], limit) is not None:
            table.put("heap_flag", flag.name)
            table.put("heap_setting", _setting(flag, limit))


def _setting(flag: MemoryFlag, limit: int) -> str:
    mebibytes = max(int(limit * _HEAP) // MIB, 1)
    if flag.name == "GOMEMLIMIT":
        return f"GOMEMLIMIT={max(int(limit * _GO_HEAP) // MIB, 1)}MiB"
    if flag.name.endswith("Percentage"):
        return f"{flag.name}=75"
    if flag.name == "-Xmx":
        return f"-Xmx{mebibytes}m"
    return f"{flag.name}={mebibytes}" + ("m" if flag.name.startswith("-XX:") else "")


def _request(table: FactTable, incident: Incident) -> None:
    """What the victim asked for and what it held: who is above its request is the first that a node kills."""
    requested, page, victims = (
        incident.workload.memory_request_bytes,
        incident.event.page_size_bytes,
        incident.event.victims,
    )
    table.put("request_bytes", requested)
    if not victims:
        return
    rows = incident.event.tasks.tasks if incident.event.tasks and page else ()
    row = next((t for t in rows if t.pid == victims[0].pid), None)
    held = footprint_pages(row, page) * page if row is not None and page else victims[0].anon_rss_bytes
    if not held:
        return
    table.put("victim_bytes", held, (victims[0].line, victims[0].line))
    table.put("victim_quantity", quantity(held))
    if requested is not None:
        table.put("victim_over_request", held > requested)


def _node(table: FactTable, incident: Incident) -> None:
    ram, info = _int(table, "ram_bytes"), incident.event.mem_info
    for name, of_ram in (("largest_group", "largest_group_of_ram"), ("daemons", "daemons_of_ram")):
        part = table.values.get(of_ram)
        if ram and isinstance(part, (int, float)) and part > 0:
            table.put(f"{name}_bytes", int(part * ram))
            table.put(f"{name}_quantity", quantity(int(part * ram)))
    adj = _int(table, "largest_adj")
    asked = qos_from_adj(adj).request_share if adj is not None and table.values.get("largest_is_workload") else None
    if ram and asked is not None and asked[0] > 0:
        table.put("largest_requested", quantity(int(sum(asked) / 2 * ram)))
    capacity, allocatable = _int(table, "node_capacity_bytes"), _int(table, "node_allocatable_bytes")
    if capacity is not None and allocatable is not None and capacity > allocatable:
        table.put("reserved_bytes", capacity - allocatable)
    if info is None:
        return
    pools = [pool for pool in info.hugepages if pool.total]
    if pools and len({pool.size_bytes for pool in pools}) == 1:
        table.put("hugepages_used", sum(pool.total - pool.free for pool in pools), (pools[0].line, pools[-1].line))
    marks = [zone.min_bytes for zone in info.zones if zone.min_bytes is not None]
    if marks and sum(marks) >= 1 << 10:
        table.put("min_free_kbytes", sum(marks) >> 10)
        table.put("min_free_kbytes_twice", 2 * (sum(marks) >> 10))
