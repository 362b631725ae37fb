"""Whether a cgroup's limit was hit, by whichever line of the report is left; and how large a page is, which none says."""

import pytest
from helpers.kernel_reading import event_of

from oomscope.kernel.derive.page_size import page_size
from oomscope.kernel.event import Counter, HugePages, MemcgReport, Task, TaskTable, Victim

HEAD = "nginx invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0"
TABLE = (
    "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
    "[ 4711]     0  4711    50000    30000      86       17           936 java",
)
MEMINFO = ("Mem-Info:", "81712 pages RAM")
USAGE = "memory: usage 4kB, limit 4kB, failcnt 1"
OF_MEMCG = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/A,task_memcg=/A,task=x,pid=7,uid=0"
OF_NODE = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/A,task=x,pid=7,uid=0"
BARE = "oom-kill:constraint={},nodemask=(null),task=x,pid=7,uid=0"
KILL = "Killed process 7 (x) total-vm:4kB, anon-rss:4kB, file-rss:0kB"
CHARGE = (
    "Call Trace:",
    " out_of_memory+0x1/0x2",
    " mem_cgroup_out_of_memory+0x1/0x2",
    " __alloc_pages_slowpath+0x1/0x2",
)
PAGE = ("Call Trace:", " dump_header+0x1/0x2", " out_of_memory+0x1/0x2", " __alloc_pages_slowpath+0x1/0x2")
SIGNS = [
    ((HEAD, OF_MEMCG), True),  # 5.0 and 5.1 say CONSTRAINT_NONE of a cgroup too
    ((HEAD, *MEMINFO, OF_MEMCG), True),
    ((HEAD, OF_NODE), False),
    ((HEAD, USAGE, OF_NODE), False),
    ((HEAD, "Task in /A killed as a result of limit of /A", KILL), True),
    ((f"Memory cgroup out of memory: {KILL}",), True),
    ((f"Out of memory in UB 105: {KILL.replace('Killed', 'OOM killed')}",), True),
    (("Memory cgroup out of memory: Kill process 7 (x) score 9 or sacrifice child", KILL), True),
    ((HEAD, *MEMINFO, f"Memory cgroup out of memory: {KILL}"), True),  # up to 3.8 a cgroup's report holds Mem-Info
    ((HEAD, USAGE, KILL), True),
    ((HEAD, USAGE, *MEMINFO, KILL), True),
    ((f"Out of memory: {KILL}",), False),
    (("Out of memory: Kill process 7 (x) score 9 or sacrifice child", KILL), False),
    ((f"Out of Memory: {KILL}",), False),
    ((HEAD, *MEMINFO, KILL), False),
    ((HEAD, *TABLE, BARE.format("CONSTRAINT_NONE")), False),  # a kernel without memory cgroups
    ((HEAD, *TABLE, BARE.format("CONSTRAINT_CPUSET")), False),
    ((HEAD, *TABLE, BARE.format("CONSTRAINT_MEMCG")), None),
    ((HEAD, *TABLE, "Kernel panic - not syncing: System is deadlocked on memory"), False),
    ((HEAD, *TABLE, "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled"), False),
    ((HEAD, *TABLE, "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled"), None),
    ((HEAD, *CHARGE, *TABLE, KILL), True),
    ((HEAD, CHARGE[0], " mem_cgroup_oom_synchronize+0x1/0x2", *TABLE, KILL), True),
    ((HEAD, *PAGE, *TABLE, KILL), False),
    ((HEAD, *PAGE[:3], *TABLE, KILL), None),
    ((HEAD, PAGE[0], PAGE[3], *TABLE, KILL), None),
    ((HEAD, *PAGE, " ? mem_cgroup_out_of_memory+0x1/0x2", *TABLE, KILL), False),  # a leftover on the stack
    ((HEAD, " ? out_of_memory+0x1/0x2", " ? __alloc_pages_slowpath+0x1/0x2", *TABLE, KILL), False),  # no unwinder
    # the helper between the charge and out_of_memory() is inlined: mm/memcontrol.c of 6.1, 4.9, 3.4
    ((HEAD, *PAGE[:3], " try_charge_memcg+0x1/0x2", " charge_memcg+0x1/0x2", *TABLE, KILL), True),
    ((HEAD, *PAGE[:3], " ? mem_cgroup_iter+0x1/0x2", " try_charge+0x1/0x2", *TABLE, KILL), True),
    ((HEAD, *PAGE[:3], " __mem_cgroup_try_charge+0x1/0x2", *TABLE, KILL), True),
    # a page fault asks mem_cgroup_oom_synchronize() first: who calls out_of_memory() itself, has no cgroup at its limit
    ((HEAD, *PAGE[:3], " pagefault_out_of_memory+0x1/0x2", *TABLE, KILL), False),
    ((HEAD, *PAGE, " charge_memcg+0x1/0x2", *TABLE, KILL), False),  # the allocator is the nearer caller
    ((HEAD, PAGE[0], " try_charge_memcg+0x1/0x2", *TABLE, KILL), None),  # nobody was asked
    ((HEAD, *PAGE[:3], " __alloc_frozen_pages_noprof+0x1/0x2", *TABLE, KILL), False),  # 6.14
    ((HEAD, *TABLE, KILL), None),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "memcg"), SIGNS, ids=range(len(SIGNS)))
def test_the_kernels_words_tell_and_its_trace_where_they_are_lost(lines: tuple[str, ...], memcg: bool | None) -> None:
    assert event_of(lines).is_memcg is memcg


NO_LIMITS = {
    9223372036854771712: 4096,  # LONG_MAX pages of 4 KiB (3.19+)
    9223372036854759424: 16384,
    9223372036854710272: 65536,
    9007199254740991 << 10: None,  # the res_counter's (up to 3.18)
    8589934588 << 10: None,  # 32 bit
}


@pytest.mark.parametrize(("limit", "size"), NO_LIMITS.items())
@pytest.mark.parametrize("name", ["memory", "memsw", "kmem", "swap"])
def test_the_value_printed_for_no_limit_holds_the_page_size(name: str, limit: int, size: int | None) -> None:
    counter = Counter(0, limit, 0, 1)
    assert counter.unlimited
    report = MemcgReport(**{name: counter})  # type: ignore[arg-type]
    source = "value printed for no limit" if size else None
    assert page_size(None, None, (), report, (), None) == (size, source)


def test_a_limit_below_2_to_the_62_is_one() -> None:
    assert Counter(0, 1 << 62, 0, 1).unlimited
    assert not Counter(0, (1 << 62) - 1, 0, 1).unlimited
    assert not Counter(0, 8589934587 << 10, 0, 1).unlimited


def row(pid: int, total_vm: int, tables: int | None = None) -> Task:
    return Task(pid, 0, pid, "x", total_vm, 1, None, None, None, tables, None, 0, 0, None, 1)


def dead(pid: int, total_vm: int) -> Victim:
    return Victim(pid, "x", 0, total_vm, 0, 0, 0, 0, 0, 1, "killed", None, None, None)


def table(*rows: Task) -> TaskTable:
    return TaskTable((), "header", rows, (1, 1))


def test_the_victims_size_in_bytes_against_its_pages() -> None:
    source = "total-vm of the victim against its table row"
    for size in (4096, 16384, 65536):
        assert page_size(None, table(row(7, 50)), (dead(7, 50 * size),), None, (), "aarch64") == (size, source)
    assert page_size(None, table(row(7, 50)), (dead(7, 50 * 8192),), None, (), None) == (None, None)  # no page is so
    assert page_size(None, table(row(7, 50)), (dead(7, 50 * 4096 + 1),), None, (), None) == (None, None)  # it grew
    assert page_size(None, table(row(8, 50)), (dead(7, 50 * 4096),), None, (), None) == (None, None)
    assert page_size(None, table(row(7, 0)), (dead(7, 4096),), None, (), None) == (None, None)
    assert page_size(None, table(row(7, 9), row(8, 50)), (dead(7, 1), dead(8, 50 * 4096)), None, (), None) == (
        4096,
        source,
    )


@pytest.mark.parametrize(
    ("kb", "size"), [(2048, 4096), (32768, 16384), (524288, 65536), (1048576, None), (16384, None)]
)
def test_the_default_huge_page_tells_the_size_of_a_small_one(kb: int, size: int | None) -> None:
    pools = (HugePages(0, 1 << 30, 0, 0, 1), HugePages(0, kb << 10, 0, 0, 1))
    assert page_size(None, None, (), None, pools, None) == (size, "huge page size" if size else None)


def test_the_surest_source_is_asked_first() -> None:
    rows, victims = table(row(7, 50, 4096)), (dead(7, 50 * 16384),)
    report, pools = MemcgReport(memory=Counter(0, 9223372036854710272, 0, 1)), (HugePages(0, 2 << 20, 0, 0, 1),)
    assert page_size(65536, rows, victims, report, pools, "x86_64") == (65536, "buddy list")
    assert page_size(1, rows, victims, report, pools, "x86_64")[0] == 16384
    assert page_size(None, None, victims, report, pools, "x86_64")[0] == 65536
    assert page_size(None, None, victims, None, pools, "aarch64")[0] == 4096
    assert page_size(None, rows, (), None, (), "x86_64") == (4096, "the only one of x86_64")
    assert page_size(None, rows, (), None, (), "aarch64") == (4096, "page tables smaller than 16 KiB")


@pytest.mark.parametrize(("arch", "size"), [("x86_64", 4096), ("i386", 4096), ("s390x", 4096), ("riscv64", 4096), ("arm", 4096), ("aarch64", None), ("ppc64le", None), (None, None)])  # fmt: skip
def test_where_an_architecture_has_several_sizes_none_is_assumed(arch: str | None, size: int | None) -> None:
    assert page_size(None, None, (), None, (), arch) == (size, f"the only one of {arch}" if size else None)


def test_page_tables_come_in_pages() -> None:
    assert page_size(None, table(row(7, 1, 65536), row(8, 1, 20480)), (), None, (), "aarch64")[0] == 4096
    assert page_size(None, table(row(7, 1, 65536), row(8, 1)), (), None, (), "aarch64") == (None, None)
