"""The lines of the trace that name the running task, the kernel and the cpuset."""

import re
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import first
from oomscope.patterns import lazy

_CPU = lazy(
    r"(?:CPU: \d{1,6} (?:UID: (?P<uid>\d{1,10}) )?PID: (?P<pid>\d{1,10}) Comm: |Pid: (?P<oldpid>\d{1,10}), comm: )(?P<comm>.{0,60})"
    r" (?P<taint>Not tainted|Tainted: [A-Z \-]{1,40}?)\s+(?:-{3,}\s+)?(?:T )?(?P<release>\d\S{0,90}|\S{1,60}(?= #\d))",
    re.DOTALL,
)
# The line of a name that no other reading of the line can be about.
_PLAIN = lazy(
    r"CPU: [0-9]{1,6} (?:UID: (?P<uid>[0-9]{1,10}) )?PID: (?P<pid>[0-9]{1,10}) Comm: (?P<comm>[!-~]{1,15}) "
    r"(?P<taint>Not tainted|Tainted: [A-Z ]{1,30}?) (?P<release>[0-9][!-~]{1,90}) #"
)
_CPUSET = lazy(r"(?P<comm>.{0,24}?) cpuset=(?P<cpuset>.{0,255}) mems_allowed=(?P<mems>[\d,\-]{0,200})\s*$")


class CpuLine(NamedTuple):
    pid: int
    uid: int | None
    comm: str
    taint: str
    release: str


def parse_cpu(text: str) -> CpuLine | None:
    """Parse the line of dump_stack that names the running task and the kernel.

    sample::

        CPU: 0 UID: 0 PID: 10691 Comm: libuv-worker Not tainted 6.12.107+deb13-cloud-amd64 #1
        Pid: 23212, comm: php-fpm Not tainted 2.6.32-642.11.1.el6.x86_64 #1
    """
    plain = _PLAIN.match(text)
    if plain is not None:
        uid, pid, comm, taint, release = plain.groups()
        return CpuLine(pid=int(pid), uid=int(uid) if uid else None, comm=comm, taint=taint.rstrip(), release=release)
    found = _CPU.match(text)
    if found is None:
        return None
    uid, pid, old_pid, comm, taint, release = found.groups()
    return CpuLine(
        pid=int(pid or old_pid),
        uid=int(uid) if uid else None,
        comm=comm.removesuffix(" Kdump: loaded"),
        taint=taint,
        release=release,
    )


def parse_cpuset(text: str) -> tuple[str, str] | None:
    """Return (cpuset, mems_allowed) of the line that kernels up to 4.20 print after the first one.

    sample::

        gbased cpuset=/ mems_allowed=0-7
    """
    found = _CPUSET.match(text)
    return (found["cpuset"], found["mems"]) if found else None


def _place_cpu(streams: Streams, stream: Stream, line: Line) -> bool:
    report = stream.report
    if report is None or not stream.tracing or not line.text.startswith(("CPU: ", "Pid: ")):
        return False
    cpu, following = first(streams.window, line, parse_cpu)
    if cpu is None:
        return False
    report.cpu = report.cpu or cpu
    return streams.keep(report, line, following)


def _place_cpuset(streams: Streams, stream: Stream, line: Line) -> bool:
    report = stream.report
    if report is None or not stream.tracing or " cpuset=" not in line.text:
        return False
    found = parse_cpuset(line.text)
    if found is None:
        return False
    report.cpuset = report.cpuset or found
    return streams.keep(report, line)


CPU_SECTION = Section(name="cpu_line", place=_place_cpu, starts=("CPU: ", "Pid: "), inside=True)
CPUSET_SECTION = Section(name="cpuset_line", place=_place_cpuset, inside=True)
