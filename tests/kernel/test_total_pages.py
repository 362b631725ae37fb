"""`totalpages` of constrained_alloc(): what oom_score_adj is a thousandth of, worked out by hand."""

import pytest

from kernel.replays import NOW, ROW, limit, replayed, report
from oomscope.kernel.derive.total_pages import parse_nodes

NO_LIMIT = 9007199254740988
COUNTERS = [
    (limit(400_002), (100_000, "limit, size of swap unknown")),
    (limit(400_002, "swap: usage 0kB, limit 0kB, failcnt 0"), (100_000, "limit, no swap allowed")),
    (limit(400_002, "swap: usage 0kB, limit 40001kB, failcnt 0"), (100_000, "limit, size of swap unknown")),
    (limit(400_002, f"swap: usage 0kB, limit {NO_LIMIT}kB, failcnt 0"), (100_000, "limit, size of swap unknown")),
    (limit(400_002, "memory+swap: usage 400000kB, limit 480003kB, failcnt 0"), (100_000, "limit, size of swap unknown")),
    (limit(400_002, "memory+swap: usage 400000kB, limit 400002kB, failcnt 0"), (100_000, "limit of memory and swap")),
    (limit(400_002, f"memory+swap: usage 400000kB, limit {NO_LIMIT}kB, failcnt 0"), (100_000, "limit, size of swap unknown")),
    (limit(400_002, "memory+swap: usage 400000kB, limit 100000kB, failcnt 0"), (100_000, "limit, size of swap unknown")),  # misread: memsw is never below
    (("swap: usage 0kB, limit 0kB, failcnt 0",), (None, None)),
    # mm/memcontrol.c, mem_cgroup_get_max(): max += min(memsw.max - max, total_swap_pages)
    (limit(400_002, "memory+swap: usage 400000kB, limit 480003kB, failcnt 0", "Total swap = 40000kB"), (110_000, "limit, and the swap that it may use")),
    (limit(400_002, "memory+swap: usage 400000kB, limit 480003kB, failcnt 0", "Total swap = 0kB"), (100_000, "limit, and the swap that it may use")),
    (limit(400_002, "swap: usage 0kB, limit 40001kB, failcnt 0", "Total swap = 4000000kB"), (110_000, "limit, and the swap that it may use")),
    (limit(400_002, f"memory+swap: usage 400000kB, limit {NO_LIMIT}kB, failcnt 0", "Total swap = 40000kB"), (110_000, "limit, and the swap that it may use")),
]  # fmt: skip
SUMMARY = "oom-kill:constraint={},nodemask={},cpuset=/,mems_allowed={},{},task_memcg=/x,task=b,pid=12,uid=0"
KILL = "Memory cgroup out of memory: Killed process 12 (b) total-vm:200000kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB"


@pytest.mark.parametrize(("memory", "total"), COUNTERS)
def test_the_total_of_a_cgroup_is_its_limit_and_what_it_may_swap(
    memory: tuple[str, ...], total: tuple[int | None, str | None]
) -> None:
    end = (SUMMARY.format("CONSTRAINT_MEMCG", "(null)", "0", "oom_memcg=/x"), KILL)
    got = replayed(report("6.1.0", NOW, ROW, memory=memory, end=end))
    assert (got.total_pages, got.total_pages_source) == total


def test_a_cgroup_whose_counters_are_lost_has_no_total() -> None:
    got = replayed(report("6.1.0", NOW, ROW, memory=("81712 pages RAM", "4212 pages reserved"), end=(KILL,)))
    assert (got.total_pages, got.total_pages_source) == (None, None)


TWO_NODES = (
    "Node 0 DMA32 free:4776kB min:2196kB low:2744kB high:3292kB present:326850kB managed:310000kB",
    "Node 1 Normal free:4776kB min:2196kB low:2744kB high:3292kB present:200001kB managed:190000kB",
    "Node 2 Normal free:4776kB min:2196kB low:2744kB high:3292kB",
    "Total swap = 40003kB", "200000 pages RAM", "10000 pages reserved",
)  # fmt: skip
NODE_TOTALS = [
    (TWO_NODES, "CONSTRAINT_NONE", "(null)", "0-2", 190_000 + 10_000, "RAM less reserved, and swap"),
    (TWO_NODES[:3] + TWO_NODES[4:5], "CONSTRAINT_NONE", "(null)", "0-2", 200_000, "RAM less reserved, and swap"),
    (TWO_NODES, "CONSTRAINT_CPUSET", "(null)", "1", 50_000 + 10_000, "present pages of the allowed nodes, and swap"),
    (TWO_NODES, "CONSTRAINT_MEMORY_POLICY", "0", "0-2", 81_712 + 10_000, "present pages of the allowed nodes, and swap"),
    (TWO_NODES, "CONSTRAINT_MEMORY_POLICY", "(null)", "0-1", 131_712 + 10_000, "present pages of the allowed nodes, and swap"),
    (TWO_NODES, "CONSTRAINT_CPUSET", "(null)", "2", None, None),  # its zone line is cut
    (TWO_NODES, "CONSTRAINT_CPUSET", "(null)", "", None, None),
    (TWO_NODES[:4], "CONSTRAINT_NONE", "(null)", "0-2", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("memory", "constraint", "nodemask", "mems", "total", "source"), NODE_TOTALS)
def test_the_total_of_a_node_is_its_ram_or_that_of_the_allowed_nodes_and_swap(
    memory: tuple[str, ...], constraint: str, nodemask: str, mems: str, total: int | None, source: str | None
) -> None:
    end = (SUMMARY.format(constraint, nodemask, mems, "global_oom"), KILL.replace("Memory cgroup out", "Out"))
    got = replayed(report("6.1.0", NOW, ROW, memory=memory, end=end))
    assert (got.total_pages, got.total_pages_source) == (total, source)


def test_a_list_of_nodes_is_what_the_kernel_prints_with_pbl() -> None:
    assert parse_nodes("0,2-3") == {0, 2, 3}
    assert parse_nodes("7") == {7}
    assert parse_nodes("") == set()
    assert parse_nodes("x,1-y,4") == {4}
    assert parse_nodes("5-999999") == set(range(5, 5 + 1024))
