"""The lines that name the dead, in every wording since 2.6.9: mm/oom_kill.c, __oom_kill_process() and its forerunners."""

import pytest

from oomscope.kernel.event import Reaped
from oomscope.kernel.sections.group_line import parse_group
from oomscope.kernel.sections.kill_line import KillLine, parse_killed
from oomscope.kernel.sections.panic_or_no_victims import is_no_killable, parse_panic
from oomscope.kernel.sections.reaper import parse_reaped
from oomscope.kernel.sections.selected_line import SelectLine, parse_selected
from oomscope.kernel.sections.spared import parse_spared
from oomscope.kernel.sections.sysrq import is_refused, is_sysrq_oom

KB = 1024
NODE, MEMCG = "Out of memory", "Memory cgroup out of memory"
SIZES = (160148 * KB, 152960 * KB, 4 * KB)
KILLED = [
    ("Out of memory: Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB, shmem-rss:8kB, UID:33 pgtables:344kB oom_score_adj:-998",
     KillLine(7, "java", 33, NODE, *SIZES, 8 * KB, 344 * KB, -998), 7),
    ("Memory cgroup out of memory: Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB, shmem-rss:8kB, UID:33",
     KillLine(7, "java", 33, MEMCG, *SIZES, 8 * KB), 5),
    ("Out of memory (oom_kill_allocating_task): Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB, shmem-rss:8kB",
     KillLine(7, "java", None, "Out of memory (oom_kill_allocating_task)", *SIZES, 8 * KB), 4),
    ("Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB", KillLine(7, "java", None, None, *SIZES), 3),
    ("Killed process 7 (java), UID 33, total-vm:160148kB, anon-rss:152960kB, file-rss:4kB, shmem-rss:8kB", KillLine(7, "java", 33, None, *SIZES, 8 * KB), 5),
    ("Killed process 7, UID 33, (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB", KillLine(7, "java", 33, None, *SIZES), 4),
    ("Out of memory in UB 105: OOM killed process 7 (java) score 0 vm:160148kB, rss:152960kB, swap:4kB",
     KillLine(7, "java", None, "Out of memory in UB 105", *SIZES[:2]), 2),
    ("killed process 7 (java) score 0 vm:160148kB, rss:152960kB, swap:4kB", KillLine(7, "java", None, None, *SIZES[:2]), 2),
    ("OOM killed process 7 () score 1) score 0 vm:160148kB, rss:152960kB, swap:4kB", KillLine(7, ") score 1", None, None, *SIZES[:2]), 2),
    ("Killed process 7 (java)", KillLine(7, "java", None, None), 0),
    ("Killed process 7 (a)b)", KillLine(7, "a)b", None, None), 0),
    ("Out of Memory: Killed process 7 (java).", KillLine(7, "java", None, "Out of Memory"), 0),
    ("No available memory (MPOL_BIND): Killed process 7 (java)", KillLine(7, "java", None, "No available memory (MPOL_BIND)"), 0),
    ("No available memory in cpuset: Killed process 7 (java)", KillLine(7, "java", None, "No available memory in cpuset"), 0),
    ("Killed process 7 (java), UID 33,", KillLine(7, "java", 33, None), 1),
    ("Killed process 7, UID 33, (java)", KillLine(7, "java", 33, None), 1),
    ("Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-", KillLine(7, "java", None, None, *SIZES[:2]), 2),
    ("Killed process 7 (java) total-", KillLine(7, "java", None, None), 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "want", "goodness"), KILLED, ids=range(len(KILLED)))
def test_a_killed_line_of_any_era(line: str, want: KillLine, goodness: int) -> None:
    got = parse_killed(line)
    assert got == want
    assert got is not None
    assert got.goodness == goodness


@pytest.mark.parametrize(
    "comm",
    [
        ")",
        "a (b)",
        ") total-vm:1kB",
        ") score 9",
        "x, UID 0",
        ", UID 0, (y",
        "x), UID 5",
        "",
        "a\nb",
        "\\x1b[31m\\x0a\\xc3\\xa9x",
    ],
)
def test_a_name_may_hold_the_words_of_the_kill_line(comm: str) -> None:
    line = f"Killed process 7 ({comm}) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB"
    assert parse_killed(line) == KillLine(7, comm, None, None, *SIZES)
    assert parse_killed(
        f"Killed process 7 ({comm}), UID 33, total-vm:160148kB, anon-rss:152960kB, file-rss:4kB"
    ) == KillLine(7, comm, 33, None, *SIZES)


@pytest.mark.parametrize(
    "line",
    [
        "app: Killed process 7 (java) total-vm:160148kB",
        "Kill process 7 (java) score 9 or sacrifice child",
        "killed process 7 (java) total-vm:160148kB",  # no kernel begins so
        "Killed process 7 (a name of sixteen) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB",
        "Killed process 7 (a name of sixteen)",
        "Killed process (java)",
    ],
)
def test_what_no_kernel_prints_is_no_kill_line(line: str) -> None:
    assert parse_killed(line) is None


def test_a_size_that_no_machine_has_is_not_in_the_log() -> None:
    got = parse_killed(
        "Killed process 7 (java) total-vm:18014398509481984kB, anon-rss:18014398509481983kB, file-rss:0kB"
    )
    assert got == KillLine(7, "java", None, None, None, (18014398509481983) << 10, 0)


SELECTED = [
    ("Out of memory: Kill process 7 (java) score 16 or sacrifice child", SelectLine(7, "java", 16, NODE, False), 2),
    ("Memory cgroup out of memory: Kill process 7 (java) score -3 or sacrifice child", SelectLine(7, "java", -3, MEMCG, False), 2),
    ("Out of memory: kill process 7 (java) score 16 or a child", SelectLine(7, "java", 16, NODE, False), 2),
    ("Kill process 7 (java) score 0 or", SelectLine(7, "java", 0, "", False), 2),
    ("Kill process 7 (java)", SelectLine(7, "java", None, "", False), 1),
    ("Kill process 7 (java) sharing same memory", SelectLine(7, "java", None, "", True), 1),
]  # fmt: skip


@pytest.mark.parametrize(("line", "want", "goodness"), SELECTED, ids=range(len(SELECTED)))
def test_the_choice_before_5_1(line: str, want: SelectLine, goodness: int) -> None:
    got = parse_selected(line)
    assert got == want
    assert got is not None
    assert got.goodness == goodness


def test_a_kill_is_no_choice() -> None:
    assert parse_selected("Killed process 7 (java)") is None
    assert parse_selected("Kill process 7 (java) and more") is None


def test_the_group_line_names_a_path_of_any_bytes() -> None:
    assert parse_group("Tasks in /a b, c are going to be killed due to memory.oom.group set") == "/a b, c"
    assert parse_group("Tasks in /a are going to be killed") == "/a"
    assert parse_group("Tasks in /a are waiting") is None


def test_the_reaper_says_what_is_left_or_that_it_failed() -> None:
    done = "oom_reaper: reaped process 7 (java), now anon-rss:4kB, file-rss:8kB"
    assert parse_reaped(f"{done}, shmem-rss:12kB", 3) == Reaped(7, "java", 4 * KB, 8 * KB, 12 * KB, done=True, line=3)
    assert parse_reaped(done, 3) == Reaped(7, "java", 4 * KB, 8 * KB, None, done=True, line=3)
    failed = Reaped(7, "java", None, None, None, done=False, line=3)
    assert parse_reaped("oom_reaper: unable to reap pid:7 (java)", 3) == failed
    assert parse_reaped("oom_reaper: giving up pid:7 (java)", 3) == failed  # 4.7
    assert parse_reaped("oom_reaper: reaped", 3) is None


def test_a_panic_and_the_line_that_ends_it_say_the_same() -> None:
    words = "Out of memory: system-wide panic_on_oom is enabled"
    assert parse_panic(f"Kernel panic - not syncing: {words}") == words
    assert parse_panic(f"---[ end Kernel panic - not syncing: {words} ]---") == words
    assert parse_panic("Kernel panic - not syncing: System is deadlocked on memory") == "System is deadlocked on memory"
    old = "out of memory. panic_on_oom is selected"
    assert parse_panic(f"Kernel panic - not syncing: {old} ") == old
    assert parse_panic("Kernel panic - not syncing: Fatal exception") is None


def test_what_the_kernel_says_where_it_kills_nobody() -> None:
    exiting = "Out of memory: OOM victim 70 (java) is already exiting. Skip killing the task"
    assert parse_spared(f"{exiting} ") == exiting
    assert parse_spared("Would have killed process 70 (java). But continuing instead.") is not None
    assert parse_spared("OOM victim 70 is well") is None
    assert is_no_killable("Out of memory and no killable processes...")
    assert not is_no_killable("and no killable processes...")


@pytest.mark.parametrize(
    "line", ["sysrq: Manual OOM execution", "SysRq : Manual OOM execution", "sysrq: SysRq : Manual OOM execution"]
)
def test_sysrq_f_in_three_wordings(line: str) -> None:
    assert is_sysrq_oom(line)
    assert not is_refused(line)


def test_sysrq_f_that_found_nobody() -> None:
    assert is_refused("sysrq: OOM request ignored. No task eligible")
    assert is_refused("sysrq: OOM request ignored because killer is disabled")
    assert not is_sysrq_oom("sysrq: Show Memory")


DAMAGED = [
    ("Out of memory: Killed process  7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB",
     KillLine(7, "java", None, NODE, *SIZES)),
    ("Out of memory: Killed process 7 (java) total-vm:160148kB anon-rss:152960kB", KillLine(7, "java", None, NODE, *SIZES[:2], is_damaged=True)),
    ("Out of memory: Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, ... oom_score_adj:200",
     KillLine(7, "java", None, NODE, *SIZES[:2], oom_score_adj=200, is_damaged=True)),
    ("Out of memory: Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB, shmem-rss:8kB, UID:33, oom_score_adj:200",
     KillLine(7, "java", 33, NODE, *SIZES, 8 * KB, oom_score_adj=200, is_damaged=True)),
    # what was read in one piece counts before what stands behind it
    ("Killed process 7 (java) total-vm:160148kB, anon-rss:152960kB, file-rss:4kB; anon-rss:1kB UID:5", KillLine(7, "java", 5, None, *SIZES, is_damaged=True)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "want"), DAMAGED, ids=range(len(DAMAGED)))
def test_commas_may_be_lost_or_added_and_sizes_elided(line: str, want: KillLine) -> None:
    assert parse_killed(line) == want
