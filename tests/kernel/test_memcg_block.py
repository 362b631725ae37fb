"""The counters of the cgroup over its limit and its memory.stat: mm/memcontrol.c, mem_cgroup_print_oom_meminfo()."""

import pytest
from helpers.kernel_reading import event_of, records_of

from oomscope.kernel import assemble
from oomscope.kernel.event import Counter, MemcgReport
from oomscope.kernel.sections.cgroup_counters import parse_counter, parse_protection, version_of
from oomscope.kernel.sections.memory_stat import is_stat, parse_heading

KB = 1024
NONE = 9007199254740988  # kB printed for no limit


@pytest.mark.parametrize("name", ["memory", "memory+swap", "kmem", "swap"])
def test_a_counter(name: str) -> None:
    want = (name, Counter(150 * KB, NONE * KB, 18, 7))
    assert parse_counter(f"{name}: usage 150kB, limit {NONE}kB, failcnt 18", 7) == want
    assert parse_counter(f" {name}: usage 150kB, limit {NONE}kB, failcnt 18", 7) == want


def test_a_counter_that_cannot_be_is_none() -> None:
    assert parse_counter("tcp: usage 1kB, limit 1kB, failcnt 1", 7) is None
    assert parse_counter(f"memory: usage {1 << 54}kB, limit 1kB, failcnt 1", 7) is None
    assert parse_counter(f"memory: usage 1kB, limit {1 << 54}kB, failcnt 1", 7) is None
    assert parse_counter(f"memory: usage 1kB, limit 1kB, failcnt {1 << 64}", 7) is None
    assert parse_counter(f"memory: usage 1kB, limit 18014398509481983kB, failcnt {(1 << 64) - 1}", 7) is not None


def test_the_heading_of_the_statistics() -> None:
    old = "Memory cgroup stats for /a: b: cache:32KB rss:3040KB swap:-4KB inactive_anon:0KB"
    assert parse_heading(old) == ("/a: b", {"cache": 32 * KB, "rss": 3040 * KB, "swap": 0, "inactive_anon": 0})
    assert parse_heading("Memory cgroup stats: cache:32KB") == (None, {"cache": 32 * KB})
    assert parse_heading("Memory cgroup stats for /a:") == ("/a", {})
    assert parse_heading("Memory cgroup stats for /a:anon 4096 file 8192 pgfault 7") == (
        "/a",
        {"anon": 4096, "file": 8192, "pgfault": 7},
    )
    assert parse_heading("Memory cgroup stats for /a: and so on") is None


def test_a_lost_heading_is_told_by_the_keys_of_memory_stat() -> None:
    for line in (
        "anon 1",
        "file_dirty 1",
        "total_inactive_file 1",
        "workingset_refault_anon 1",
        "hierarchical_memory_limit 1",
    ):
        assert is_stat(line)
    for line in ("usage 1", "anon x", "anon 1 more", "port 8080"):
        assert not is_stat(line)


def test_the_protection_of_6_19() -> None:
    assert parse_protection("Memory cgroup min protection 4kB -- low protection 2048kB") == (4 * KB, 2048 * KB)
    assert parse_protection("Memory cgroup min protection 4kB") is None


def test_the_counters_tell_the_version() -> None:
    used, idle = Counter(4, NONE * KB, 0, 1), Counter(0, NONE * KB, 0, 1)
    limited = Counter(0, 4, 0, 1)
    assert version_of({"memory", "swap"}, None) == 2
    assert version_of({"memory"}, None) is None
    assert version_of({"memory", "memory+swap"}, used) == 1
    assert version_of({"memory", "memory+swap"}, limited) == 1
    assert version_of({"memory", "memory+swap"}, idle) is None  # up to 5.2 on v2 too


HEAD = "nginx invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0"
USAGE = "memory: usage 100kB, limit 200kB, failcnt 18"
MEMORY = Counter(100 * KB, 200 * KB, 18, 2)


def report(*lines: str, release: str | None = None) -> MemcgReport:
    cpu = [f"CPU: 1 PID: 901 Comm: nginx Not tainted {release} #1"] if release else []
    got = event_of([HEAD, *cpu, *lines]).memcg
    assert got is not None
    return got


def test_before_5_3_the_descendants_are_added_up() -> None:
    got = report(
        USAGE,
        "Memory cgroup stats for /a: cache:4KB rss:8KB",
        "Memory cgroup stats for /a/b: cache:1KB rss:2KB swap:3KB",
        "Memory cgroup stats for /a: cache:4KB rss:8KB",
    )
    assert got == MemcgReport(
        memory=MEMORY, stat=(("cache", 5 * KB), ("rss", 10 * KB), ("swap", 3 * KB)), stat_lines=(3, 4),
        stat_line_of=(("cache", 3), ("rss", 3), ("swap", 4)), stat_path="/a", stat_memcgs=2, lines=(2, 4),
    )  # fmt: skip


def test_a_wrapped_line_of_statistics_goes_on() -> None:
    got = report(USAGE, "Memory cgroup stats for /a:", "cache:4KB rss:8KB", "mapped_file:2KB")
    assert got.stat == (("cache", 4 * KB), ("rss", 8 * KB), ("mapped_file", 2 * KB))
    assert got.stat_lines == (4, 5)


def test_from_5_3_on_one_cgroup_has_a_line_a_key() -> None:
    got = report(
        USAGE,
        "swap: usage 0kB, limit 0kB, failcnt 0",
        "Memory cgroup stats for /a:",
        "anon 4096",
        " file 8192",
        "pgfault 7",
        "Memory cgroup min protection 4kB -- low protection 8kB",
    )
    assert got == MemcgReport(
        memory=MEMORY, swap=Counter(0, 0, 0, 3), version=2, stat=(("anon", 4096), ("file", 8192), ("pgfault", 7)), stat_lines=(5, 7),
        stat_line_of=(("anon", 5), ("file", 6), ("pgfault", 7)), stat_path="/a", min_protection_bytes=4 * KB, low_protection_bytes=8 * KB,
        lines=(2, 7),
    )  # fmt: skip


@pytest.mark.parametrize("total", ["total_rss", "total_cache"])
def test_v1_since_6_5_prints_the_subtree_again_and_that_counts(total: str) -> None:
    keys = ("rss 4096", "cache 4096", "hierarchical_memory_limit 8192", f"{total} 12288", "total_pgfault 3")
    got = report(USAGE, "Memory cgroup stats for /a:", *keys, release="6.12.0")
    want = {"rss": 4096, "cache": 4096, "hierarchical_memory_limit": 8192} | {total[6:]: 12288, "pgfault": 3}
    assert dict(got.stat) == want


def test_a_single_record_that_hit_its_limit_lost_its_last_number() -> None:
    keys = [f"workingset_refault_{n:03d} 1234567" for n in range(40)]

    def cut(release: str, *lines: str) -> tuple[bool, int]:
        got = report(USAGE, "Memory cgroup stats for /a:", *lines, release=release)
        return got.stat_cut, len(got.stat)

    one = "\n".join(keys)  # each line and its newline: 31 bytes
    assert cut("5.10.0", one) == (True, 39)
    assert cut("6.4.0", one) == (True, 39)
    assert cut("6.5.0", one) == (False, 40)
    assert cut("5.10.0", "\n".join(keys[:30])) == (True, 29)  # 930
    assert cut("5.10.0", "\n".join(keys[:29])) == (False, 29)  # 899
    assert cut("5.10.0", *keys) == (False, 40)  # a stamp a line: each was a record


def test_a_key_printed_twice_counts_once() -> None:
    got = report(USAGE, "Memory cgroup stats for /a:", "anon 4096", "file 1", "anon 8192")
    assert (got.stat, got.stat_line_of, got.stat_memcgs) == (
        (("anon", 8192), ("file", 1)),
        (("anon", 4), ("file", 5)),
        1,
    )


def test_a_console_pays_for_the_stamp_of_each_line() -> None:
    keys = [f"workingset_refault_{n:03d} 1234567" for n in range(40)]

    def cut(count: int, seconds: list[float | None], wall: float | None = None) -> tuple[bool, int]:
        head = records_of([HEAD, USAGE, "Memory cgroup stats for /a:"], 1000.0, step=0.0)
        stat = [
            r._replace(monotonic_seconds=at, wall_seconds=wall)
            for r, at in zip(records_of(keys[:count]), seconds, strict=False)
        ]
        (event,) = assemble([*head, *stat]).events
        assert event.memcg is not None
        return event.memcg.stat_cut, len(event.memcg.stat)

    same: list[float | None] = [1000.0] * 40
    assert cut(19, same) == (True, 18)  # 19 lines of 31 bytes and a prefix of 18
    assert cut(18, same) == (False, 18)
    assert cut(40, [1000.0 + n for n in range(40)]) == (False, 40)  # many stamps: many records
    assert cut(40, [None] * 40, wall=5.0) == (False, 40)  # whole seconds do not tell


def test_the_heading_of_a_descendant_opens_no_report_where_its_values_are_wrapped_off() -> None:
    for first in ("cache:4KB rss:8KB", " rss:8KB cache:4KB"):
        got = report(USAGE, "Memory cgroup stats for /a:", first, "Memory cgroup stats for /a/b:", first)
        assert (dict(got.stat), got.stat_memcgs) == ({"cache": 8 * KB, "rss": 16 * KB}, 2)


def test_the_same_heading_twice_is_of_one_report_and_another_cgroups_of_another() -> None:
    block = [HEAD, USAGE, "Memory cgroup stats for /a:", "anon 4096"]
    (event,) = assemble(records_of([*block, "Memory cgroup stats for /a:", "file 1"])).events
    assert event.memcg is not None
    assert event.memcg.stat == (("anon", 4096), ("file", 1))
    found = assemble(
        records_of([*block, "Memory cgroup stats for /b:", "file 1", "Out of memory and no killable processes..."])
    ).events
    assert [e.memcg.stat_path if e.memcg else None for e in found] == ["/a", "/b"]


def test_behind_the_statistics_no_line_is_of_the_trace() -> None:
    for behind in (USAGE, "Memory cgroup stats for /a:", "anon 4096"):
        event = event_of([HEAD, "Call Trace:", behind, " pagefault+0x1/0x2", "anon 1", "shmem 2"])
        assert event.trace == ("Call Trace:",), behind
    assert event.memcg is not None
    assert event.memcg.stat == (("anon", 1), ("shmem", 2))
