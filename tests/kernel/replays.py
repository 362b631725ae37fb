"""Reports whose badness is computed again."""

from helpers.kernel_reading import event_of
from helpers.report_text import TABLE, table_report

from oomscope.kernel import OomEvent
from oomscope.kernel.derive.badness import Replay, replay

NOW = TABLE
ROW = "[     12]     0    12    50000     1000    40960        0             0 b"


def report(
    release: str | None, header: str, *rows: str, memory: tuple[str, ...] = (), end: tuple[str, ...] = ()
) -> OomEvent:
    """The event of a report with these rows."""
    return event_of(table_report(release, header, rows, memory, end))


def replayed(event: OomEvent) -> Replay:
    """Whom the kernel ranked how."""
    got = replay(event)
    assert got is not None
    return got


def limit(kb: int, *more: str) -> tuple[str, ...]:
    """A cgroup at its limit, and more of its counters."""
    return (f"memory: usage {kb}kB, limit {kb}kB, failcnt 1", *more)
