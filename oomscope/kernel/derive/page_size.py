"""The page size of the machine, which no report prints: read off the numbers that give it away."""

from collections.abc import Sequence

from oomscope.kernel.event import HugePages, MemcgReport, TaskTable, Victim

SIZES = (4096, 16384, 65536)
# PAGE_COUNTER_MAX in kB (3.19+) is LONG_MAX / PAGE_SIZE pages; the res_counter's maxima before that say nothing.
_NO_LIMIT = {9007199254740988 << 10: 4096, 9007199254740976 << 10: 16384, 9007199254740928 << 10: 65536}
_HUGE = {2 << 20: 4096, 32 << 20: 16384, 512 << 20: 65536}


def page_size(
    buddy_page_bytes: int | None, tasks: TaskTable | None, victims: Sequence[Victim], memcg: MemcgReport | None,
    hugepages: tuple[HugePages, ...], architecture: str | None,
) -> tuple[int | None, str | None]:  # fmt: skip
    """Return (bytes, where it was read), surest source first; (None, None) where even the architecture is not known."""
    if buddy_page_bytes in SIZES:
        return buddy_page_bytes, "buddy list"
    if (found := _by_total_vm(tasks, victims)) is not None:
        return found, "total-vm of the victim against its table row"
    if memcg is not None:
        for counter in (memcg.memory, memcg.memsw, memcg.kmem, memcg.swap):
            if counter is not None and counter.limit_bytes in _NO_LIMIT:
                return _NO_LIMIT[counter.limit_bytes], "value printed for no limit"
    for pool in hugepages:
        if pool.size_bytes in _HUGE:
            return _HUGE[pool.size_bytes], "huge page size"
    if architecture in ("x86_64", "i386", "s390x", "riscv64", "arm"):
        return 4096, f"the only one of {architecture}"
    if tasks is not None and any((t.pgtables_bytes or 0) % 16384 for t in tasks.tasks):
        return 4096, "page tables smaller than 16 KiB"
    return None, None


def _by_total_vm(tasks: TaskTable | None, victims: Sequence[Victim]) -> int | None:
    pids = {victim.pid for victim in victims}
    row_of = {task.pid: task for task in tasks.tasks if task.pid in pids} if tasks is not None else {}
    for victim in victims:
        row = row_of.get(victim.pid)
        if row is not None and row.total_vm_pages and victim.total_vm_bytes:
            ratio, rest = divmod(victim.total_vm_bytes, row.total_vm_pages)
            if rest == 0 and ratio in SIZES:
                return ratio
    return None
