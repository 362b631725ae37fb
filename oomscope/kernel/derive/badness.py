"""oom_badness() replayed: the number by which the kernel ranked each task of the table, by the rules of its era.

mm/oom_kill.c; the eras are told by what the report prints first, and by the release only where that says nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from oomscope.kernel.derive.total_pages import TotalPages, parse_nodes, total_pages
from oomscope.kernel.event import OomEvent, Task
from oomscope.patterns import lazy

__all__ = [
    "UNKILLABLE_ADJ",
    "Badness",
    "Era",
    "Replay",
    "era_of",
    "footprint_pages",
    "parse_nodes",
    "release_version",
    "replay",
]

UNKILLABLE_ADJ = -1000
_VERSION = lazy(r"(\d{1,3})\.(\d{1,3})")


class Era(NamedTuple):
    """The rules that one range of kernels compares tasks by."""

    name: str
    may_be_negative: bool = False  # 9066e5cfb73c (5.9): before it every value at or below zero became 1
    last_wins: bool = False  # 5.3: of equals the last met is taken; before it the first
    root_bonus: bool = False  # up to 4.16 a task with CAP_SYS_ADMIN counted 3 % less
    thousandths: bool = False  # up to 3.4 of the total and at most 1000, so that many tasks are equals
    replayable: bool = True


_TO_2_6_35 = Era("up to 2.6.35", replayable=False)
_TO_3_4 = Era("2.6.36 to 3.4", root_bonus=True, thousandths=True)
_TO_4_16 = Era("3.5 to 4.16", root_bonus=True)
_TO_5_2 = Era("4.17 to 5.2")
_TO_5_8 = Era("5.3 to 5.8", last_wins=True)  # and the 4.18 of RHEL 8
_LATEST = Era("5.9 and later", may_be_negative=True, last_wins=True)
_BY_RELEASE = (((5, 9), _LATEST), ((5, 3), _TO_5_8), ((4, 17), _TO_5_2))


class Badness(NamedTuple):
    """One task's rank; `pages` None and `rank` None where the kernel cannot pick it."""

    pid: int
    pages: int | None
    rank: int | None


class Replay(NamedTuple):
    era: Era
    rows: tuple[Badness, ...]  # in the order of the table
    total_pages: int | None
    total_pages_source: str | None
    certain: bool  # False if the unknown size of swap could change the order

    def of(self, pid: int) -> Badness | None:
        return next((row for row in self.rows if row.pid == pid), None)


def era_of(event: OomEvent) -> Era:
    """Return the rules of the kernel that wrote this report."""
    columns = event.tasks.columns if event.tasks else ()
    version = release_version(event.machine.release)
    if "oom_adj" in columns and "oom_score_adj" not in columns:
        return _TO_2_6_35
    if "oom_adj" in columns and (version is None or version < (3, 5)):
        return _TO_3_4
    if version is None:
        modern = "rss_anon" in columns or any(v.oom_score_adj is not None for v in event.victims if event.tasks is None)
        return _LATEST if modern or event.selected is None else _TO_4_16
    if version == (4, 18) and ".el8" in (event.machine.release or ""):
        return _TO_5_8
    return next((era for first, era in _BY_RELEASE if version >= first), _TO_4_16)


@lru_cache(maxsize=256)
def release_version(release: str | None) -> tuple[int, int] | None:
    """Return (major, minor) of a kernel release string."""
    found = _VERSION.match(release or "")
    return (int(found[1]), int(found[2])) if found else None


def replay(event: OomEvent) -> Replay | None:
    """Return the badness of every task of the table, or None where the table or the page size is not in the log."""
    if event.tasks is None or event.page_size_bytes is None:
        return None
    era = era_of(event)
    total = total_pages(event, event.page_size_bytes)
    tasks = event.tasks.tasks
    if not era.replayable or any(t.oom_score_adj is None for t in tasks):
        rows = tuple(Badness(t.pid, None, None) for t in tasks)
        return Replay(era, rows, total.pages, total.source, certain=False)
    footprints = [footprint_pages(t, event.page_size_bytes) for t in tasks]
    points = [_points(t, n, total.pages, era) for t, n in zip(tasks, footprints, strict=True)]
    order = _order(tasks, footprints, points, total.pages, era)
    ranks = {n: rank for rank, n in enumerate(order, 1)}
    rows = tuple(Badness(t.pid, points[n], ranks.get(n)) for n, t in enumerate(tasks))
    return Replay(era, rows, total.pages, total.source, _is_certain(tasks, footprints, total, order, era))


def _order(
    tasks: Sequence[Task], footprints: Sequence[int], points: Sequence[int | None], total: int | None, era: Era
) -> list[int]:
    """Return the places of the tasks that the kernel can pick, the first to be picked first."""
    compared = {n: own for n, own in enumerate(points) if own is not None}
    if era.thousandths and total:
        compared = {n: _thousandths(footprints[n], tasks[n].oom_score_adj or 0, total) for n in compared}
    places = reversed(compared) if era.last_wins else compared  # of equals the one that the kernel meets last, or first
    return sorted(places, key=compared.__getitem__, reverse=True)


def _is_certain(
    tasks: Sequence[Task], footprints: Sequence[int], total: TotalPages, order: Sequence[int], era: Era
) -> bool:
    """True if the size of swap cannot change which task comes first.

    Badness grows linearly with the total, so a task that is first with the least and with the most swap is first with
    any swap between the two.
    """
    if len({t.oom_score_adj for t in tasks if t.oom_score_adj != UNKILLABLE_ADJ}) <= 1:
        return True
    if total.pages is None:
        return False
    if total.at_most == total.pages:
        return True
    points = [_points(t, n, total.at_most, era) for t, n in zip(tasks, footprints, strict=True)]
    return _order(tasks, footprints, points, total.at_most, era)[:1] == order[:1]


def footprint_pages(task: Task, page_size: int) -> int:
    """Return what counts before oom_score_adj: rss, swap and page tables, in pages."""
    tables = task.page_tables if task.pgtables_bytes is None else task.pgtables_bytes // page_size
    return (task.rss_pages or 0) + (task.swap_pages or 0) + (tables or 0)


def _points(task: Task, footprint: int, total: int | None, era: Era) -> int | None:
    adj = task.oom_score_adj
    if adj is None or adj == UNKILLABLE_ADJ or task.pid == 1 or (adj and total is None):
        return None
    points = footprint
    if total is not None:
        points += adj * (total // 1000)  # the kernel divides first
    return points if era.may_be_negative else max(points, 1)


def _thousandths(footprint: int, adj: int, total: int) -> int:
    """Return the number that decided by the first formula: badness in thousandths of the total.

    Until "mm, oom: normalize oom scores to oom_score_adj scale only for userspace" (v3.5; vendors took it back to 3.0)
    """
    return min(max(footprint * 1000 // total + adj, 1), 1000)
