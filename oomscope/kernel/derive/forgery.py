"""What a finished report says beside its numbers: who asked for the kill, and signs that a line is not the kernel's."""

from collections.abc import Iterator, Sequence

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.event import MemInfo, TaskTable, Victim
from oomscope.read.record import TRUST_RANK, Record, Trust
from oomscope.units import size

_CLOCKS_SECONDS = 2.0  # syslog writes whole seconds, and a little after the kernel
Finding = tuple[str, str, int | None]  # id, sentence, line
_SLACK = 64 << 20  # rss counters are per CPU and read without their locks (mm/memory.c, get_mm_counter)


def trust_in(records: Sequence[Record], whole: bool) -> Trust:
    """That of the weakest of the key lines; a syslog tag is believed more where a whole report keeps to both its clocks."""
    known = [r.trust for r in records if r.trust != "text"]
    least = min(known, key=TRUST_RANK.__getitem__) if known else "text"
    offsets = [
        r.wall_seconds - r.monotonic_seconds
        for r in records
        if r.wall_seconds is not None and r.monotonic_seconds is not None
    ]
    kept = whole and len(offsets) == len(records) and max(offsets) - min(offsets) <= _CLOCKS_SECONDS
    return "likely" if least == "tag" and kept else least


def asked_by(announced: Line | None, table: TaskTable | None) -> Iterator[Finding]:
    """Who wrote f to /proc/sysrq-trigger, where the kernel prints its callers (CONFIG_PRINTK_CALLER, 5.1+).

    The announcement is printed by whoever asks, the report by a kworker (drivers/tty/sysrq.c, sysrq_handle_moom).

    sample::

        [  100.000000] [ T4711] sysrq: Manual OOM execution
    """
    caller = announced.record.caller if announced is not None else None
    if announced is None or caller is None or not caller[1:].isdigit():
        return
    number = int(caller[1:])
    if caller.startswith("C"):
        words = f"SysRq-f came in an interrupt on CPU {number}: from a keyboard, a serial console or the hypervisor"
    else:
        comm = next((t.comm for t in table.tasks if number in (t.pid, t.tgid)), None) if table else None
        words = f"task {number} asked for the kill; "
        if comm is not None:
            words = f"{comm} (pid {number}) asked for the kill: it wrote f to /proc/sysrq-trigger"
        elif table is None:
            words += "what its name was is not in the log"
        else:
            words += "it has no row in the task table: gone since, or the kernel's own for a console"
    yield ("asked-by", words, announced.number)


def forgeries(victims: tuple[Victim, ...], info: MemInfo | None, page: int | None) -> Iterator[Finding]:
    """Signs that a kill line was not written by this kernel: sizes that no process has."""
    ram = info.ram_pages * page if info is not None and info.ram_pages and page else None
    for victim in victims:
        parts = (victim.anon_rss_bytes, victim.file_rss_bytes, victim.shmem_rss_bytes)
        resident, mapped = sum(part or 0 for part in parts), victim.total_vm_bytes
        if mapped is not None and resident > mapped * 1.01 + _SLACK:
            words = f"{size(resident)} resident in {size(mapped)} of address space: no process is so, the kill line is forged or damaged"
            yield ("sizes-impossible", words, victim.line)
        elif ram is not None and resident > ram + _SLACK:
            words = f"{size(resident)} resident on a machine of {size(ram)}: the kill line is forged or damaged"
            yield ("sizes-impossible", words, victim.line)
