"""What a finished report says beside its numbers: who asked for the kill, and signs that a line is not the kernel's."""

from collections.abc import Iterator, Sequence

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.event import MemInfo, TaskTable, Victim
from oomscope.read.record import TRUST_RANK, Trust
from oomscope.units import size

_CLOCKS_SECONDS = 2.0  # syslog writes whole seconds, and a little after the kernel
Finding = tuple[str, str, int | None]  # id, sentence, line
_SLACK = 64 << 20  # rss counters are per CPU and read without their locks (mm/memory.c, get_mm_counter)


def trust_in(lines: Sequence[Line], whole: bool) -> Trust:
    """Return the lowest trust among the key lines; a syslog tag counts for more if a whole report keeps to both clocks.

    A container may print anything: its output is believed only where a whole report with the kernel's own stamps stands
    in it, as of a pod that reads /dev/kmsg, and then like a syslog tag.
    """
    if any(line.contained for line in lines):
        stamped = all(line.monotonic_seconds is not None or line.wall_seconds is not None for line in lines)
        return "tag" if whole and stamped and all(line.trust != "text" for line in lines) else "text"
    if not whole and any(line.borrowed and not _goes_on(line) for line in lines):
        return "text"  # a line without a prefix between lines that have one: nobody knows who wrote it
    known = [line.trust for line in lines if line.trust != "text"]
    least = min(known, key=TRUST_RANK.__getitem__) if known else "text"
    if least != "tag" or not whole:
        return least
    if all(line.ident is None for line in lines):
        return "likely"  # a paste, or a log without prefixes: a whole report is more than any one of its lines
    offsets = [
        line.wall_seconds - line.monotonic_seconds
        for line in lines
        if line.wall_seconds is not None and line.monotonic_seconds is not None
    ]
    keeps_both_clocks = len(offsets) == len(lines) and max(offsets) - min(offsets) <= _CLOCKS_SECONDS
    return "likely" if keeps_both_clocks else "tag"


def _goes_on(line: Line) -> bool:
    """True for the rest of OpenVZ's "Out of memory in UB 7: OOM killed process", of which a terminal broke the line."""
    return line.continuation and line.text.startswith("killed process ")


def asked_by(announcement: Line | None, table: TaskTable | None) -> Iterator[Finding]:
    """Yield who wrote f to /proc/sysrq-trigger, where the kernel prints its callers (CONFIG_PRINTK_CALLER, 5.1+).

    The announcement is printed by whoever asks, the report by a kworker (drivers/tty/sysrq.c, sysrq_handle_moom).

    sample::

        [  100.000000] [ T4711] sysrq: Manual OOM execution
    """
    caller = announcement.caller if announcement is not None else None
    if announcement is None or caller is None or not caller[1:].isdigit():
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
    yield ("asked-by", words, announcement.line)


def forgeries(victims: tuple[Victim, ...], info: MemInfo | None, page: int | None) -> Iterator[Finding]:
    """Yield signs that a kill line was not written by this kernel: sizes that no process has."""
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
