"""Facts about the task table: who is large, who is many, who stood out."""

from collections import defaultdict

from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.incident.why_chosen import PAUSE_ADJ
from oomscope.kernel.derive.badness import footprint_pages
from oomscope.kernel.event import Task


def put_tasks(table: FactTable, incident: Incident) -> None:
    """Shares are of the footprint (rss, swap, page tables) of every row but the pause containers'."""
    event = incident.event
    page = event.page_size_bytes
    if event.tasks is None or page is None:
        return
    rows = [t for t in event.tasks.tasks if not is_pause(t)]
    sizes = {t.pid: footprint_pages(t, page) for t in rows}
    total = sum(sizes.values())
    place = event.tasks.lines
    table.put("tasks", len(rows), place)
    if not rows or not total:
        return
    largest = max(rows, key=lambda t: sizes[t.pid])
    at = (largest.line, largest.line)
    table.put("largest_task_comm", largest.comm, at)
    table.put("largest_task_pid", largest.pid, at)
    table.put("largest_task_bytes", sizes[largest.pid] * page, at)
    table.put("largest_task_share", sizes[largest.pid] / total, at)
    whole = table.values.get("usage_bytes") or table.values.get("ram_bytes")
    if isinstance(whole, int) and whole:
        table.put("largest_task_of_usage", min((_anon(largest) + (largest.swap_pages or 0)) * page / whole, 4.0), at)
        table.put("tasks_rss_share", sum(_anon(t) for t in rows) * page / whole, place)
    swapped, resident = sum(t.swap_pages or 0 for t in rows), sum(t.rss_pages or 0 for t in rows)
    if swapped + resident:
        table.put("swapped_share", swapped / (swapped + resident), place)
    _victim(table, incident, rows, sizes, total)
    _groups(table, rows, sizes, total)


def is_pause(task: Task) -> bool:
    """A pod's sandbox: it holds namespaces and no memory to speak of."""
    return task.comm == "pause" or (task.oom_score_adj in PAUSE_ADJ and (task.rss_pages or 0) < 300)


def _anon(task: Task) -> int:
    return task.anon_pages if task.anon_pages is not None else (task.rss_pages or 0)


def _victim(table: FactTable, incident: Incident, rows: list[Task], sizes: dict[int, int], total: int) -> None:
    if not incident.event.victims:
        return
    pid = incident.event.victims[0].pid
    row = next((t for t in rows if t.pid == pid), None)
    if row is None:
        return
    at = (row.line, row.line)
    table.put("victim_share", sizes[pid] / total, at)
    table.put("victim_is_largest", sizes[pid] >= max(sizes.values()), at)
    again = incident.replay.of(pid) if incident.replay else None
    if again is not None and again.rank is not None:
        table.put("victim_rank", again.rank, at)


def _groups(table: FactTable, rows: list[Task], sizes: dict[int, int], total: int) -> None:
    groups: dict[str, list[Task]] = defaultdict(list)
    for task in rows:
        groups[task.comm].append(task)
    group = max(groups.values(), key=lambda g: (len(g), sum(sizes[t.pid] for t in g)))
    weight = sum(sizes[t.pid] for t in group)
    at = (group[0].line, group[-1].line)
    table.put("same_comm_tasks", len(group), at)
    table.put("same_comm_share", weight / total, at)
    if weight:
        table.put("same_comm_evenness", max(sizes[t.pid] for t in group) / weight, at)
    equal = 0
    for members in groups.values():
        top = max(sizes[t.pid] for t in members)
        if top * len(members) >= 0.2 * total:
            equal = max(equal, sum(2 * sizes[t.pid] >= top for t in members))
    table.put("equal_tasks", equal, at)
