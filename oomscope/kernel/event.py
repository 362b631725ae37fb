"""What one invocation of the oom-killer printed, as frozen shapes. Sizes are bytes; what was not printed is None."""

from typing import NamedTuple

from oomscope.kernel.trace_caller import is_charge
from oomscope.read.record import Trust

Lines = tuple[int, int]  # 1-based, inclusive


class Invoker(NamedTuple):
    """The task whose allocation invoked the oom-killer; seldom the victim."""

    comm: str
    pid: int | None  # from the CPU line of the trace
    uid: int | None  # 6.11+
    gfp_mask: str
    gfp_flags: tuple[str, ...]  # printed names (4.6+), else decoded; empty if the era is unknown
    order: int | None  # -1: asked for by SysRq-f
    oom_score_adj: int | None
    oom_adj: int | None  # before 3.8, another scale
    nodemask: str | None
    cpuset: str | None
    mems_allowed: str | None
    line: int


class Machine(NamedTuple):
    """What the CPU line says about the kernel."""

    release: str | None = None
    hardware: str | None = None
    tainted: str | None = None


class Counter(NamedTuple):
    """`usage %llukB, limit %llukB, failcnt %llu` of one page counter, in bytes."""

    usage_bytes: int
    limit_bytes: int  # as printed: see `unlimited`
    failcnt: int
    line: int

    @property
    def unlimited(self) -> bool:
        """True if the printed limit is the kernel's "none" (LONG_MAX pages, or the res_counter's maximum)."""
        return self.limit_bytes >= 1 << 62 or self.limit_bytes == 8589934588 << 10


class MemcgReport(NamedTuple):
    """The counters and statistics of the cgroup whose limit was hit."""

    memory: Counter | None = None
    memsw: Counter | None = None  # "memory+swap:", cgroup v1
    kmem: Counter | None = None  # v1
    swap: Counter | None = None  # v2
    version: int | None = None
    stat: tuple[tuple[str, int], ...] = ()  # sizes in bytes, events as counts; hierarchical where both are printed
    stat_lines: Lines | None = None
    stat_line_of: tuple[tuple[str, int], ...] = ()
    stat_path: str | None = None
    stat_cut: bool = False  # the last key is damaged or the record limit cut the block
    stat_memcgs: int = 1  # before 5.3 one line per descendant; summed
    min_protection_bytes: int | None = None  # 6.19+
    low_protection_bytes: int | None = None
    lines: Lines | None = None


class Zone(NamedTuple):
    node: int
    name: str
    free_bytes: int
    min_bytes: int | None
    low_bytes: int | None
    high_bytes: int | None
    present_bytes: int | None
    managed_bytes: int | None
    free_cma_bytes: int | None
    highatomic_bytes: int | None
    lowmem_reserve_pages: tuple[int, ...]
    buddy: tuple[tuple[int, int], ...]  # (order, free blocks)
    lines: Lines
    all_unreclaimable: bool | None = None
    slab_unreclaimable_bytes: int | None = None
    held_orders: tuple[int, ...] = ()  # whose free blocks are all CMA's, isolated, or kept for atomic allocations


class NumaNode(NamedTuple):
    node: int
    counters: tuple[tuple[str, int], ...]  # bytes
    line: int


class HugePages(NamedTuple):
    node: int
    size_bytes: int
    total: int
    free: int
    line: int


class Slab(NamedTuple):
    name: str
    used_bytes: int
    total_bytes: int


class Allocation(NamedTuple):
    """One row of the allocation profiling table (6.10+)."""

    size_bytes: int
    calls: int
    where: str


class MemInfo(NamedTuple):
    """show_mem(): the whole node's memory."""

    counters_pages: tuple[tuple[str, int], ...] = ()
    counters_line: int | None = None
    nodes: tuple[NumaNode, ...] = ()
    zones: tuple[Zone, ...] = ()
    hugepages: tuple[HugePages, ...] = ()
    slabs: tuple[Slab, ...] = ()
    slab_lines: Lines | None = None
    allocations: tuple[Allocation, ...] = ()
    ram_pages: int | None = None
    reserved_pages: int | None = None
    cma_reserved_pages: int | None = None
    pagecache_pages: int | None = None
    swapcache_pages: int | None = None
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None
    swap_line: int | None = None
    ram_line: int | None = None
    lines: Lines | None = None


class Task(NamedTuple):
    """One row of the task table. `*_pages` are pages as printed; `values` holds every column."""

    pid: int
    uid: int | None
    tgid: int | None
    comm: str
    total_vm_pages: int | None
    rss_pages: int | None
    anon_pages: int | None
    file_pages: int | None
    shmem_pages: int | None
    pgtables_bytes: int | None  # 4.15+
    page_tables: int | None  # nr_ptes + nr_pmds: counts, before 4.15
    swap_pages: int | None
    oom_score_adj: int | None
    oom_adj: int | None
    line: int


class TaskTable(NamedTuple):
    columns: tuple[str, ...]
    columns_source: str  # header | inferred
    tasks: tuple[Task, ...]
    lines: Lines


class Summary(NamedTuple):
    """The `oom-kill:` line (5.0+), or what "Task in A killed as a result of limit of B" says before it."""

    constraint: str | None
    nodemask: str | None
    cpuset: str | None
    mems_allowed: str | None
    oom_memcg: str | None
    task_memcg: str | None
    global_oom: bool | None
    comm: str | None
    pid: int | None
    uid: int | None
    lines: Lines
    ambiguous: bool = False  # a path holds what looks like a separator
    complete: bool = True

    @property
    def goodness(self) -> int:
        """Return how much of the line was read: one read to its end beats any number of parts."""
        parts = (self.cpuset, self.mems_allowed, self.oom_memcg, self.task_memcg)
        return 100 if self.complete else sum(p is not None for p in parts)


class Selected(NamedTuple):
    """`Kill process N (comm) score S or sacrifice child`, before 5.2: who was picked, a child may have died instead."""

    pid: int
    comm: str
    score: int | None
    line: int
    message: str


class Victim(NamedTuple):
    pid: int
    comm: str
    uid: int | None
    total_vm_bytes: int | None
    anon_rss_bytes: int | None
    file_rss_bytes: int | None
    shmem_rss_bytes: int | None
    pgtables_bytes: int | None
    oom_score_adj: int | None
    line: int
    evidence: str  # "killed" or "oom-kill": which line names it
    message: str | None  # "Out of memory", "Memory cgroup out of memory", ...
    monotonic_seconds: float | None
    wall_seconds: float | None
    group: bool = False  # killed because of memory.oom.group
    reaped: "Reaped | None" = None


class Reaped(NamedTuple):
    """`oom_reaper: reaped process`: what was left afterwards; `done` False for "unable to reap"."""

    pid: int
    comm: str
    anon_rss_bytes: int | None
    file_rss_bytes: int | None
    shmem_rss_bytes: int | None
    done: bool
    line: int


class Gap(NamedTuple):
    """A section of the report that the log does not hold, and why as far as the log says."""

    section: str
    reason: str


class OomEvent(NamedTuple):
    """One oom-killer invocation: no victim, one, or many."""

    lines: Lines
    trust: Trust
    monotonic_seconds: float | None
    wall_seconds: float | None
    wall_source: str | None
    boot_id: str | None
    host: str | None
    invoker: Invoker | None
    machine: Machine
    architecture: str | None
    page_size_bytes: int | None
    page_size_source: str | None
    summary: Summary | None
    memcg: MemcgReport | None
    mem_info: MemInfo | None
    tasks: TaskTable | None
    selected: Selected | None
    victims: tuple[Victim, ...]
    oom_group: str | None  # path whose memory.oom.group is set
    no_killable: bool
    panic: str | None
    sysrq: bool
    trace: tuple[str, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[tuple[int, str], ...]  # lines inside the report that were not understood
    line_runs: tuple[Lines, ...] = ()  # the runs of line numbers that belong to the report, in the order of the log
    findings: tuple[tuple[str, str, int | None], ...] = ()  # (id, sentence, line): spoof signs and the like
    spared: str | None = None  # the kernel's words where it chose a victim and killed nobody
    boot: int = 0  # number of the boot among those in the input

    @property
    def is_memcg(self) -> bool | None:
        """True if a cgroup's limit was hit; None if the log does not say. The kernel's words first, then its trace."""
        if self.summary is not None and (self.summary.oom_memcg is not None or self.summary.global_oom):
            return self.summary.oom_memcg is not None
        messages = [v.message or "" for v in self.victims] + [self.selected.message if self.selected else ""]
        if any("emory cgroup" in m or "Out of memory in UB" in m for m in messages):
            return True
        if self.memcg is not None and self.memcg.memory is not None:
            return True
        if any(m.lower().startswith("out of memory") for m in messages) or self.mem_info is not None:
            return False
        if self.summary is not None and self.summary.constraint not in (None, "CONSTRAINT_MEMCG"):
            return False
        # These two panics are the node's alone: a cgroup without victims does not panic (mm/oom_kill.c, out_of_memory).
        if self.panic and ("deadlocked on memory" in self.panic or "system-wide panic_on_oom" in self.panic):
            return False
        return is_charge(self.trace)
