"""Facts of which files and settings the kernel has: a command that reads one that is not there helps nobody."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.patterns import lazy

FACTS = declared(
    "head",
    Fact("has_memory_peak", "truth", "the kernel has memory.peak (5.19 and newer)", "commit 8e20d4b33266 (\"mm/memcontrol: export memcg->watermark via sysfs for v2 memcg\")"),
    Fact("has_proactive_compaction", "truth", "the kernel has vm.compaction_proactiveness (5.9 and newer)", "commit facdaa917c4d (\"mm: proactive compaction\")"),
    Fact("has_pressure_files", "truth", "the kernel has /proc/pressure (4.20 and newer)", "commit eb414681d5a0 (\"psi: pressure stall information for CPU, memory, and IO\")"),
)  # fmt: skip

_SINCE = {"has_memory_peak": (5, 19), "has_proactive_compaction": (5, 9), "has_pressure_files": (4, 20)}
_RELEASE = lazy(r"(\d{1,3})\.(\d{1,4})")
_BACKPORTS = lazy(r"\.el([89]|\d\d)|uek|amzn")
"""Kernels of distributions that take features of newer ones: there an old number does not tell what is missing."""


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the release tells; nothing without a release."""
    release = incident.event.machine.release
    found = _RELEASE.match(release) if release else None
    if release is None or found is None:
        return
    number = (int(found[1]), int(found[2]))
    for name, since in _SINCE.items():
        if number >= since or _BACKPORTS.search(release) is None:
            table.put(name, number >= since)


TOPIC = OwnTopic(FACTS, put)
