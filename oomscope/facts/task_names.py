"""Facts of tasks that share a name: how many, how even, and how many of them would fit the limit."""

from collections.abc import Mapping

from oomscope.fact import Fact, declared
from oomscope.facts.numbers import median
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Task

SPARE = 6 / 5  # a fifth more than was seen, as the suggested limit has it
_HEAVY = 0.2  # of all tasks: a lighter group of equals is no crowd

FACTS = declared(
    "tasks",
    Fact("same_comm_tasks", "count", "tasks of the most numerous name, the largest group by footprint among equals"),
    Fact("same_comm_share", "share", "footprint of that group over that of all tasks"),
    Fact("same_comm_of_usage", "share", "anonymous memory of that group, as its rows have it, over what is in use"),
    Fact("same_comm_evenness", "share", "that group's largest task over the group: small where no task stands out"),
    Fact("siblings", "count", "other tasks that carry the name of the largest"),
    Fact("largest_task_ahead", "share", "the largest task's footprint over the median of its siblings, two of them and more: about 1 where they are alike"),
    Fact("sibling_bytes", "bytes", "that median"),
    Fact("equal_tasks", "count", "tasks of one name and of at least half the size of the largest of them"),
    Fact("same_comm", "text", "name of the most numerous group of tasks"),
    Fact("worker_comm", "text", "name that several tasks carry and that holds the most memory"),
    Fact("workers_fit", "count", "how many of these tasks fit the limit, counted from the largest, with a fifth of the limit to spare"),
    Fact("workers_counted", "count", "tasks of that name that are at least half as large as the largest: without master and helpers"),
    Fact("worker_largest_bytes", "bytes", "anonymous memory of the largest of them"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the groups of equal names hold."""
    if rows is None or not rows.rows:
        return
    groups: dict[str, list[int]] = {}
    for task, pages in zip(rows.rows, rows.pages, strict=True):
        if task.comm in groups:
            groups[task.comm].append(pages)
        else:
            groups[task.comm] = [pages]
    comm = _most_numerous(groups)
    group = groups[comm]
    table.put("same_comm", comm, rows.lines)
    if not rows.total_pages:
        return
    lines = [task.line for task in rows.rows if task.comm == comm]
    weight, at = sum(group), (lines[0], lines[-1])
    table.put("same_comm_tasks", len(group), at)
    table.put("same_comm_share", weight / rows.total_pages, at)
    usage = table.whole("usage_bytes")
    if usage:
        resident = sum([_resident(task) for task in rows.rows if task.comm == comm])
        table.put("same_comm_of_usage", resident * rows.page_bytes / usage, at)
    if weight:
        table.put("same_comm_evenness", max(group) / weight, at)
    table.put("equal_tasks", _equal(groups, rows.total_pages), at)
    _siblings(table, groups, rows)
    several = [name for name, pages in groups.items() if len(pages) > 1]
    if several:
        heaviest = max(several, key=lambda name: sum(groups[name]))
        _fitting(table, [task for task in rows.rows if task.comm == heaviest], rows)


def _siblings(table: FactTable, groups: Mapping[str, list[int]], rows: TaskRows) -> None:
    """Hold the largest task against the others of its name: a pool of equals, or one that grew past them."""
    largest = rows.rows[rows.pages.index(max(rows.pages))]
    others = sorted(groups[largest.comm])[:-1]
    at = (largest.line, largest.line)
    table.put("siblings", len(others), at)
    if len(others) >= 2 and (level := median(others)):
        table.put("largest_task_ahead", max(rows.pages) / level, at)
        table.put("sibling_bytes", int(level * rows.page_bytes), at)


def _most_numerous(groups: Mapping[str, list[int]]) -> str:
    """Return the name that most tasks have; of equals the heaviest, of those the first."""
    best, most, heaviest = "", 0, 0
    for comm, pages in groups.items():
        if len(pages) > most or (len(pages) == most and sum(pages) > heaviest):
            best, most, heaviest = comm, len(pages), sum(pages)
    return best


def _equal(groups: Mapping[str, list[int]], total: int) -> int:
    """Return the size of the largest crowd: tasks of one name of which none stands out, and which weigh something."""
    equal, least = 0, _HEAVY * total
    for pages in groups.values():
        if len(pages) <= equal:
            continue
        if len(pages) == 1:
            equal = 1 if pages[0] >= least else equal
        elif (top := max(pages)) * len(pages) >= least:
            equal = max(equal, sum([2 * one >= top for one in pages]))
    return equal


def _fitting(table: FactTable, group: list[Task], rows: TaskRows) -> None:
    """How many of the group would fit, counted from the largest of them: the others may still be growing.

    What forked processes share is charged once: of n processes whose sum is S and whose charge is C each has
    (S - C) / (n - 1) in common with the others.
    """
    usage, limit, charged = table.whole("usage_bytes"), table.whole("limit_bytes"), table.whole("anon_bytes")
    sizes = sorted((_own(task) * rows.page_bytes for task in group), reverse=True)
    if usage is None or limit is None:
        return
    workers = [size for size in sizes if 2 * size >= sizes[0]]  # the master and helpers apart
    total, held = sum(workers), min(sum(workers), usage if charged is None else charged)
    shared = (total - held) / (len(workers) - 1) if len(workers) > 1 else 0.0
    kernel = (table.whole("kernel_bytes") or 0) / len(rows.rows)  # stacks and page tables of each
    each = workers[0] - shared + kernel
    if each <= 0:
        return
    rest = usage - held - kernel * len(workers)
    fit = int((limit / SPARE - rest - shared) / each)
    if 1 <= fit < len(workers):
        table.put("workers_fit", fit, rows.lines)
        table.put("worker_comm", group[0].comm, rows.lines)
        table.put("workers_counted", len(workers), rows.lines)
        table.put("worker_largest_bytes", workers[0], rows.lines)


def _resident(task: Task) -> int:
    return task.anon_pages if task.anon_pages is not None else (task.rss_pages or 0)


def _own(task: Task) -> int:
    """Return the pages that are the task's own, without mapped files, which all share; with what was swapped."""
    return _resident(task) + (task.swap_pages or 0)


TOPIC = OwnTopic(FACTS, put, needs=("usage_bytes", "limit_bytes", "anon_bytes", "kernel_bytes"))
