"""OOM reports written from the kernel's format strings, so that tests know what they hold: the one place that writes them.

`Report` is a whole report of any era. Below it are the lines of a report by themselves (`HEAD`, `usage`, `row`,
`summary`, `kill`, …) for tests that put a report together line by line, and `stamped`, which makes a log of them.

Nothing here is shared with the parser: what it says about a kernel is said twice, from two readings of the source.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Row:
    pid: int
    comm: str
    rss: int  # pages
    total_vm: int = 50_000
    uid: int = 0
    adj: int = 0
    swap: int = 0
    tables: int = 40  # pages

    @property
    def tgid(self) -> int:
        return self.pid


@dataclass(frozen=True)
class Report:
    era: str = "6.1"
    memcg: bool = True
    invoker: str = "nginx"
    rows: tuple[Row, ...] = (Row(901, "sh", 300), Row(4711, "java", 30_000, adj=936), Row(4712, "npm start", 900))
    victim: int = 4711
    oom_memcg: str = "/docker/8fce0f"
    task_memcg: str = "/docker/8fce0f/app"
    seconds: float = 1000.0
    step: float = 0.000007

    @property
    def version(self) -> tuple[int, ...]:
        return RELEASES[self.era][0]

    @property
    def dead(self) -> Row:
        return next(row for row in self.rows if row.pid == self.victim)

    def lines(self) -> list[str]:
        """Records without a prefix; some hold newlines."""
        return list(_lines(self))

    def dmesg(self) -> str:
        """As dmesg prints it from /dev/kmsg: a stamp a record, later lines of a record indented."""
        out = []
        for n, text in enumerate(self.lines()):
            prefix = f"[{self.seconds + n * self.step:12.6f}] "
            first, *more = text.split("\n")
            out.append(prefix + first)
            out.extend(" " * len(prefix) + line for line in more)
        return "\n".join(out) + "\n"

    def console(self) -> str:
        """As a serial console prints it: the stamp of the record on each of its lines."""
        out = []
        for n, text in enumerate(self.lines()):
            out.extend(f"[{self.seconds + n * self.step:12.6f}] {line}" for line in text.split("\n"))
        return "\n".join(out) + "\n"

    def expected(self) -> dict[str, Any]:
        """What a careful reader finds."""
        dead, version = self.dead, self.version
        stat = self.memcg and version >= (3, 9)
        return {
            "pid": dead.pid,
            "comm": dead.comm,
            "invoker": self.invoker if version >= (2, 6, 16) else "",
            "is_memcg": self.memcg,
            "oom_memcg": self.oom_memcg if self.memcg else None,
            "task_memcg": self.task_memcg if self.memcg or version >= (5, 0) else None,
            "usage": 150_000 << 10 if self.memcg else None,
            "limit": 153_600 << 10 if self.memcg else None,
            "total_vm": dead.total_vm << 12 if version >= (2, 6, 32) else None,
            "pids": [row.pid for row in self.rows] if version >= (2, 6, 32) else [],
            "rss": [row.rss for row in self.rows] if version >= (2, 6, 32) else [],
            "anon": 100_000 << 10 if stat else None,
            "free_swap": 0 if not self.memcg or version < (3, 9) else None,
            "release": RELEASES[self.era][1],
        }


RELEASES: dict[str, tuple[tuple[int, ...], str]] = {
    "2.6.9": ((2, 6, 9), "2.6.9-89.ELsmp"),
    "2.6.18": ((2, 6, 18), "2.6.18-398.el5"),
    "2.6.24": ((2, 6, 24), "2.6.24-19-generic"),
    "2.6.32": ((2, 6, 32), "2.6.32.61"),
    "rhel6": ((2, 6, 36), "2.6.32-642.el6.x86_64"),
    "3.2": ((3, 2), "3.2.0-4-amd64"),
    "3.10": ((3, 10), "3.10.0-514.el7.x86_64"),
    "rhel7": ((3, 10, 99), "3.10.0-1062.el7.x86_64"),
    "4.4": ((4, 4), "4.4.0-210-generic"),
    "4.9": ((4, 9), "4.9.0-19-amd64"),
    "4.14": ((4, 14), "4.14.193-149.317.amzn2.x86_64"),
    "4.19": ((4, 19), "4.19.0-25-amd64"),
    "5.0": ((5, 0), "5.0.0-32-generic"),
    "5.2": ((5, 2), "5.2.21-200.fc30.x86_64"),
    "5.4.0": ((5, 4), "5.4.0-rc8"),
    "rhel8": ((5, 3), "4.18.0-240.el8.x86_64"),
    "5.10": ((5, 10), "5.10.0-32-amd64"),
    "6.1": ((6, 1), "6.1.0-28-amd64"),
    "6.5": ((6, 5), "6.5.0-44-generic"),
    "6.8": ((6, 8), "6.8.0-51-generic"),
    "6.12": ((6, 12), "6.12.107+deb13-amd64"),
    "6.19": ((6, 19), "6.19.0"),
}
ERAS = tuple(RELEASES)


def _lines(r: Report) -> Iterator[str]:
    yield _head(r)
    if (2, 6, 24) <= r.version < (5, 0) and r.version >= (2, 6, 32):
        yield f"{r.invoker} cpuset=/ mems_allowed=0"
    yield from _trace(r)
    if r.memcg:
        yield from _memcg(r)
    if not r.memcg or r.version < (3, 9):
        yield from _meminfo(r)
    if r.version >= (6, 19) and r.memcg:
        yield "Memory cgroup min protection 0kB -- low protection 2048kB"
    yield from _table(r)
    yield from _verdict(r)


def _head(r: Report) -> str:
    v = r.version
    if v < (2, 6, 16):
        return "oom-killer: gfp_mask=0xd0"
    if v < (2, 6, 32):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0x201d2, order=0, oomkilladj=0"
    if v < (2, 6, 36):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0"
    if v < (3, 8):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0x200da, order=0, oom_adj=0, oom_score_adj=0"
    if v < (4, 6):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0"
    if v < (4, 11):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0x24000c0(GFP_KERNEL), nodemask=0, order=0, oom_score_adj=0"
    if v < (4, 15):
        return f"{r.invoker} invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=0, oom_score_adj=0"
    if v < (5, 0):
        return (
            f"{r.invoker} invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0"
        )
    return f"{r.invoker} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"


def _trace(r: Report) -> Iterator[str]:
    v, release = r.version, RELEASES[r.era][1]
    if v < (2, 6, 32):
        return
    if v < (3, 10):
        yield f"Pid: 901, comm: {r.invoker} Not tainted {release} #1"
    elif v < (6, 11):
        yield f"CPU: 1 PID: 901 Comm: {r.invoker} Not tainted {release} #1"
    else:
        yield f"CPU: 1 UID: 0 PID: 901 Comm: {r.invoker} Not tainted {release} #1 PREEMPT(lazy) "
    if v >= (3, 10):
        yield "Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.3 04/01/2014"
    yield "Call Trace:"
    yield from (
        " <TASK>",
        " dump_stack_lvl+0x34/0x48",
        " dump_header+0x4a/0x211",
        " oom_kill_process.cold+0xb/0x10",
        " </TASK>",
    )


def _memcg(r: Report) -> Iterator[str]:
    v = r.version
    if v < (2, 6, 30):
        return
    if v < (5, 0):
        yield f"Task in {r.task_memcg} killed as a result of limit of {r.oom_memcg}"
    yield "memory: usage 150000kB, limit 153600kB, failcnt 18"
    two = v >= (5, 10)
    if two:
        yield "swap: usage 0kB, limit 0kB, failcnt 0"
    else:
        yield "memory+swap: usage 150000kB, limit 9007199254740988kB, failcnt 0"
    if v >= (3, 8) and not two:
        yield "kmem: usage 0kB, limit 9007199254740988kB, failcnt 0"
    if v < (3, 9):
        return
    if v < (5, 3):
        for path, anon in ((r.oom_memcg, 40_000), (r.task_memcg, 60_000)):
            yield (
                f"Memory cgroup stats for {path}: cache:64KB rss:{anon}KB rss_huge:0KB mapped_file:0KB swap:0KB "
                "inactive_anon:0KB active_anon:0KB inactive_file:32KB active_file:32KB unevictable:0KB"
            )
        return
    stat = [
        f"anon {100_000 << 10}", "file 65536", "kernel_stack 32768", "sock 0", "shmem 0", "inactive_anon 0", f"active_anon {100_000 << 10}",
        "inactive_file 32768", "active_file 32768", "unevictable 0", "slab_reclaimable 8192", "slab_unreclaimable 16384", "pgfault 71",
    ]  # fmt: skip
    if v < (6, 5):
        yield f"Memory cgroup stats for {r.oom_memcg}:"
        yield "\n".join(stat)
    else:
        yield f"Memory cgroup stats for {r.oom_memcg}:"
        yield from stat


def _meminfo(r: Report) -> Iterator[str]:
    v = r.version
    yield "Mem-info:" if v < (2, 6, 32) else "Mem-Info:"
    if v < (4, 1):
        yield "Node 0 DMA per-cpu:"
        yield "CPU    0: hi:    0, btch:   1 usd:   0"
    if v < (2, 6, 28):
        yield "Active:60199 inactive:60349 dirty:0 writeback:0 unstable:0\n free:1194 slab:2402 mapped:498 pagetables:1235 bounce:0"
    else:
        yield (
            "active_anon:60199 inactive_anon:100 isolated_anon:0\n active_file:40 inactive_file:50 isolated_file:0\n"
            " unevictable:0 dirty:0 writeback:0 unstable:0\n slab_reclaimable:300 slab_unreclaimable:2402\n"
            " mapped:498 shmem:90 pagetables:1235 bounce:0\n free:1194 free_pcp:10 free_cma:0"
        )
    if v >= (4, 8):
        yield "Node 0 active_anon:240796kB inactive_anon:400kB active_file:160kB inactive_file:200kB unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:1992kB dirty:0kB writeback:0kB shmem:360kB shmem_thp: 0kB anon_thp: 0kB kernel_stack:2000kB all_unreclaimable? yes"
    yield "Node 0 DMA32 free:4776kB min:2196kB low:2744kB high:3292kB active_anon:240796kB inactive_anon:400kB present:326848kB managed:310000kB"
    yield "lowmem_reserve[]: 0 0 0 0"
    yield "Node 0 DMA32: 194*4kB (UME) 100*8kB (UM) 200*16kB (M) = 4776kB"
    yield "190 total pagecache pages"
    yield "Free swap  = 0kB"
    yield "Total swap = 524284kB"
    yield "81712 pages RAM"
    yield "4212 pages reserved"


def _table(r: Report) -> Iterator[str]:
    v = r.version
    if v < (2, 6, 32):
        return
    if v >= (4, 19) and r.era != "rhel8":
        yield "Tasks state (memory values in pages):"
    wide = "[  pid  ]" if v >= (4, 19) and r.era != "rhel8" else "[ pid ]"
    if v < (2, 6, 36):
        columns = "cpu oom_adj name"
    elif v < (3, 6):
        columns = "cpu oom_adj oom_score_adj name"
    elif v < (4, 1):
        columns = "nr_ptes swapents oom_score_adj name"
    elif v < (4, 15):
        columns = "nr_ptes nr_pmds swapents oom_score_adj name"
    elif v < (6, 8):
        columns = "pgtables_bytes swapents oom_score_adj name"
    else:
        columns = "rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name"
    yield f"{wide}   uid  tgid total_vm      rss {columns}"
    yield from (_row(r, row) for row in r.rows)


def _row(r: Report, row: Row) -> str:
    v = r.version
    wide = 7 if v >= (4, 19) and r.era != "rhel8" else 5
    start = f"[{row.pid:{wide}d}] {row.uid:5d} {row.tgid:5d} {row.total_vm:8d} {row.rss:8d} "
    if v < (2, 6, 36):
        return f"{start}{1:3d}     {0:3d} {row.comm}"
    if v < (3, 6):
        return f"{start}{1:3d}     {0:3d}         {row.adj:5d} {row.comm}"
    if v < (4, 1):
        return f"{start}{row.tables:7d} {row.swap:8d}         {row.adj:5d} {row.comm}"
    if v < (4, 15):
        return f"{start}{row.tables - 3:7d} {3:7d} {row.swap:8d}         {row.adj:5d} {row.comm}"
    if v >= (6, 8):
        start += f"{row.rss:8d} {0:8d} {0:9d} "
    return f"{start}{row.tables * 4096:8d} {row.swap:8d}         {row.adj:5d} {row.comm}"


def _verdict(r: Report) -> Iterator[str]:
    v, dead = r.version, r.dead
    message = "Memory cgroup out of memory" if r.memcg else "Out of memory"
    sizes = f"total-vm:{dead.total_vm * 4}kB, anon-rss:{dead.rss * 4}kB, file-rss:0kB"
    if v >= (5, 0):
        where = f"oom_memcg={r.oom_memcg}" if r.memcg else "global_oom"
        kind = "CONSTRAINT_MEMCG" if r.memcg and v >= (5, 2) else "CONSTRAINT_NONE"
        yield (
            f"oom-kill:constraint={kind},nodemask=(null),cpuset=/,mems_allowed=0,{where},"
            f"task_memcg={r.task_memcg},task={dead.comm},pid={dead.pid},uid={dead.uid}"
        )
    if v < (2, 6, 16):
        yield f"Out of Memory: Killed process {dead.pid} ({dead.comm})."
    elif v < (2, 6, 24):
        yield f"Out of memory: Killed process {dead.pid} ({dead.comm})."
    elif v < (2, 6, 32):
        yield f"Out of memory: kill process {dead.pid} ({dead.comm}) score 1000 or a child"
        yield f"Killed process {dead.pid} ({dead.comm})"
    elif r.era == "rhel6":
        yield f"{message}: Kill process {dead.pid} ({dead.comm}) score 900 or sacrifice child"
        yield f"Killed process {dead.pid}, UID {dead.uid}, ({dead.comm}) {sizes}"
    elif r.era == "rhel7":
        yield f"{message}: Kill process {dead.pid} ({dead.comm}) score 900 or sacrifice child"
        yield f"Killed process {dead.pid} ({dead.comm}), UID {dead.uid}, {sizes}, shmem-rss:0kB"
    elif v < (5, 1):
        yield f"{message}: Kill process {dead.pid} ({dead.comm}) score 900 or {'a' if v < (2, 6, 36) else 'sacrifice'} child"
        yield f"Killed process {dead.pid} ({dead.comm}) {sizes}" + (", shmem-rss:0kB" if v >= (4, 5) else "")
    elif v < (5, 3):
        yield f"{message}: Killed process {dead.pid} ({dead.comm}) {sizes}, shmem-rss:0kB"
    elif r.era == "rhel8":
        yield f"{message}: Killed process {dead.pid} ({dead.comm}) {sizes}, shmem-rss:0kB, UID:{dead.uid}"
    else:
        tables = dead.tables * 4096 if r.era == "5.4.0" else dead.tables * 4
        yield (
            f"{message}: Killed process {dead.pid} ({dead.comm}) {sizes}, shmem-rss:0kB, UID:{dead.uid} "
            f"pgtables:{tables}kB oom_score_adj:{dead.adj}"
        )


def has_memcg(era: str) -> bool:
    """Whether kernels of this era have memory cgroups."""
    return RELEASES[era][0] >= (2, 6, 30)


ALL = tuple(
    replace(Report(era=era), memcg=memcg) for era in ERAS for memcg in (True, False) if has_memcg(era) or not memcg
)


# -- lines by themselves, as 6.1 prints them ---------------------------------------------------------------------------

HEAD = "nginx invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
CPU = "CPU: 1 PID: 901 Comm: nginx Not tainted 6.1.0-28-amd64 #1"
USAGE = "memory: usage 4kB, limit 4kB, failcnt 1"
TABLE = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
GROUP = "Tasks in /A are going to be killed due to memory.oom.group set"
NOBODY = "Out of memory and no killable processes..."
NO_SWAP_LIMIT = "swap: usage 0kB, limit 9007199254740988kB, failcnt 0"


def first_line(comm: str = "nginx", adj: int = 0) -> str:
    """The line that begins a report."""
    return f"{comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj={adj}"


def usage(kb: int, failcnt: int = 1) -> str:
    """A cgroup at its limit."""
    return f"memory: usage {kb}kB, limit {kb}kB, failcnt {failcnt}"


def row(
    pid: int, tgid: int | None = None, comm: str = "java", *,
    uid: int = 0, total_vm: int = 50_000, rss: int = 30_000, tables: int = 163_840, adj: int = 0,
) -> str:  # fmt: skip
    """A row of the task table: total_vm and rss in pages, tables in bytes."""
    return f"[{pid:7d}] {uid:5d} {tgid or pid:5d} {total_vm:8d} {rss:8d} {tables:8d}        0         {adj:5d} {comm}"


def summary(pid: int = 7, comm: str = "java", memcg: str = "/A", task_memcg: str | None = None, uid: int = 0) -> str:
    """The oom-kill line of a cgroup's limit."""
    return (
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
        f"oom_memcg={memcg},task_memcg={task_memcg or memcg},task={comm},pid={pid},uid={uid}"
    )


def kill(
    pid: int = 7, comm: str = "java", vm: int = 200_000, *,
    anon: int = 4, uid: int = 0, tables: int = 160, adj: int = 0,
) -> str:  # fmt: skip
    """The kill line of a cgroup's limit, sizes in kB."""
    return (
        f"Memory cgroup out of memory: Killed process {pid} ({comm}) total-vm:{vm}kB, anon-rss:{anon}kB, file-rss:0kB, "
        f"shmem-rss:0kB, UID:{uid} pgtables:{tables}kB oom_score_adj:{adj}"
    )


def stamped(seconds: float, *lines: str, step: float = 0.000001) -> str:
    """The lines as dmesg prints them, the first of them at `seconds`."""
    return "".join(f"[{seconds + n * step:12.6f}] {line}\n" for n, line in enumerate(lines))


def table_report(
    release: str | None, header: str, rows: Iterable[str], memory: Iterable[str] = (), end: Iterable[str] = ()
) -> list[str]:
    """The lines of a report whose task table is what matters; without `end`, task 12 named b is killed."""
    cpu = [f"CPU: 1 PID: 901 Comm: nginx Not tainted {release} #1"] if release else []
    killed = "Out of memory: Killed process 12 (b) total-vm:200000kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB"
    first = "nginx invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0"
    return [first, *cpu, "Call Trace:", *memory, header, *rows, *(end or (killed,))]
