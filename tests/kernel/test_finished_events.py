"""What an event takes from several of its lines: the victim's row, the trace's CPU line, the time of the kill, the gaps."""

import pytest
from helpers.kernel_reading import event_of, records_of
from helpers.report_text import CPU, GROUP, HEAD, TABLE, USAGE, kill, row, summary

from kernel.streams import at, events
from oomscope.kernel import OomEvent
from oomscope.kernel.event import Gap, Invoker, Machine, Victim

KB = 1024
OLD_KILL = "Killed process 7 (java) total-vm:200000kB, anon-rss:4kB, file-rss:0kB"
OF_7 = "[      7]    33     7    50000    30000   163840        0           936 java"
DEAD = Victim(7, "java", None, 200000 * KB, 4 * KB, 0, None, None, None, 4, "killed", None, 1000.000021, None)


def victim(*lines: str) -> Victim:
    (got,) = event_of(lines).victims
    return got


def test_what_an_old_kill_line_does_not_print_is_in_the_victims_row() -> None:
    assert victim(HEAD, TABLE, OF_7, OLD_KILL) == DEAD._replace(uid=33, pgtables_bytes=163840, oom_score_adj=936)
    assert victim(HEAD, TABLE, row(8), OLD_KILL) == DEAD


def test_the_kill_line_counts_before_the_row() -> None:
    got = victim(HEAD, TABLE, OF_7, kill().replace("pgtables:160kB", "pgtables:164kB"))
    assert (got.uid, got.pgtables_bytes, got.oom_score_adj) == (0, 164 * KB, 0)


def test_the_uid_may_be_in_the_oom_kill_line() -> None:
    assert victim(HEAD, CPU, summary().replace("uid=0", "uid=5"), OLD_KILL).uid == 5
    assert victim(HEAD, TABLE, OF_7, summary().replace("uid=0", "uid=5"), OLD_KILL).uid == 5
    assert (
        victim(
            HEAD,
            CPU,
            summary(8).replace("uid=0", "uid=5"),
            "Kill process 8 (java) score 9 or sacrifice child",
            OLD_KILL,
        ).uid
        is None
    )


def test_without_a_kill_line_the_oom_kill_line_names_the_victim() -> None:
    want = Victim(7, "java", 0, None, None, None, None, None, None, 3, "oom-kill", None, 1000.000014, None)
    assert victim(HEAD, CPU, summary()) == want
    assert event_of([HEAD, CPU, summary().rsplit(",pid=", 1)[0]]).victims == ()
    at_joint = summary().index(",task=")
    torn = [HEAD, CPU, summary()[:at_joint], summary()[at_joint:]]
    (event,) = events([r._replace(wall_seconds=5.0) for r in records_of(torn)])
    assert event.victims == (want._replace(wall_seconds=5.0),)  # by the line that it begins on


def test_5_4_printed_the_bytes_of_page_tables_and_called_them_kb() -> None:
    def tables(kb: int, vm: int = 200000, rows: tuple[str, ...] = ()) -> int | None:
        return victim(HEAD, CPU, *rows, kill(vm=vm).replace("pgtables:160kB", f"pgtables:{kb}kB")).pgtables_bytes

    assert tables(163840, rows=(TABLE, row(7))) == 163840  # the row has the same number
    assert tables(409600) == 409600  # more than the whole address space, and whole pages if they are bytes
    assert tables(409600, vm=409600) == 409600 * KB
    assert tables(409601) == 409601 * KB
    assert tables(65536, vm=1) == 65536 * KB  # 64 MiB of them can be
    assert tables(69632, vm=1) == 69632


def test_the_invoker_is_the_task_of_the_cpu_line_if_both_have_one_name() -> None:
    want = Invoker("nginx", 901, None, "0xcc0", ("GFP_KERNEL",), 0, 0, None, None, None, None, 1)
    assert event_of([HEAD, CPU, USAGE]).invoker == want
    assert event_of([HEAD, CPU.replace("nginx", "redis"), USAGE]).invoker == want._replace(pid=None)
    assert event_of([HEAD, USAGE]).invoker == want._replace(pid=None)
    assert event_of([HEAD, CPU.replace("PID", "UID: 33 PID"), USAGE]).invoker == want._replace(uid=33)
    placed = event_of([HEAD, CPU, "nginx cpuset=web mems_allowed=0-1", USAGE])
    assert placed.invoker == want._replace(cpuset="web", mems_allowed="0-1")
    assert placed.summary is None
    assert event_of([HEAD, CPU, summary()]).invoker == want._replace(cpuset="/", mems_allowed="0")
    named = event_of([HEAD.replace(", order", ", nodemask=0,2, order"), CPU, USAGE]).invoker
    assert named == want._replace(nodemask="0,2")
    assert event_of([HEAD.replace(", order", ", nodemask=(null), order"), CPU, USAGE]).invoker == want


def test_a_mask_without_names_is_decoded_by_the_release() -> None:
    bare = HEAD.replace("0xcc0(GFP_KERNEL)", "0xd0")

    def flags(*lines: str) -> tuple[str, ...]:
        invoker = event_of([bare, *lines, USAGE]).invoker
        return invoker.gfp_flags if invoker else ()

    assert flags(CPU.replace("6.1.0-28-amd64", "3.10.0")) == ("GFP_KERNEL",)
    assert flags() == ()
    cut = event_of(["nginx invoked oom-killer:", CPU, USAGE]).invoker
    assert cut is not None
    assert (cut.gfp_mask, cut.gfp_flags) == ("", ())


def test_task_in_and_the_cpuset_line_make_one_summary() -> None:
    got = event_of(
        [HEAD, CPU, "nginx cpuset=web mems_allowed=0-1", "Task in /A/B killed as a result of limit of /A", USAGE]
    ).summary
    assert got is not None
    assert (got.cpuset, got.mems_allowed, got.oom_memcg, got.task_memcg) == ("web", "0-1", "/A", "/A/B")


def test_the_machine_is_of_the_cpu_line_and_the_one_after_it() -> None:
    got = event_of([HEAD, CPU, "Hardware name: QEMU Standard PC ", "Call Trace:", " out_of_memory+0x1/0x2", USAGE])
    assert got.machine == Machine("6.1.0-28-amd64", "QEMU Standard PC", "Not tainted")
    assert got.architecture == "x86_64"
    assert (got.page_size_bytes, got.page_size_source) == (4096, "the only one of x86_64")
    assert event_of([HEAD, USAGE]).machine == Machine(None, None, None)


def test_the_time_of_an_event_is_that_of_its_kill() -> None:
    records = [
        r._replace(wall_seconds=5000.0 + n, wall_source="syslog", boot_id="b", host="h")
        for n, r in enumerate(records_of([HEAD, CPU, USAGE, kill()]))
    ]
    (event,) = events(records)
    assert (event.monotonic_seconds, event.wall_seconds, event.wall_source) == (1000.000021, 5003.0, "syslog")
    assert (event.boot_id, event.host, event.lines, event.trust) == ("b", "h", (1, 4), "likely")
    assert event.victims[0].wall_seconds == 5003.0
    (group,) = events(at(10.0, HEAD, CPU, kill()), at(11.0, GROUP, kill(8)))
    assert group.monotonic_seconds == 10.0


BY_HAND = HEAD.replace("order=0", "order=-1")
ASKED = "sysrq: Manual OOM execution"


@pytest.mark.parametrize(
    ("release", "lines", "sysrq"),
    [
        ("6.1.0", (BY_HAND,), True),
        ("6.1.0", (HEAD,), False),
        ("6.1.0", (ASKED, HEAD), False),
        ("4.2.0", (ASKED, HEAD), False),
        ("4.1.0", (ASKED, HEAD), True),  # 4.2 on order is -1
        ("4.1.0", (HEAD,), False),
        (None, (ASKED, HEAD), True),
        (None, (ASKED, "nginx invoked oom-killer: gfp_mask=0xd0"), True),
        (None, ("nginx invoked oom-killer: gfp_mask=0xd0",), False),
    ],
)
def test_who_asked_for_a_kill_by_hand(release: str | None, lines: tuple[str, ...], sysrq: bool) -> None:
    cpu = [CPU.replace("6.1.0-28-amd64", release)] if release else []
    assert event_of([*lines, *cpu, USAGE, kill()]).sysrq is sysrq


LOST = "not in the log"
ONLY = "only the kill line is left: the kernel rate-limits reports, or the log was filtered by level"
STAT = ("Memory cgroup stats for /A:", "anon 4096")
KILL_GAP = Gap("kill", "the line that names the victim is not in the log")
GAPS: list[tuple[tuple[str, ...], list[Gap]]] = [
    ((HEAD, CPU, USAGE, *STAT, TABLE, row(7), kill()), []),
    ((kill(),), [Gap("invocation", ONLY), Gap("memory", ONLY), Gap("tasks", ONLY)]),
    ((USAGE, *STAT, TABLE, row(7), kill()), [Gap("invocation", LOST)]),
    ((HEAD, CPU, TABLE, row(7), kill()), [Gap("memory", LOST)]),
    ((HEAD, CPU, "7 pages RAM", TABLE, row(7), kill()), []),
    ((HEAD, CPU, USAGE, TABLE, row(7), kill()), [Gap("stat", LOST)]),
    ((HEAD, CPU, USAGE, "7 pages RAM", TABLE, row(7), kill()), []),  # up to 3.8 a cgroup prints Mem-Info, no statistics
    ((HEAD, CPU, *STAT, TABLE, row(7), kill()), [Gap("counters", LOST)]),
    ((HEAD, CPU, USAGE, *STAT, kill()), [Gap("tasks", LOST)]),
    ((HEAD, CPU, USAGE, *STAT, row(7), kill()), [Gap("task header", "lost; the columns are inferred from the number of values")]),
    ((HEAD, CPU, USAGE, *STAT, TABLE, row(7)), [KILL_GAP]),
    ((HEAD, CPU, USAGE, *STAT, TABLE, row(7), summary().rsplit(",task=", 1)[0]), [Gap("oom-kill line", "cut"), KILL_GAP]),
    ((HEAD, CPU, USAGE, *STAT, TABLE, row(7), "Out of memory and no killable processes..."), []),
    ((USAGE, *STAT, TABLE, row(7), "Kernel panic - not syncing: System is deadlocked on memory"), []),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "gaps"), GAPS, ids=range(len(GAPS)))
def test_what_the_log_does_not_hold_is_a_gap(lines: tuple[str, ...], gaps: list[Gap]) -> None:
    assert list(event_of(lines).gaps) == gaps


REPORTS = [  # what can only come from an OOM report
    (kill(),), ("Kill process 7 (java) score 9 or sacrifice child",), ("Out of memory and no killable processes...",),
    ("Kernel panic - not syncing: System is deadlocked on memory",), (TABLE, row(7)), (row(7), row(8), row(9)), (summary(),), (USAGE,),
    (HEAD, "7 pages RAM"), (HEAD, CPU), (HEAD, "Call Trace:"), (HEAD, "swap: usage 0kB, limit 0kB, failcnt 0"), (HEAD, "anon 4096"), (HEAD, row(7), row(8), row(9)),
]  # fmt: skip
NONE = [
    (HEAD,),
    (TABLE,),
    (row(7), row(8)),
    ("7 pages RAM",),
    (CPU,),
    ("swap: usage 0kB, limit 0kB, failcnt 0",),
    ("anon 4096",),
    (HEAD, row(7), row(8)),
]


def found(lines: tuple[str, ...]) -> tuple[OomEvent, ...]:
    return events(at(10.0, *lines))


@pytest.mark.parametrize("lines", REPORTS, ids=range(len(REPORTS)))
def test_a_line_that_only_a_report_has_is_a_report(lines: tuple[str, ...]) -> None:
    assert len(found(lines)) == 1


@pytest.mark.parametrize("lines", NONE, ids=range(len(NONE)))
def test_what_other_dumps_have_too_is_none(lines: tuple[str, ...]) -> None:
    assert found(lines) == ()


def test_the_page_size_and_the_signs_of_forgery_see_the_whole_event() -> None:
    arm = CPU.replace("amd64", "arm64")
    unlimited = "swap: usage 0kB, limit 9007199254740976kB, failcnt 0"
    assert event_of([HEAD, arm, USAGE, unlimited]).page_size_bytes == 16384
    pool = "Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=524288kB"
    assert event_of([HEAD, arm, pool]).page_size_bytes == 65536
    large = kill(vm=99999999).replace("anon-rss:4kB", "anon-rss:9999999kB")
    (found_,) = event_of([HEAD, CPU, "Node 0 DMA: 1*4kB = 4kB", "81712 pages RAM", large]).findings
    assert found_[0] == "sizes-impossible"
    assert "machine of 319.2 MiB" in found_[1]


def test_a_syslog_report_is_likely_only_whole() -> None:
    def trust(*lines: str) -> str:
        records = [r._replace(trust="tag", wall_seconds=5000.0) for r in records_of(lines)]
        return events(records)[0].trust

    assert trust(HEAD, TABLE, row(7), kill()) == "likely"
    assert trust(HEAD, TABLE, row(7)) == "tag"
    assert trust(HEAD, CPU, kill()) == "tag"
    assert trust(TABLE, row(7), kill()) == "tag"
