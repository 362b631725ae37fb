"""Facts of tasks that share a name: how many, how even, and how many of them would fit the limit."""

from collections.abc import Mapping

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident

SPARE = 6 / 5  # a fifth more than was seen, as the suggested limit has it
_HEAVY = 0.2  # of all tasks: a lighter group of equals is no crowd

FACTS = declared(
    "tasks",
    Fact("same_comm_tasks", "count", "tasks of the most numerous name, the largest group by footprint among equals"),
    Fact("same_comm_share", "share", "footprint of that group over that of all tasks"),
    Fact("same_comm_evenness", "share", "that group's largest task over the group: small where no task stands out"),
    Fact("equal_tasks", "count", "tasks of one name and of at least half the size of the largest of them"),
    Fact("same_comm", "text", "name of the most numerous group of tasks"),
    Fact("workers_fit", "count", "how many of that group fit the limit, with a fifth of it to spare"),
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
    if weight:
        table.put("same_comm_evenness", max(group) / weight, at)
    table.put("equal_tasks", _equal(groups, rows.total_pages), at)
    if len(group) > 1:
        _fitting(table, group, rows)


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


def _fitting(table: FactTable, group: list[int], rows: TaskRows) -> None:
    """How many of the group would fit: what each holds, and room for everything else."""
    usage, limit, held_by_all = table.whole("usage_bytes"), table.whole("limit_bytes"), sum(group) * rows.page_bytes
    if usage is None or limit is None or not held_by_all:
        return
    held = min(held_by_all, usage)  # pages that they share stand in each of them
    if not held:
        return
    fit = int((limit / SPARE - (usage - held)) / (held / len(group)))
    if 1 <= fit < len(group):
        table.put("workers_fit", fit, rows.lines)


TOPIC = OwnTopic(FACTS, put, needs=("usage_bytes", "limit_bytes"))
