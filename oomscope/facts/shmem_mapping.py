"""How much of shmem is mapped: shared segments are mapped by their tasks, files on a tmpfs mostly are not."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident

FACTS = declared(
    "memory",
    Fact("mapped_shmem_share", "share", "how much of shmem is mapped by the largest mapper: segments are mapped, tmpfs files mostly not"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put the share by the task table's column; for want of it by memory.stat, or by what the victim mapped."""
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
    """`file_mapped` of memory.stat counts mapped pages of files and of shmem, each once."""
    event, page = incident.event, incident.event.page_size_bytes or 0
    columns = [t.shmem_pages for t in event.tasks.tasks if t.shmem_pages is not None] if event.tasks else []
    if columns and page:
        share = min(max(columns) * page / shmem, 1.0)
        table.put("mapped_shmem_share", share, event.tasks.lines if event.tasks else None)
        return
    stat = dict(event.memcg.stat) if event.memcg else {}
    mapped = stat.get("file_mapped", stat.get("mapped_file"))
    by_victim = max((v.shmem_rss_bytes or 0 for v in event.victims), default=0)
    if mapped is not None:
        beyond_files = max(mapped - (table.whole("file_bytes") or 0), 0)
        share = min(max(beyond_files, by_victim) / shmem, 1.0)
        table.put("mapped_shmem_share", share, _mapped_place(incident))
    elif event.victims and event.victims[0].shmem_rss_bytes is not None:
        line = event.victims[0].line
        table.put("mapped_shmem_share", min(by_victim / shmem, 1.0), (line, line))


def _mapped_place(incident: Incident) -> tuple[int, int] | None:
    lines = dict(incident.event.memcg.stat_line_of) if incident.event.memcg else {}
    found = [n for key in ("file_mapped", "mapped_file") if (n := lines.get(f"total_{key}") or lines.get(key))]
    return (min(found), max(found)) if found else None


TOPIC = OwnTopic(FACTS, put, needs=("shmem_bytes", "file_bytes", "node_shmem_bytes"))
