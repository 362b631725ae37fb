"""oom_badness() replayed: the number by which the kernel ranked each task of the table, by the rules of its era.

mm/oom_kill.c; the eras are told by what the report prints first, and by the release only where that says nothing.
"""

from functools import lru_cache
from typing import NamedTuple

from oomscope.kernel.event import OomEvent, Task
from oomscope.patterns import lazy

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
    """The rules of the kernel that wrote this report."""
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
    """(major, minor) of a kernel release string."""
    found = _VERSION.match(release or "")
    return (int(found[1]), int(found[2])) if found else None


def replay(event: OomEvent) -> Replay | None:
    """Badness of every task of the table, or None where the table or the page size is not in the log."""
    if event.tasks is None or event.page_size_bytes is None:
        return None
    era = era_of(event)
    total, source = _total_pages(event, event.page_size_bytes)
    tasks = event.tasks.tasks
    if not era.replayable or any(t.oom_score_adj is None for t in tasks):
        return Replay(era, tuple(Badness(t.pid, None, None) for t in tasks), total, source, certain=False)
    points = [_points(t, total, event.page_size_bytes, era) for t in tasks]
    compared = {
        n: _compared(p, footprint_pages(tasks[n], event.page_size_bytes), tasks[n].oom_score_adj or 0, total, era)
        for n, p in enumerate(points)
        if p is not None
    }
    order = sorted(compared, key=lambda n: (-compared[n], -n if era.last_wins else n))
    ranks = {n: rank for rank, n in enumerate(order, 1)}
    rows = tuple(Badness(t.pid, points[n], ranks.get(n)) for n, t in enumerate(tasks))
    adjs = {t.oom_score_adj for t in tasks if t.oom_score_adj != UNKILLABLE_ADJ}
    sure = len(adjs) <= 1 or (total is not None and source != "limit, size of swap unknown")
    return Replay(era, rows, total, source, sure)


def footprint_pages(task: Task, page_size: int) -> int:
    """What counts before oom_score_adj: rss, swap and page tables, in pages."""
    tables = task.page_tables if task.pgtables_bytes is None else task.pgtables_bytes // page_size
    return (task.rss_pages or 0) + (task.swap_pages or 0) + (tables or 0)


def _points(task: Task, total: int | None, page_size: int, era: Era) -> int | None:
    if task.oom_score_adj is None or task.oom_score_adj == UNKILLABLE_ADJ or task.pid == 1:
        return None
    points = footprint_pages(task, page_size)
    if task.oom_score_adj and total is None:
        return None
    if total is not None:
        points += task.oom_score_adj * (total // 1000)  # the kernel divides first
    return points if era.may_be_negative else max(points, 1)


def _compared(points: int, footprint: int, adj: int, total: int | None, era: Era) -> int:
    """The number that decided: the badness itself, or the thousandths of the total that the first formula had.

    Until "mm, oom: normalize oom scores to oom_score_adj scale only for userspace" (v3.5; vendors took it back to 3.0)
    """
    if not era.thousandths or not total:
        return points
    return min(max(footprint * 1000 // total + adj, 1), 1000)


def _total_pages(event: OomEvent, page_size: int) -> tuple[int | None, str | None]:
    """`totalpages` of constrained_alloc(): what oom_score_adj is a thousandth of."""
    if event.is_memcg:
        return _memcg_pages(event, page_size)
    info = event.mem_info
    if info is None:
        return None, None
    swap = (info.swap_total_bytes or 0) // page_size
    constraint = event.summary.constraint if event.summary else None
    if constraint in ("CONSTRAINT_CPUSET", "CONSTRAINT_MEMORY_POLICY") and event.summary is not None:
        allowed = parse_nodes(event.summary.nodemask or event.summary.mems_allowed or "")
        present = sum((z.present_bytes or 0) // page_size for z in info.zones if z.node in allowed)
        return (present + swap, "present pages of the allowed nodes, and swap") if present else (None, None)
    if info.ram_pages is None:
        return None, None
    return info.ram_pages - (info.reserved_pages or 0) + swap, "RAM less reserved, and swap"


def _memcg_pages(event: OomEvent, page_size: int) -> tuple[int | None, str | None]:
    memcg = event.memcg
    if memcg is None or memcg.memory is None:
        return None, None
    limit = memcg.memory.limit_bytes // page_size
    if memcg.swap is not None:
        if memcg.swap.limit_bytes == 0:
            return limit, "limit, no swap allowed"
        if not memcg.swap.unlimited:
            return limit + memcg.swap.limit_bytes // page_size, "limit and swap limit"
    if memcg.memsw is not None and not memcg.memsw.unlimited and memcg.memsw.limit_bytes >= memcg.memory.limit_bytes:
        return memcg.memsw.limit_bytes // page_size, "limit of memory and swap"
    return limit, "limit, size of swap unknown"


def parse_nodes(text: str) -> set[int]:
    """A kernel list such as `0,2-3` as a set; what does not parse is left out, ranges are capped at 1024 nodes."""
    nodes: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        if low.isdigit() and (not high or high.isdigit()):
            nodes.update(range(int(low), min(int(high or low), int(low) + 1023) + 1))
    return nodes
