"""Facts of the task table: which task is large, how many there are of one name, where the victim stands."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Task
from oomscope.patterns import lazy
from oomscope.units import quantity

FACTS = declared(
    "tasks",
    Fact("tasks", "count", "rows of the task table without pause containers"),
    Fact("tasks_rss_share", "share", "anonymous memory of all tasks over usage (of the node: over RAM)"),
    Fact("largest_task_comm", "text", "name of the task with the largest rss, swap and page tables"),
    Fact("largest_task_pattern", "text", "the name as an extended regular expression, for pidstat -C and pgrep"),
    Fact("largest_task_pid", "count", "its pid"),
    Fact("largest_task_bytes", "bytes", "its footprint"),
    Fact("largest_task_share", "share", "its footprint over that of all tasks"),
    Fact("largest_task_of_usage", "share", "its anonymous memory over the charge (of the node: over RAM)"),
    Fact("victim_is_largest", "truth", "the first victim has the largest footprint of the table"),
    Fact("victim_rank", "count", "the first victim's rank by badness"),
    Fact("victim_share", "share", "the first victim's footprint over that of all tasks"),
    Fact("anon_sum_bytes", "bytes", "anonymous memory of all tasks together; pages that a fork shares count in each of them"),
    Fact("anon_sum_quantity", "text", "the same in Kubernetes units"),
    Fact("anon_sum_ratio", "share", "the same over the anonymous memory that is charged: above 1 where forked processes share pages"),
    Fact("swapped_share", "share", "pages of the tasks that are swapped out, over their rss and swap"),
)  # fmt: skip

_SPECIAL = lazy(r"[.\[()*+?{|$^\\]")
_MOST_OF_USAGE = 1.0  # swapped pages and shared ones are counted in: what is above is no share


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put the shares of the footprint (rss, swap, page tables) of every row but the pause containers'."""
    if rows is None:
        return
    table.put("tasks", len(rows.rows), rows.lines)
    if not rows.total_pages:
        return
    most = max(rows.pages)
    largest = rows.rows[rows.pages.index(most)]
    at = (largest.line, largest.line)
    table.put("largest_task_comm", largest.comm, at)
    table.put("largest_task_pattern", _SPECIAL.sub(r"\\\g<0>", largest.comm), at)
    table.put("largest_task_pid", largest.pid, at)
    table.put("largest_task_bytes", most * rows.page_bytes, at)
    table.put("largest_task_share", most / rows.total_pages, at)
    swapped = sum([task.swap_pages or 0 for task in rows.rows])
    resident = sum([task.rss_pages or 0 for task in rows.rows])
    whole = table.whole("usage_bytes") or table.whole("ram_bytes")
    if whole:
        of_usage = (_anon(largest) + (largest.swap_pages or 0)) * rows.page_bytes / whole
        table.put("largest_task_of_usage", min(of_usage, _MOST_OF_USAGE), at)
        anon = sum([(task.rss_pages or 0) if task.anon_pages is None else task.anon_pages for task in rows.rows])
        table.put("tasks_rss_share", anon * rows.page_bytes / whole, rows.lines)
        _summed(table, anon * rows.page_bytes, rows)
    if swapped + resident:
        table.put("swapped_share", swapped / (swapped + resident), rows.lines)
    if incident.event.victims:
        _victim(table, incident, rows, most)


def _summed(table: FactTable, anon: int, rows: TaskRows) -> None:
    """Pages that a fork shares are charged once, and stand in every task: their sum is the most that may be needed."""
    charged = table.whole("anon_bytes")
    if not charged or rows.rows[0].anon_pages is None:  # rss counts mapped files as well
        return
    table.put("anon_sum_bytes", anon, rows.lines)
    table.put("anon_sum_quantity", quantity(anon), rows.lines)
    table.put("anon_sum_ratio", anon / charged, rows.lines)


def _anon(task: Task) -> int:
    return task.anon_pages if task.anon_pages is not None else (task.rss_pages or 0)


def _victim(table: FactTable, incident: Incident, rows: TaskRows, most: int) -> None:
    pid = incident.event.victims[0].pid
    row = rows.of(pid)
    if row is None:
        return
    pages, at = rows.pages[row], (rows.rows[row].line, rows.rows[row].line)
    table.put("victim_share", pages / rows.total_pages, at)
    table.put("victim_is_largest", pages >= most, at)
    again = incident.replay.of(pid) if incident.replay else None
    if again is not None:
        table.put("victim_rank", again.rank, at)


TOPIC = OwnTopic(FACTS, put, needs=("usage_bytes", "ram_bytes", "anon_bytes"))
