"""The line that names the dead: `Killed process N (comm) total-vm:...`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line, is_stamped
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import after_inner_stamp, best
from oomscope.kernel.damaged_lines import Killed, has_kernel_words, read_sizes
from oomscope.kernel.event import Victim
from oomscope.kernel.numbers import comm_fits, kb
from oomscope.kernel.sections.kill_message import MESSAGE
from oomscope.patterns import lazy

_KILLED = lazy(
    rf"(?:{MESSAGE}: )?(?P<verb>OOM k|K|k)illed process\s{{1,4}}(?P<pid>\d{{1,10}})(?:, UID (?P<uid0>\d{{1,10}}),)? \((?P<rest>.*)",
    re.DOTALL,
)
# The sizes are bound from the right: a comm may hold ") total-vm:1kB".
_SIZES = lazy(
    r"(?:, UID (?P<uid1>-?\d{1,10}),)? (?:total-vm|vsz|score \d+ vm|vm):(?P<vm>\d{1,20})kB"
    r"(?:, (?:anon-rss|rss):(?P<anon>\d{1,20})kB)?(?:, file-rss:(?P<file>\d{1,20})kB)?(?:, shmem-rss:(?P<shmem>\d{1,20})kB)?"
    r"(?:, swap:\d{1,20}kB)?"
    r"(?:, ?UID:(?P<uid2>\d{1,10}))?(?: ?pgtables:(?P<pgtables>\d{1,20})kB)?(?: ?oom_score_adj:(?P<adj>-?\d{1,5}))?(?P<over>.{0,3})"
)
_UID_LESS = lazy(r"\)(?:, UID (?P<uid>-?\d{1,10}),?)?[\s.`*>]*$")
# The line as 5.4 and later print it, of a name that cannot be taken for a part of the line.
_PLAIN = lazy(
    rf"{MESSAGE}: Killed process (?P<pid>\d{{1,10}}) \((?P<comm>[ -'*-~]{{0,15}})\) total-vm:(?P<vm>\d{{1,16}})kB, anon-rss:(?P<anon>\d{{1,16}})kB, "
    r"file-rss:(?P<file>\d{1,16})kB, shmem-rss:(?P<shmem>\d{1,16})kB, UID:(?P<uid>\d{1,10}) pgtables:(?P<pgtables>\d{1,16})kB "
    r"oom_score_adj:(?P<adj>-?\d{1,5})$",
    re.ASCII,
)
_FIELD = lazy(r"\b(?:(anon-rss|file-rss|shmem-rss|pgtables):(\d{1,16})k|(UID|oom_score_adj):(-?\d{1,10})(?!\d))")
GROUP_SECONDS = 30.0
_WRAPPED_LINES = 4


class KillLine(NamedTuple):
    pid: int
    comm: str
    uid: int | None
    message: str | None
    total_vm_bytes: int | None = None
    anon_rss_bytes: int | None = None
    file_rss_bytes: int | None = None
    shmem_rss_bytes: int | None = None
    pgtables_bytes: int | None = None
    oom_score_adj: int | None = None
    is_damaged: bool = False  # something stands between the fields that the kernel does not print there

    @property
    def goodness(self) -> int:
        """Return how far the line was read: a reading that reaches oom_score_adj without a slip is whole."""
        parts = (
            self.total_vm_bytes, self.anon_rss_bytes, self.file_rss_bytes, self.shmem_rss_bytes,
            self.uid, self.pgtables_bytes, self.oom_score_adj,
        )  # fmt: skip
        return sum(p is not None for p in parts) - self.is_damaged


def parse_killed(text: str) -> KillLine | None:
    """Parse a `Killed process` line of any era; None if it does not begin like one (another program's quotation).

    sample::

        Memory cgroup out of memory: Killed process 10690 (dotnet) total-vm:160148kB, anon-rss:152960kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:344kB oom_score_adj:854
        Killed process 40738, UID 27, (mysqld) total-vm:6424316kB, anon-rss:13128kB, file-rss:4kB
        Killed process 2726 (gnome-power-man) vsz:319232kB, anon-rss:8156kB, file-rss:2764kB
        Killed process 5790 (SABnzbd.py)

    2.6.33 to 2.6.35 print `vsz`: Linux kernel commit 3b4798cbc13d ("oom-kill: show virtual size and rss information of
    the killed process").
    """
    plain = _PLAIN.match(text)
    if plain is not None:
        return _plain_kill_line(plain)
    found = _KILLED.match(text)
    return _tolerant_kill_line(found) if found is not None else None


def _tolerant_kill_line(found: re.Match[str]) -> KillLine | None:
    """Return what a kill line says whose name may hold the words of the line, or that is cut."""
    rest = found["rest"]
    if found["verb"] == "k" and " score " not in rest:  # OpenVZ's "OOM killed process", wrapped before "killed"
        return None
    at = max(
        rest.rfind(") total-vm:"), rest.rfind(") vsz:"), rest.rfind(") vm:"), rest.rfind(") score "), _before_uid(rest)
    )
    sizes = _SIZES.match(rest, at + 1) if at >= 0 else None
    if sizes is None:
        end = _UID_LESS.search(rest)
        comm = rest[: end.start()] if end else rest.split(")")[0]
        if not comm_fits(comm):
            return None
        uid = found["uid0"] or (end["uid"] if end else None)
        return KillLine(pid=int(found["pid"]), comm=comm, uid=int(uid) if uid else None, message=found["message"])
    if not comm_fits(rest[:at]):
        return None
    uid = found["uid0"] or sizes["uid1"] or sizes["uid2"]
    exact = KillLine(
        pid=int(found["pid"]),
        comm=rest[:at],
        uid=int(uid) if uid else None,
        message=found["message"],
        total_vm_bytes=kb(sizes["vm"]),
        anon_rss_bytes=kb(sizes["anon"]),
        file_rss_bytes=kb(sizes["file"]),
        shmem_rss_bytes=kb(sizes["shmem"]),
        pgtables_bytes=kb(sizes["pgtables"]),
        oom_score_adj=int(sizes["adj"]) if sizes["adj"] else None,
    )
    return _with_later_fields(exact, rest[sizes.end() - len(sizes["over"]) :])


def _with_later_fields(exact: KillLine, behind: str) -> KillLine:
    """Add the fields that stand behind those that were read in one piece: a comma was lost or added, or sizes elided."""
    found = [(size or other, int(number or value)) for size, number, other, value in _FIELD.findall(behind)]
    later = dict(reversed(found))
    if not later:
        return exact

    def size(field: int | None, name: str) -> int | None:
        return later[name] << 10 if field is None and name in later else field

    return exact._replace(
        anon_rss_bytes=size(exact.anon_rss_bytes, "anon-rss"),
        file_rss_bytes=size(exact.file_rss_bytes, "file-rss"),
        shmem_rss_bytes=size(exact.shmem_rss_bytes, "shmem-rss"),
        uid=later.get("UID") if exact.uid is None else exact.uid,
        pgtables_bytes=size(exact.pgtables_bytes, "pgtables"),
        oom_score_adj=later.get("oom_score_adj") if exact.oom_score_adj is None else exact.oom_score_adj,
        is_damaged=True,
    )


def _plain_kill_line(found: re.Match[str]) -> KillLine:
    message, pid, comm, vm, anon, file, shmem, uid, pgtables, adj = found.groups()
    return KillLine(
        pid=int(pid),
        comm=comm,
        uid=int(uid),
        message=message,
        total_vm_bytes=int(vm) << 10,
        anon_rss_bytes=int(anon) << 10,
        file_rss_bytes=int(file) << 10,
        shmem_rss_bytes=int(shmem) << 10,
        pgtables_bytes=int(pgtables) << 10,
        oom_score_adj=int(adj),
    )


def of_damaged(got: Killed) -> KillLine:
    """Return what was read of a damaged line as a kill line."""
    return KillLine(
        pid=got.pid,
        comm=got.comm,
        uid=got.sizes.get("UID"),
        message=got.message,
        total_vm_bytes=got.sizes.get("total-vm"),
        anon_rss_bytes=got.sizes.get("anon-rss"),
        file_rss_bytes=got.sizes.get("file-rss"),
        shmem_rss_bytes=got.sizes.get("shmem-rss"),
        pgtables_bytes=got.sizes.get("pgtables"),
        oom_score_adj=got.sizes.get("oom_score_adj"),
        is_damaged=True,
    )


def _before_uid(rest: str) -> int:
    """Return where the closing bracket is in late RHEL 7's `(comm), UID 27, total-vm:...`, or -1."""
    at = rest.rfind("), UID ")
    return at if at >= 0 and " total-vm:" in rest[at:] else -1


def _with_misread_sizes(exact: KillLine, text: str) -> KillLine:
    """Return the kill line with the sizes that stand behind its name, if those alone are misread."""
    sizes = read_sizes(text.partition(f"({exact.comm})")[2])
    if not sizes:
        return exact
    misread = of_damaged(
        Killed(pid=exact.pid, pid_text=str(exact.pid), comm=exact.comm, message=exact.message, sizes=sizes)
    )
    return misread._replace(uid=misread.uid if exact.uid is None else exact.uid)


def _after_other_text(text: str) -> KillLine | None:
    return parse_killed(text) or parse_killed(after_inner_stamp(text))


def _reader(streams: Streams, stream: Stream, line: Line) -> Callable[[str], KillLine | None]:
    """Return what reads the line. Behind other text a stamped line is the kernel's on a console: no line before it was
    stamped where a shipper wrote it.
    """
    on_console = streams.window.has_stamps or streams.window.any_text or stream.report is not None
    return _after_other_text if on_console and not is_stamped(line) else parse_killed


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Add a victim to the report that this kill ends."""
    got, following = best(streams.window, line, _reader(streams, stream, line), enough=7)
    if got is None:
        streams.quoted(line)
        return False
    if following and got.goodness and "\n" not in line.text and is_stamped(line):
        following = min(following, _WRAPPED_LINES)
    if got.goodness == 0 and has_kernel_words(line.text):
        got = _with_misread_sizes(got, line.text)
    victim = victim_of(got, line)
    stream.settle()
    report = stream.report
    if report is not None and _is_misread(report, victim):
        report.replace_victim(victim)
        return streams.keep(report, line, following, key=True)
    if report is not None and report.victims:
        if _is_met_again(report, victim):
            return streams.keep(report, line, following)
        if report.group is not None and _is_in_group(report, line):
            add_victim(stream, report, victim._replace(group=True))
            return streams.keep(report, line, following)
        report = None
    elif report is not None and (report.no_killable or _contradicts(report, victim)):
        report = None
    report = report or streams.open(stream, line)
    add_victim(stream, report, victim)
    if got.is_damaged:
        report.note_damage("kill line", line)
    return streams.keep(report, line, following, key=True)


def add_victim(stream: Stream, report: OpenReport, victim: Victim) -> None:
    """Add a victim to a report, and let its reaper find it."""
    report.add_victim(victim)
    stream.machine.add_victim_of(report, victim.pid)


def _is_met_again(report: OpenReport, victim: Victim) -> bool:
    """True if the first victim is met again while its group is walked, or the log holds the same line twice."""
    for n in report.victims_of_pid.get(victim.pid, ()):
        other = report.victims[n]
        same = other.monotonic_seconds is not None and other.monotonic_seconds == victim.monotonic_seconds
        if report.group is not None or (same and other.total_vm_bytes == victim.total_vm_bytes):
            return True
    return False


def _is_misread(report: OpenReport, victim: Victim) -> bool:
    """True if the only victim of the report was read from a damaged line that this undamaged one says again."""
    other = report.victims[0] if len(report.victims) == 1 else None
    return other is not None and other.evidence == "damaged" and (other.pid == victim.pid or other.comm == victim.comm)


def _is_in_group(report: OpenReport, line: Line) -> bool:
    now = line.monotonic_seconds
    return now is None or report.last_seconds is None or now - report.last_seconds <= GROUP_SECONDS


def _contradicts(report: OpenReport, victim: Victim) -> bool:
    """True if the open report named another victim, in a way that its kill line cannot explain.

    5.0 prints the oom-kill line for the task it chose and may kill a child of it. 5.1 on kill what was chosen, but by
    the id of a thread that still has the memory.
    """
    summary = report.summary
    if summary is None or summary.pid is None or not summary.complete or summary.pid == victim.pid:
        return False
    if report.selected is not None and report.selected.pid == summary.pid:
        return False
    row = report.table.task_of.get(victim.pid) if report.table is not None else None
    if row is not None:
        return row.tgid != summary.pid
    return victim.comm != summary.comm or victim.line != summary.lines[1] + 1


def victim_of(got: KillLine, line: Line, evidence: str = "killed") -> Victim:
    """Return the victim that a kill line names; `evidence` says how surely it was read."""
    return Victim(
        pid=got.pid, comm=got.comm, uid=got.uid, total_vm_bytes=got.total_vm_bytes, anon_rss_bytes=got.anon_rss_bytes,
        file_rss_bytes=got.file_rss_bytes, shmem_rss_bytes=got.shmem_rss_bytes, pgtables_bytes=got.pgtables_bytes,
        oom_score_adj=got.oom_score_adj, line=line.line, evidence=evidence, message=got.message,
        monotonic_seconds=line.monotonic_seconds, wall_seconds=line.wall_seconds,
    )  # fmt: skip


SECTION = Section(
    name="kill_line",
    place=_place,
    starts=("Memory cgroup out of memory: Killed process ", "Out of memory: Killed process ", "Killed process "),
    words=("illed process", "ut of memory: Kill"),  # the second where the line is wrapped before "process"
)
