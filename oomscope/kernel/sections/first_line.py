"""The head of a report: who invoked the oom-killer, and the CPU line that names the kernel."""

import re
from typing import NamedTuple

from oomscope.kernel.numbers import comm_fits
from oomscope.patterns import lazy

# comm is at most 15 bytes; some test kernels print "comm:pid". It is written by whoever owns the process, so the
# pattern binds at the fixed words after it and the length is checked.
_HEAD = lazy(
    r"(?:(?P<comm>.{0,66}?) ?invoked\s+|(?=oom-killer: gfp_mask=))oom-killer(?::|$)"
    r"(?:\s*gfp_mask=(?P<gfp>0x[0-9a-f]{1,16})(?:\((?P<names>[^()]{0,400})\))?)?"
    r"(?:,\s*nodemask=(?P<nodemask>\(null\)|[\d,\-]{0,200}?)(?=,\s*order=|,?\s*$))?"
    r"(?:,\s*order=(?P<order>-?\d{1,3}))?"
    r"(?:,\s*(?:oom_adj|oomkilladj)=(?P<oom_adj>-?\d{1,5}))?"
    r"(?:,\s*oom_score_adj=(?P<adj>-?\d{1,5}))?",
    re.DOTALL,
)
_CPUSET = lazy(r"(?P<comm>.{0,24}?) cpuset=(?P<cpuset>.{0,255}) mems_allowed=(?P<mems>[\d,\-]{0,200})\s*$")
_CPU = lazy(
    r"(?:CPU: \d{1,6} (?:UID: (?P<uid>\d{1,10}) )?PID: (?P<pid>\d{1,10}) Comm: |Pid: (?P<oldpid>\d{1,10}), comm: )(?P<comm>.{0,60})"
    r" (?P<taint>Not tainted|Tainted: [A-Z \-]{1,40}?)\s+(?:-{3,}\s+)?(?:T )?(?P<release>\d\S{0,90}|\S{1,60}(?= #\d))",
    re.DOTALL,
)


class Head(NamedTuple):
    comm: str
    gfp_mask: str | None
    names: tuple[str, ...]
    nodemask: str | None
    order: int | None
    oom_adj: int | None
    oom_score_adj: int | None

    @property
    def goodness(self) -> int:
        """How many of the fields that end the line were found."""
        have = (self.gfp_mask, self.order, self.oom_score_adj if self.oom_adj is None else self.oom_adj)
        return sum(x is not None for x in have)


def parse_head(text: str) -> Head | None:
    """The first line of a report, or None if the text is another program's. 2.6.9 to 2.6.15 do not name the task.

    sample::

        nginx invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=936
        gbased invoked oom-killer: gfp_mask=0x200da, order=0, oom_adj=0, oom_score_adj=0
        oom-killer: gfp_mask=0xd0
    """
    found = _HEAD.match(text)
    if found is None:
        return None
    comm, adj = found["comm"] or "", found["adj"]
    bare = re.sub(r":\d{1,10}$", "", comm)
    if not comm_fits(bare) or (adj is not None and abs(int(adj)) > 1000):
        return None
    return Head(
        comm=comm,
        gfp_mask=found["gfp"],
        names=tuple(found["names"].split("|")) if found["names"] else (),
        nodemask=found["nodemask"],
        order=int(found["order"]) if found["order"] else None,
        oom_adj=int(found["oom_adj"]) if found["oom_adj"] else None,
        oom_score_adj=int(adj) if adj else None,
    )


def parse_cpuset(text: str) -> tuple[str, str] | None:
    """(cpuset, mems_allowed) of the line that kernels up to 4.20 print after the head.

    sample::

        gbased cpuset=/ mems_allowed=0-7
    """
    found = _CPUSET.match(text)
    return (found["cpuset"], found["mems"]) if found else None


class CpuLine(NamedTuple):
    pid: int
    uid: int | None
    comm: str
    taint: str
    release: str


def parse_cpu(text: str) -> CpuLine | None:
    """The line of dump_stack that names the running task and the kernel.

    sample::

        CPU: 0 UID: 0 PID: 10691 Comm: libuv-worker Not tainted 6.12.107+deb13-cloud-amd64 #1
        Pid: 23212, comm: php-fpm Not tainted 2.6.32-642.11.1.el6.x86_64 #1
    """
    found = _CPU.match(text)
    if found is None:
        return None
    uid = found["uid"]
    pid = int(found["pid"] or found["oldpid"])
    comm = found["comm"].removesuffix(" Kdump: loaded")
    return CpuLine(pid, int(uid) if uid else None, comm, found["taint"], found["release"])


_ARCHES = (
    (lazy(r"x86_64|amd64"), "x86_64"),
    (lazy(r"aarch64|arm64"), "aarch64"),
    (lazy(r"ppc64le"), "ppc64le"),
    (lazy(r"ppc64|powerpc"), "ppc64"),
    (lazy(r"s390x"), "s390x"),
    (lazy(r"riscv64"), "riscv64"),
    (lazy(r"armv7|armhf|armmp"), "arm"),
    (lazy(r"i[3-6]86"), "i386"),
)
_DIALECTS = (
    (lazy(r"RIP: 00[0-9a-f]{2}:|R(?:AX|BP|SP): [0-9a-f]{16}|asm_exc_|entry_SYSCALL_64"), "x86_64"),
    (lazy(r"EIP: |EAX: [0-9a-f]{8}"), "i386"),
    (lazy(r"el0_svc|el0t?_64|el0_da|el0_sync|invoke_syscall\+0x.*\barm64\b|arm64_sys"), "aarch64"),
    (lazy(r"Krnl PSW|\(\[<[0-9a-f]{16}>\]"), "s390x"),
    (lazy(r"\[c[0-9a-f]{15}\] \[c[0-9a-f]{15}\]|NIP \["), "ppc64"),
    (lazy(r"\[<[cb][0-9a-f]{7}>\] \(\w+\) from \[<"), "arm"),
)


def architecture(release: str | None, trace: tuple[str, ...]) -> str | None:
    """The machine's architecture by the release's suffix, else by the dialect of the trace; None if neither tells."""
    for pattern, name in _ARCHES:
        if release and pattern.search(release):
            return name
    for text in trace:
        for pattern, name in _DIALECTS:
            if pattern.search(text):
                return name
    return None
