"""Who died, put together from the kill line, the oom-kill line and the task's own row."""

from collections.abc import Mapping, Sequence

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.event import Summary, Task, Victim


def victims_of(
    killed: Sequence[Victim], summary: Summary | None, anchor: Line | None, row_of: Mapping[int, Task]
) -> tuple[Victim, ...]:
    """Return the victims of the kill lines, else the one that the oom-kill line names, at the time of `anchor`.

    What the kill line does not print (before 5.4) is taken from the victim's own row, by pid in `row_of`. `summary` is
    None where the kernel spared whom it had chosen.
    """
    victims = list(killed)
    if not victims and summary is not None and summary.pid is not None and summary.comm is not None:
        victims.append(_named_by(summary, summary.pid, summary.comm, anchor))
    return tuple(_completed(victim, summary, row_of.get(victim.pid)) for victim in victims)


def _completed(victim: Victim, summary: Summary | None, row: Task | None) -> Victim:
    """Return the victim with what only the oom-kill line or its row says of it."""
    if row is not None and row.pgtables_bytes is not None and victim.pgtables_bytes == row.pgtables_bytes << 10:
        victim = victim._replace(pgtables_bytes=row.pgtables_bytes)  # 5.4.0 to 5.4.8, see below
    if victim.uid is None or victim.oom_score_adj is None or victim.pgtables_bytes is None:
        uid = summary.uid if victim.uid is None and summary is not None and summary.pid == victim.pid else victim.uid
        victim = victim._replace(uid=uid)
        if row is not None:
            victim = victim._replace(
                oom_score_adj=row.oom_score_adj if victim.oom_score_adj is None else victim.oom_score_adj,
                pgtables_bytes=row.pgtables_bytes if victim.pgtables_bytes is None else victim.pgtables_bytes,
                uid=row.uid if uid is None else uid,
            )
    return _mislabelled_pgtables(victim)


def _named_by(summary: Summary, pid: int, comm: str, anchor: Line | None) -> Victim:
    return Victim(
        pid=pid, comm=comm, uid=summary.uid, total_vm_bytes=None, anon_rss_bytes=None, file_rss_bytes=None,
        shmem_rss_bytes=None, pgtables_bytes=None, oom_score_adj=None, line=summary.lines[0], evidence="oom-kill",
        message=None, monotonic_seconds=anchor.monotonic_seconds if anchor else None,
        wall_seconds=anchor.wall_seconds if anchor else None,
    )  # fmt: skip


def _mislabelled_pgtables(victim: Victim) -> Victim:
    """Return the victim with its page tables in bytes: 5.4.0 to 5.4.8 print the bytes of the page tables and call them kB (fixed by 941f762bcb27)."""
    pages, vm = victim.pgtables_bytes, victim.total_vm_bytes
    if pages is not None and vm and pages > max(vm, 64 << 20) and pages % (4096 << 10) == 0:
        return victim._replace(pgtables_bytes=pages >> 10)
    return victim
