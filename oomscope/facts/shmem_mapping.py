"""How much of shmem is mapped: shared segments are mapped by their tasks, files on a tmpfs mostly are not."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident

FACTS = declared(
    "memory",
    Fact("mapped_shmem_share", "share", "how much of shmem is mapped, at the least: by the largest mapper, or what memory.stat counts as mapped beyond the page cache; segments are mapped, tmpfs files mostly not"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put the share: of a cgroup by memory.stat and by its tasks, of a node by its tasks."""
    event = incident.event
    if event.is_memcg:
        shmem = table.whole("shmem_bytes")
        if event.memcg is not None and event.memcg.memory and event.memcg.memory.usage_bytes and shmem:
            _of_cgroup(table, incident, shmem)
        return
    shmem = table.whole("node_shmem_bytes")
    if rows is not None and rows.total_pages and shmem is not None and shmem > 0:
        columns = [task.shmem_pages for task in rows.rows if task.shmem_pages is not None]
        if columns:
            place = (rows.rows[0].line, rows.rows[-1].line)
            table.put("mapped_shmem_share", min(max(columns) * rows.page_bytes / shmem, 1.0), place)


def _of_cgroup(table: FactTable, incident: Incident, shmem: int) -> None:
    """The larger of what memory.stat and the tasks show; many tasks may each map a piece of one segment."""
    largest, place = _largest_mapper(incident)
    counted = _counted(table, incident)
    if counted is not None and (largest is None or counted > largest):
        largest, place = counted, _mapped_place(incident)
    if largest is not None:
        table.put("mapped_shmem_share", min(largest / shmem, 1.0), place)


def _largest_mapper(incident: Incident) -> tuple[int | None, tuple[int, int] | None]:
    """Return the most shmem that one task maps: by the column of the table, else by the kill line."""
    event, page = incident.event, incident.event.page_size_bytes or 0
    columns = [t.shmem_pages for t in event.tasks.tasks if t.shmem_pages is not None] if event.tasks else []
    if columns and page and event.tasks:
        return max(columns) * page, event.tasks.lines
    found = [(v.shmem_rss_bytes, (v.line, v.line)) for v in event.victims if v.shmem_rss_bytes is not None]
    return max(found, key=lambda pair: pair[0]) if found else (None, None)


def _counted(table: FactTable, incident: Incident) -> int | None:
    """Return how much of shmem is mapped at the least: `file_mapped` counts mapped pages of files and of shmem, each once."""
    stat = dict(incident.event.memcg.stat) if incident.event.memcg else {}
    for key in ("file_mapped", "mapped_file"):
        if key in stat:
            return max(stat[key] - (table.whole("file_bytes") or 0), 0)
    return None


def _mapped_place(incident: Incident) -> tuple[int, int] | None:
    lines = dict(incident.event.memcg.stat_line_of) if incident.event.memcg else {}
    found = [n for key in ("file_mapped", "mapped_file") if (n := lines.get(f"total_{key}") or lines.get(key))]
    return (min(found), max(found)) if found else None


TOPIC = OwnTopic(FACTS, put, needs=("shmem_bytes", "file_bytes", "node_shmem_bytes"))
