"""Why this task and not another: the kernel's choice replayed, in a sentence; and whether a container lost its init."""

from collections.abc import Set

from oomscope.kernel.derive.badness import UNKILLABLE_ADJ, Replay, footprint_pages
from oomscope.kernel.event import OomEvent, Task, Victim
from oomscope.units import size

TOLERANCE = 0.02  # rss in the table is read a moment after badness was; per-CPU counters add to that (6.2+)
ROOT_BONUS = 0.03  # d46078b28889 (4.17) took it away
PAUSE_ADJ = (-998, -999)


def why_chosen(event: OomEvent, victim: Victim, replay: Replay | None, died_before: Set[int]) -> str:
    """One sentence on why the kernel killed `victim`."""
    if victim.message and "oom_kill_allocating_task" in victim.message:
        return "vm.oom_kill_allocating_task is set: the kernel killed the task that was allocating, whatever its size"
    if victim.group:
        return f"killed with all processes of its cgroup: memory.oom.group is set on {event.oom_group}"
    selected = event.selected
    if selected is not None and selected.pid != victim.pid:
        return (
            f"the kernel chose {selected.comm} (pid {selected.pid}); before 5.1 it then killed a child of the chosen task "
            "in its place, or named one of its threads"
        )
    if event.tasks is None:
        return "the task table is not in the log, so the kernel's choice cannot be checked"
    if replay is None:
        return "the page size is not known, so the kernel's choice cannot be checked"
    if not replay.era.replayable:
        return f"kernels {replay.era.name} also count CPU time and nice, which no report prints"
    return _by_rank(event, victim, replay, died_before)


def _by_rank(event: OomEvent, victim: Victim, replay: Replay, died_before: Set[int]) -> str:
    assert event.tasks is not None  # noqa: S101  (the caller checked; mypy needs to know)
    page = event.page_size_bytes or 4096
    rows = {t.pid: t for t in event.tasks.tasks}
    own = replay.of(victim.pid)
    row = rows.get(victim.pid)
    if own is None or row is None:
        return "its row is not in the task table, which is incomplete or names another thread of it"
    if own.rank is None or own.pages is None:
        return "its badness cannot be computed from what is in the log"
    killable = [r for r in replay.rows if r.rank is not None]
    if own.rank == 1:
        biggest = max(event.tasks.tasks, key=lambda t: footprint_pages(t, page))
        count = sum(rows[r.pid].comm != "pause" for r in killable)  # a pod's sandbox is no task that anybody counts
        why = f"highest badness of {count} killable tasks"
        if biggest.pid != victim.pid and footprint_pages(biggest, page) > footprint_pages(row, page):
            why += _by_policy(row, biggest, page)
        return why
    return _passed_over(victim, replay, rows, own.rank, own.pages, died_before, page)


def _by_policy(row: Task, biggest: Task, page: int) -> str:
    footprint = size(footprint_pages(biggest, page) * page)
    if biggest.oom_score_adj == UNKILLABLE_ADJ:
        return (
            f"; {biggest.comm} (pid {biggest.pid}, {footprint}) is larger but may not be killed (oom_score_adj -1000)"
        )
    return (
        f"; {biggest.comm} (pid {biggest.pid}, {footprint}) is larger, but has an oom_score_adj of "
        f"{biggest.oom_score_adj}, and the victim's of {row.oom_score_adj} counts for more"
    )


def _passed_over(
    victim: Victim, replay: Replay, rows: dict[int, Task], rank: int, own: int, died_before: Set[int], page: int
) -> str:
    above = [r for r in replay.rows if r.rank is not None and r.rank < rank]
    gone = [r for r in above if r.pid in died_before]
    if gone and len(gone) == len(above):
        names = ", ".join(f"{rows[r.pid].comm} (pid {r.pid})" for r in gone[:3])
        return f"rank {rank} by badness; those with a higher badness had been killed before: {names}"
    top = min(above, key=lambda r: r.rank or 0)
    gap = (top.pages or 0) - own
    if gap <= max(TOLERANCE * max(abs(own), abs(top.pages or 0)), 64):
        return f"rank {rank} by the table, within the tolerance of its counters of the first"
    roots = all(rows[r.pid].uid == 0 for r in above) and rows[victim.pid].uid != 0
    if replay.era.root_bonus and roots and gap <= (ROOT_BONUS + TOLERANCE) * (top.pages or 0):
        return (
            f"rank {rank} by badness; those above are root's, and up to 4.16 a task with CAP_SYS_ADMIN counted 3 % less"
        )
    if not replay.certain:
        return f"rank {rank} by the table; the size of swap is not in the log and can change the order"
    return (
        f"rank {rank} by badness: {rows[top.pid].comm} (pid {top.pid}) ranks first with {size((top.pages or 0) * page)} "
        "and was passed over: already exiting or reaped, or outside what the kernel could choose from"
    )


def is_init(event: OomEvent, victim: Victim, same_cgroup: bool) -> bool | None:
    """Return whether the victim was its container's first process, by age in the task table. None where that is not to be told.

    `same_cgroup`: the cgroup over its limit is the victim's own, so that every row of the table is of the container.
    """
    if event.tasks is None or not event.is_memcg:
        return None
    own = next((t for t in event.tasks.tasks if t.pid == victim.pid), None)
    if own is None:
        return None
    peers = [t for t in event.tasks.tasks if t.oom_score_adj not in PAUSE_ADJ or own.oom_score_adj in PAUSE_ADJ]
    older = [t for t in peers if (t.tgid or t.pid) < (own.tgid or own.pid)]
    if not older:
        return True
    if same_cgroup:
        return False
    same_adj = [t for t in older if t.oom_score_adj == own.oom_score_adj and t.comm != own.comm]
    return None if same_adj or all(t.oom_score_adj != own.oom_score_adj for t in older) else False
