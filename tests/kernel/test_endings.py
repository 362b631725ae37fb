"""What ends a report other than a kill, and what announces one: panics, nobody to kill, a victim spared, SysRq-f."""

from helpers.report_text import CPU, HEAD, NOBODY, USAGE, kill, row, summary

from kernel.streams import REPORT, at, events, victims_and_lines

DEADLOCK = "Kernel panic - not syncing: System is deadlocked on memory"
PANIC = "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled"


def test_a_panic_or_nobody_to_kill_ends_a_report() -> None:
    (event,) = events(at(10.0, HEAD, CPU, USAGE, NOBODY))
    assert (event.no_killable, event.panic, event.gaps[-1].section) == (True, None, "tasks")
    (event,) = events(at(10.0, HEAD, CPU, USAGE, NOBODY, DEADLOCK, f"---[ end {DEADLOCK} ]---"))
    assert (event.no_killable, event.panic) == (True, "System is deadlocked on memory")
    (event,) = events(at(10.0, HEAD, CPU, USAGE, PANIC))
    assert (event.no_killable, event.panic) == (False, "Out of memory: compulsory panic_on_oom is enabled")
    (event,) = events(at(10.0, DEADLOCK))
    assert (event.no_killable, event.panic) == (True, "System is deadlocked on memory")
    assert victims_and_lines(events(at(10.0, *REPORT, PANIC))) == [([7], [1, 2, 3, 4, 5]), ([], [6])]
    assert victims_and_lines(events(at(10.0, HEAD, CPU, NOBODY, kill()))) == [([], [1, 2, 3]), ([7], [4])]


def test_a_panic_on_another_cpu_belongs_to_the_report_of_the_last_five_seconds() -> None:
    report = at(10.0, HEAD, CPU, NOBODY, caller="T1")
    reset = at(10.0, HEAD.replace("nginx", "redis"), CPU, NOBODY, caller="T1")
    for seconds, panics in (
        (14.9, [True, False]),
        (10.0, [True, False]),
        (15.0, [False, False, True]),
        (9.9, [False, False, True]),
    ):
        found = events(report, reset, at(seconds, DEADLOCK, caller="T2"))
        assert [e.panic is not None for e in found] == panics, seconds
    elsewhere = events(report, reset, at(11.0, DEADLOCK, host="b"))
    assert [e.panic is not None for e in elsewhere] == [False, False, True]


EXITING = "Memory cgroup out of memory: OOM victim 7 (java) is already exiting. Skip killing the task"


def test_a_victim_that_is_already_exiting_is_spared() -> None:
    (event,) = events(at(10.0, HEAD, CPU, summary(), EXITING))
    assert (event.spared, event.victims, event.monotonic_seconds) == (EXITING, (), 10.0)
    assert [g.section for g in event.gaps] == ["memory", "tasks"]
    (event,) = events(at(10.0, HEAD, CPU, summary()), at(10.5, EXITING))
    assert event.monotonic_seconds == 10.5
    (killed,) = events(at(10.0, *REPORT, EXITING))
    assert killed.spared is None
    assert events(at(10.0, EXITING)) == ()


ASKED = "sysrq: Manual OOM execution"


def test_sysrq_f_belongs_to_the_report_of_the_next_five_seconds_on_any_cpu() -> None:
    by_hand = HEAD.replace("order=0", "order=-1")

    def asked(seconds: float, *between: str, head: str = by_hand, host: str | None = None) -> tuple[bool, list[str]]:
        (event,) = events(
            at(10.0, ASKED, *between, caller="T7"),
            at(seconds, head, CPU, row(7), row(8), row(9), kill(), caller="T1", host=host),
        )
        return event.sysrq, [name for name, _, _ in event.findings]

    assert asked(15.0) == (True, ["asked-by"])
    assert asked(15.1) == (True, [])
    assert asked(9.9) == (True, [])
    assert asked(10.0, host="b") == (True, [])
    assert asked(10.0, "sysrq: OOM request ignored. No task eligible") == (True, [])
    assert asked(10.0, head=HEAD) == (False, ["asked-by"])  # 4.2 on print order -1
    two = events(at(10.0, ASKED, by_hand, CPU, kill()), at(11.0, by_hand, CPU, kill(8)))
    assert [e.sysrq for e in two] == [True, True]


def test_without_a_clock_nothing_is_said_about_the_report_before() -> None:
    bare = [r._replace(monotonic_seconds=None) for r in at(0.0, DEADLOCK, caller="T2")]
    assert len(events(at(10.0, HEAD, CPU, NOBODY, HEAD, CPU, NOBODY, caller="T1"), bare)) == 3
    asked = at(10.0, ASKED, caller="T7")
    unstamped = [r._replace(monotonic_seconds=None) for r in at(0.0, HEAD.replace("order=0", "order=-1"), CPU, kill())]
    (event,) = events(asked, unstamped)
    assert [name for name, _, _ in event.findings] == ["asked-by"]
