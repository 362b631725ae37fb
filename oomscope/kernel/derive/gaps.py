"""What a report does not hold, and why as far as the log says."""

from collections.abc import Iterator

from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.event import Gap, MemcgReport, MemInfo, TaskTable


def gaps_of(
    report: OpenReport, memcg: MemcgReport | None, info: MemInfo | None, table: TaskTable | None
) -> tuple[Gap, ...]:
    """Return the sections that are missing, damaged, or longer than what is kept."""
    why = "not in the log"
    if report.victims and report.head is None and table is None and memcg is None and info is None:
        why = "only the kill line is left: the kernel rate-limits reports, or the log was filtered by level"
    return (
        *([Gap("invocation", why)] if report.head is None and not report.panic else ()),
        *_of_memory(report, memcg, info, why),
        *_of_the_table(table, why),
        *_of_the_end(report),
        *(Gap(section, f"line {line} is damaged: read approximately") for section, line in report.damage.items()),
        *(Gap(section, reason) for section, reason in report.caps.items()),
    )


def _of_memory(report: OpenReport, memcg: MemcgReport | None, info: MemInfo | None, why: str) -> Iterator[Gap]:
    if memcg is None and info is None:
        yield Gap("memory", why)
    elif report.interrupted and info is not None:
        yield Gap("memory", "the dump of an allocation failure stands inside the report")
    elif memcg is not None and memcg.memory is None:
        yield Gap("counters", why)
    elif memcg is not None and not memcg.stat and info is None:
        yield Gap("stat", why)
    if memcg is not None and memcg.stat_cut:
        yield Gap("stat", "cut: kernels 5.3 to 6.4 print memory.stat as one record of limited size")


def _of_the_table(table: TaskTable | None, why: str) -> Iterator[Gap]:
    if table is None:
        yield Gap("tasks", why)
    elif table.columns_source == "inferred":
        yield Gap("task header", "lost; the columns are inferred from the number of values")


def _of_the_end(report: OpenReport) -> Iterator[Gap]:
    if report.summary is not None and not report.summary.complete:
        yield Gap("oom-kill line", "cut")
    if not report.ended:
        yield Gap("kill", "the line that names the victim is not in the log")
