"""Which line belongs to which report: by caller, by what a report holds once, and by time."""

from collections.abc import Iterable

from helpers.kernel_reading import event_of, numbers_of, records_of
from helpers.report_text import CPU, GROUP, HEAD, NOBODY, TABLE, USAGE, kill, row, summary

from kernel.streams import REPORT, at, events, numbered, victims_and_lines
from oomscope.kernel import assemble
from oomscope.kernel.event import Gap, Reaped, Selected
from oomscope.read.record import Record


def test_each_caller_has_a_report_of_its_own() -> None:
    a, b = at(10.0, *REPORT, caller="T1"), at(10.0, *(t.replace("7", "8") for t in REPORT), caller="T2")
    mixed = [r for pair in zip(a, b, strict=True) for r in pair]
    assert victims_and_lines(events(mixed)) == [([7], [1, 3, 5, 7, 9]), ([8], [2, 4, 6, 8, 10])]


def test_each_host_and_each_boot_has_too() -> None:
    for field in ("host", "boot_id"):
        a, b = at(10.0, HEAD, USAGE, **{field: "a"}), at(10.0, kill(), **{field: "b"})
        assert victims_and_lines(events(a, b)) == [([], [1, 2]), ([7], [3])]


def test_a_kill_two_minutes_later_is_another_report() -> None:
    assert victims_and_lines(events(at(10.0, HEAD, USAGE), at(130.0, kill()))) == [([7], [1, 2, 3])]
    assert victims_and_lines(events(at(10.0, HEAD, USAGE), at(130.1, kill()))) == [([], [1, 2]), ([7], [3])]


def test_a_clock_that_goes_back_more_than_a_second_is_another_boot() -> None:
    assert victims_and_lines(events(at(10.0, HEAD, USAGE), at(9.0, kill()))) == [([7], [1, 2, 3])]
    assert victims_and_lines(events(at(10.0, HEAD, USAGE), at(8.9, kill()))) == [([], [1, 2]), ([7], [3])]


def test_a_first_line_opens_a_report_and_the_same_line_twice_does_not() -> None:
    assert victims_and_lines(events(at(10.0, HEAD, HEAD, CPU, kill()))) == [([7], [1, 2, 3, 4])]
    assert victims_and_lines(events(at(10.0, HEAD, CPU), at(10.1, HEAD, CPU, kill()))) == [
        ([], [1, 2]),
        ([7], [3, 4, 5]),
    ]
    assert victims_and_lines(events(at(10.0, HEAD, CPU, HEAD.replace("nginx", "redis"), CPU, kill()))) == [
        ([], [1, 2]),
        ([7], [3, 4, 5]),
    ]
    unstamped = [r._replace(monotonic_seconds=None) for r in at(0.0, HEAD, CPU, HEAD, CPU, kill())]
    assert victims_and_lines(events(unstamped)) == [([], [1, 2]), ([7], [3, 4, 5])]


def test_a_first_line_alone_is_a_quotation() -> None:
    found = assemble(records_of([HEAD]))
    assert found.events == ()
    assert [(t.line, t.text, t.reason) for t in found.text_findings] == [
        (1, HEAD, "nothing that the kernel prints after this line follows it")
    ]
    assert assemble(records_of(["eth0: link up"])).text_findings == ()


def test_a_program_that_quotes_a_first_line_inside_a_report_opens_none() -> None:
    quoted = f"app: {HEAD.replace('nginx', 'java')}"
    found = assemble(records_of([HEAD, CPU, quoted, "a", "b", "c", USAGE, kill()]))
    assert victims_and_lines(found.events) == [([7], [1, 2, 7, 8])]
    reason = "inside another report, and nothing that the kernel prints after this line follows it"
    assert [(t.line, t.text, t.reason) for t in found.text_findings] == [(3, quoted, reason)]
    for gap in ([], ["a"], ["a", "b"]):  # one of the next three lines is what the kernel prints after it
        assert len(assemble(records_of([HEAD, CPU, quoted, *gap, CPU, kill()])).events) == 2


def test_what_is_there_already_opens_another_report() -> None:
    other = USAGE.replace("4kB", "8kB")
    assert victims_and_lines(events(at(10.0, HEAD, USAGE, USAGE, kill()))) == [([7], [1, 2, 3, 4])]
    assert victims_and_lines(events(at(10.0, HEAD, USAGE, other, kill()))) == [([], [1, 2]), ([7], [3, 4])]
    assert victims_and_lines(events(at(10.0, HEAD, CPU, summary(), summary(), kill()))) == [([7], [1, 2, 3, 4, 5])]
    assert victims_and_lines(events(at(10.0, HEAD, CPU, summary(8), summary(), kill()))) == [
        ([8], [1, 2, 3]),
        ([7], [4, 5]),
    ]
    table = at(10.0, TABLE, row(7))
    assert victims_and_lines(events(at(10.0, HEAD), table, table, at(10.0, kill()))) == [([7], [1, 2, 3, 4, 5, 6])]
    assert victims_and_lines(events(at(10.0, HEAD), table, at(10.5, TABLE, row(8), kill(8)))) == [
        ([], [1, 2, 3]),
        ([8], [4, 5, 6]),
    ]


def test_after_a_kill_the_next_line_of_a_report_opens_one() -> None:
    for later in (USAGE, summary(8), "Task in /A killed as a result of limit of /A", kill(8)):
        found = events(at(10.0, *REPORT, later))
        assert [lines for _, lines in victims_and_lines(found)] == [[1, 2, 3, 4, 5], [6]], later


def test_the_same_kill_twice_is_one_and_a_pid_that_dies_again_is_two() -> None:
    assert victims_and_lines(events(at(10.0, *REPORT, kill()))) == [([7], [1, 2, 3, 4, 5, 6])]
    assert victims_and_lines(events(at(10.0, *REPORT), at(10.5, kill()))) == [([7], [1, 2, 3, 4, 5]), ([7], [6])]
    assert victims_and_lines(events(at(10.0, *REPORT, kill(vm=1)))) == [([7], [1, 2, 3, 4, 5]), ([7], [6])]
    unstamped = [r._replace(monotonic_seconds=None) for r in at(0.0, *REPORT, kill())]
    assert victims_and_lines(events(unstamped)) == [([7], [1, 2, 3, 4, 5]), ([7], [6])]


def test_a_group_dies_with_its_first_victim_named_again() -> None:
    found = events(at(10.0, *REPORT, GROUP), at(10.25, kill()), at(40.25, kill(8, "sh")), at(70.5, kill(9)))
    assert victims_and_lines(found) == [([7, 8], [1, 2, 3, 4, 5, 6, 7, 8]), ([9], [9])]
    assert [(v.pid, v.comm, v.group, v.line) for v in found[0].victims] == [(7, "java", False, 5), (8, "sh", True, 8)]
    assert [e.oom_group for e in found] == ["/A", None]
    assert found[0].monotonic_seconds == 10.0


def test_a_group_line_that_is_wrapped_takes_its_tail() -> None:
    words = "Tasks in /A are going to be killed"
    for head, tail in ((f"{words} due", "to memory.oom.group set"), (words, "to memory.oom.group set")):
        (event,) = events(at(10.0, *REPORT), [r._replace(monotonic_seconds=None) for r in at(0.0, head, tail)])
        assert (event.oom_group, numbers_of(event), event.unknown) == ("/A", [1, 2, 3, 4, 5, 6, 7], ())
    (whole,) = events(at(10.0, *REPORT, GROUP, "to memory.oom.group belongs more"))
    assert numbers_of(whole) == [1, 2, 3, 4, 5, 6]


REAPED = "oom_reaper: reaped process 7 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:4kB"
FAILED = "oom_reaper: unable to reap pid:7 (java)"


def test_the_reaper_finds_its_victim_in_an_open_report_a_finished_one_or_none() -> None:
    done = Reaped(7, "java", 0, 0, 4096, done=True, line=6)
    (event,) = events(at(10.0, *REPORT), at(12.0, REAPED, caller="T2"))
    assert event.victims[0].reaped == done
    assert numbers_of(event)[-1] == 6
    later = (*(t.replace("7", "8") for t in REPORT), REAPED)
    first, second = events(at(10.0, *REPORT), at(11.0, *later))
    assert first.victims[0].reaped == done._replace(line=11)
    assert second.victims[0].reaped is None
    assert numbers_of(first)[-1] == 11
    assert numbers_of(second)[-1] == 10
    orphan = assemble(numbered(at(10.0, *REPORT, host="a"), at(12.0, REAPED, host="b")))
    assert orphan.orphan_reaps == (done,)
    assert orphan.events[0].victims[0].reaped is None


def test_a_reaper_that_failed_may_succeed_and_not_the_other_way_round() -> None:
    (event,) = events(at(10.0, *REPORT, FAILED, REAPED, FAILED))
    assert event.victims[0].reaped == Reaped(7, "java", 0, 0, 4096, done=True, line=7)
    (event,) = events(at(10.0, *REPORT, FAILED))
    assert event.victims[0].reaped == Reaped(7, "java", None, None, None, done=False, line=6)
    (event,) = events(at(10.0, *REPORT, GROUP, kill(8, "sh"), REAPED.replace("process 7", "process 8")))
    assert [v.reaped.line if v.reaped else None for v in event.victims] == [None, 8]


SELECTED = "Memory cgroup out of memory: Kill process 7 (java) score 9 or sacrifice child"
OLD_KILL = "Killed process {} ({}) total-vm:200000kB, anon-rss:4kB, file-rss:0kB"


def test_a_child_may_die_in_place_of_the_chosen() -> None:
    (event,) = events(at(10.0, HEAD, CPU, summary(), SELECTED, OLD_KILL.format(8, "sh")))
    assert event.selected == Selected(7, "java", 9, 4, "Memory cgroup out of memory")
    assert [v.pid for v in event.victims] == [8]
    assert victims_and_lines(events(at(10.0, HEAD, CPU, SELECTED, SELECTED, OLD_KILL.format(7, "java")))) == [
        ([7], [1, 2, 3, 4, 5])
    ]
    other = SELECTED.replace("7", "9")
    assert victims_and_lines(events(at(10.0, HEAD, CPU, other, SELECTED, OLD_KILL.format(7, "java")))) == [
        ([], [1, 2, 3]),
        ([7], [4, 5]),
    ]
    sharing = "Kill process 12 (sh) sharing same memory"
    (event,) = events(at(10.0, HEAD, CPU, SELECTED, sharing, OLD_KILL.format(7, "java")))
    assert event.selected is not None
    assert event.selected.pid == 7


def test_from_5_1_on_another_victim_is_another_report_unless_it_is_a_thread_of_the_chosen() -> None:
    def of(*lines: str) -> list[list[int]]:
        return [victims for victims, _ in victims_and_lines(events(at(10.0, HEAD, CPU, *lines)))]

    assert of(summary(), kill(8)) == [[8]]  # the next line, of the same name: a thread
    assert of(summary(), kill(8, "sh")) == [[7], [8]]
    assert of(summary(), "a word", kill(8)) == [[7], [8]]
    assert of(TABLE, row(7), row(8, 7), summary(), kill(8, "worker")) == [[8]]  # its row says whose thread it is
    assert of(TABLE, row(7), row(8), summary(), kill(8)) == [[7], [8]]
    cut = summary().rsplit(",pid=", 1)[0]
    assert of(cut, kill(8, "sh")) == [[8]]


def test_events_come_in_the_order_in_which_their_reports_began() -> None:
    a, b = at(10.0, HEAD, USAGE, caller="T1"), at(10.0, *REPORT, HEAD, USAGE, caller="T2")
    assert victims_and_lines(events(a, b, at(10.0, kill(9), caller="T1"))) == [
        ([9], [1, 2, 10]),
        ([7], [3, 4, 5, 6, 7]),
        ([], [8, 9]),
    ]


def test_behind_the_trace_no_line_is_of_it() -> None:
    frame = " pagefault+0x1/0x2"
    for behind in (
        "Mem-Info:",
        "Tasks state (memory values in pages):",
        TABLE,
        row(7),
        summary(),
        "Kill process 7 (x) score 1 or sacrifice child",
        NOBODY,
    ):
        event = events(at(10.0, HEAD, "Call Trace:", behind, frame))[0]
        assert event.trace == ("Call Trace:",), behind


def test_two_hundred_lines_that_nobody_knows_are_enough() -> None:
    event = events(at(10.0, HEAD, USAGE, *(f"line {n}" for n in range(300)), kill()))[0]
    assert [text for _, text in event.unknown] == [f"line {n}" for n in range(200)]


def test_what_nobody_knows_inside_a_report_is_kept_apart() -> None:
    event = event_of([HEAD, CPU, USAGE, "eth0: link up", " ", kill(), "after the report"])
    assert event.unknown == ((4, "eth0: link up"),)
    assert numbers_of(event) == [1, 2, 3, 6]


def test_the_lines_of_a_report_are_kept_as_runs_in_the_order_of_the_log() -> None:
    event = event_of([HEAD, CPU, USAGE, "eth0: link up", kill(), "after the report"])
    assert event.line_runs == ((1, 3), (5, 5))
    first, second = events(at(10.0, *REPORT), at(11.0, *(t.replace("7", "8") for t in REPORT), REAPED))
    assert (first.line_runs, second.line_runs) == (((1, 5), (11, 11)), ((6, 10),))
    newest_first = [r._replace(line=9 - n, last_line=9 - n) for n, r in enumerate(at(10.0, *REPORT))]
    assert assemble(newest_first).events[0].line_runs == ((5, 9),)
    spread = [r._replace(line=10 * n, last_line=10 * n + 2) for n, r in enumerate(at(10.0, HEAD, CPU, kill()), 1)]
    assert assemble(spread).events[0].line_runs == ((10, 12), (20, 22), (30, 32))


def test_a_part_that_is_too_long_to_keep_is_a_gap() -> None:
    event = events(at(10.0, HEAD, USAGE, *(f"line {n}" for n in range(201)), kill()))[0]
    assert event.gaps[-1] == Gap(
        "unknown lines", "more than 200 lines inside the report were not understood; the first are listed"
    )
    frames = [f" frame_{n}+0x1/0x2" for n in range(2001)]
    event = events(at(10.0, HEAD, CPU, *frames, kill()))[0]
    assert (len(event.trace), event.gaps[-1].section) == (2000, "trace")


def test_a_report_is_handed_out_as_soon_as_no_later_line_can_add_to_it() -> None:
    handed_out: list[int] = []

    def records() -> Iterable[Record]:
        for n in range(600):
            yield from at(10.0 + n, HEAD, CPU, kill(n + 1), *([REAPED.replace("7", str(n + 1))] if n >= 300 else []))
            waiting.append(n - len(handed_out))

    waiting: list[int] = []
    for event in assemble(records()):
        handed_out.append(event.victims[0].pid)
    assert handed_out == list(range(1, 601))
    assert max(waiting) <= 203  # 200 wait for a reaper that may still come
    assert waiting[-1] <= 203


def test_reports_of_many_callers_do_not_pile_up() -> None:
    parts = [at(10.0 + n, HEAD, CPU, kill(n + 1), caller=f"T{n}") for n in range(1000)]
    streamed = [e.victims[0].pid for e in assemble(numbered(*parts))]
    assert streamed == list(range(1, 1001))
