"""The task table as facts count it: without pause containers, each row with its footprint."""

from typing import NamedTuple

from oomscope.incident.incident import Incident
from oomscope.incident.why_chosen import PAUSE_ADJ
from oomscope.kernel.derive.badness import footprint_pages
from oomscope.kernel.event import Task

_PAUSE_PAGES = 300  # a sandbox holds less


class TaskRows(NamedTuple):
    """Rows in the order of the table; `pages` has the footprint (rss, swap, page tables) of each, in pages."""

    rows: list[Task]
    pages: list[int]
    total_pages: int
    page_bytes: int
    lines: tuple[int, int]  # of the whole table

    def of(self, pid: int) -> int | None:
        """Return the number of the row of a process; None where it has none."""
        for number, task in enumerate(self.rows):
            if task.pid == pid:
                return number
        return None


def task_rows(incident: Incident) -> TaskRows | None:
    """Return the rows; None where the log has no task table, or no page size."""
    table, page = incident.event.tasks, incident.event.page_size_bytes
    if table is None or page is None:
        return None
    rows = [task for task in table.tasks if not is_pause(task)]
    pages = [footprint_pages(task, page) for task in rows]
    return TaskRows(rows, pages, sum(pages), page, table.lines)


def is_pause(task: Task) -> bool:
    """True for a pod's sandbox: it holds namespaces and no memory to speak of."""
    return (task.oom_score_adj in PAUSE_ADJ and (task.rss_pages or 0) < _PAUSE_PAGES) or task.comm == "pause"
