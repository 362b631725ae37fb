"""How much a tmpfs or a lock may hold beside the rest of the charge."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_names import SPARE
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.units import MIB

FACTS = declared(
    "memory",
    Fact("tmpfs_room", "text", "what a tmpfs may hold beside the rest of the usage, with a fifth of both to spare within the limit"),
    Fact("lock_room", "text", "what may be locked beside the rest of the usage, with a fifth of both to spare within the limit"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what is left of the limit by everything else."""
    usage, limit = table.whole("usage_bytes"), table.whole("limit_bytes")
    if usage is None or limit is None:
        return
    for name, part in (("tmpfs_room", "shmem_bytes"), ("lock_room", "unevictable_bytes")):
        held = table.whole(part)
        if held:
            table.put(name, _mebibytes(limit / SPARE - max(usage - held, 0)))


def _mebibytes(size: float) -> str | None:
    """Return at most `size` in whole mebibytes; None for less than one."""
    return f"{int(size) // MIB}Mi" if size >= MIB else None


TOPIC = OwnTopic(FACTS, put, needs=("usage_bytes", "limit_bytes", "shmem_bytes", "unevictable_bytes"))
