"""The oom_reaper, a thread of its own: it speaks seconds later, on another caller's stream, or inside the next report."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import first
from oomscope.kernel.event import Reaped
from oomscope.kernel.numbers import kb
from oomscope.patterns import lazy

_REAPED = lazy(
    r"oom_reaper: reaped process (?P<pid>\d{1,10}) \((?P<comm>.{0,66}?)\), now anon-rss:(?P<anon>\d{1,20})kB, file-rss:(?P<file>\d{1,20})kB"
    r"(?:, shmem-rss:(?P<shmem>\d{1,20})kB)?"
)
_UNREAPED = lazy(r"oom_reaper: (?:unable to reap|giving up) pid:(?P<pid>\d{1,10}) \((?P<comm>.{0,66}?)\)")


def parse_reaped(text: str, line: int) -> Reaped | None:
    """Parse what the oom_reaper (4.6+, bc448e897b6d) left of a victim.

    sample::

        oom_reaper: reaped process 292673 (pahole), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
        oom_reaper: unable to reap pid:7 (x)
    """
    found = _REAPED.match(text)
    if found is not None:
        pid, comm, anon, file, shmem = found.groups()
        return Reaped(
            pid=int(pid), comm=comm, anon_rss_bytes=kb(anon), file_rss_bytes=kb(file), shmem_rss_bytes=kb(shmem),
            done=True, line=line,
        )  # fmt: skip
    failed = _UNREAPED.match(text)
    if failed is None:
        return None
    return Reaped(
        pid=int(failed["pid"]), comm=failed["comm"], anon_rss_bytes=None, file_rss_bytes=None, shmem_rss_bytes=None,
        done=False, line=line,
    )  # fmt: skip


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Add to a victim what the reaper left of it, in whichever report it died."""
    reaped, following = first(streams.window, line, lambda text: parse_reaped(text, line.line))
    if reaped is None:
        return False
    report = stream.machine.report_of_victim(reaped.pid)
    if report is None:
        streams.orphan_reaps.add(reaped)
        for _ in range(following):
            streams.window.take()
        return True
    n = report.victims_of_pid[reaped.pid][0]
    victim = report.victims[n]
    if victim.reaped is None or not victim.reaped.done:
        report.victims[n] = victim._replace(reaped=reaped)
    if report is stream.report:
        return streams.keep(report, line, following)
    report.note_late(line)
    for _ in range(following):
        streams.window.take()
    return True


SECTION = Section(name="reaper", place=_place, starts=("oom_reaper: ",), words=("oom_reaper: ",))
