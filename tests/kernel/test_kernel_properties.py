"""What holds for every report, however it is cut, mixed or spelled."""

import sys
from dataclasses import replace

import pytest
from helpers.kernel_reading import assembly_of, bare, events_of, facts, records_of
from helpers.report_text import ALL, Report, Row
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope import killers
from oomscope.incident import build_incidents
from oomscope.kernel import assemble
from oomscope.killers import KillerWatch
from oomscope.read import Record

fast = settings(max_examples=60, deadline=None, derandomize=True)
reports = st.sampled_from(ALL)
comms = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r\n"), min_size=1, max_size=15
).filter(lambda s: len(s.encode()) <= 15 and s == s.strip())
FOREIGN = [
    "eth0: link becomes ready", "systemd[1]: Started Session 4 of User root.", "audit: type=1400 apparmor=\"DENIED\"",
    "TCP: request_sock_TCP: Possible SYN flooding", "oom_reaper: reaped process 99 (other), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
]  # fmt: skip
WORDS = [
    "Killed process ", "oom-kill:constraint=", "invoked oom-killer: ", "7", " (", ")", " total-vm:1kB", ", UID:0", ",task=", ",pid=1",
    ",uid=0", ",oom_memcg=/a", ",task_memcg=/a", "memory: usage 1kB, limit 1kB, failcnt 0", "[  7]", " 0 7 1 1 1 0 0 a", "\n", " ", "Task in /a",
    "Memory cgroup stats for /a:", "anon 1", "Tasks in /a are going to be killed", "oom_reaper: ", "Kernel panic - not syncing: Out of memory",
    "[  pid  ]   uid  tgid total_vm      rss", "Mem-Info:", "Node 0 DMA free:1kB", "Out of memory: ", "\ud800", "\udcff", "\x1b",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=8).map("".join), max_size=12))
@fast
def test_any_text_is_read_without_an_exception(texts: list[str]) -> None:
    records = records_of(texts)
    assembly = assemble(records)
    build_incidents((0, 0, event) for event in assembly.events)
    KillerWatch().look(b"".join(word for word in killers.MARKERS), records)


@given(reports, st.data())
@fast
def test_any_part_of_a_report_says_nothing_that_the_whole_does_not(report: Report, data: st.DataObject) -> None:
    lines = report.lines()
    first = data.draw(st.integers(0, len(lines)))
    last = data.draw(st.integers(first, len(lines)))
    whole = facts(assemble(records_of(lines)).events[0])
    for event in assemble(records_of(lines[first:last], first=first + 1)).events:
        part = facts(event)
        for key in ("pid", "comm", "usage", "limit", "free_swap", "release"):
            assert part[key] in (None, "", whole[key]), key
        assert set(part["pids"]) <= set(whole["pids"])


@given(reports, st.lists(st.tuples(st.integers(0, 60), st.sampled_from(FOREIGN)), max_size=5))
@fast
def test_foreign_lines_change_nothing(report: Report, foreign: list[tuple[int, str]]) -> None:
    records = records_of(report.lines())
    mixed = list(records)
    for at, text in foreign:
        at = min(at, len(mixed) - 1)
        mixed.insert(at, mixed[at]._replace(text=text))
    (event,) = assemble(records).events
    (again,) = assemble(mixed).events
    assert bare(again) == bare(event)


@given(reports, st.sets(st.integers(0, 60), max_size=8))
@fast
def test_doubled_lines_change_nothing(report: Report, doubled: set[int]) -> None:
    records = records_of(report.lines())
    (event,) = assemble(records).events
    (again,) = assemble([r for n, r in enumerate(records) for _ in range(1 + (n in doubled))]).events
    assert bare(again) == bare(event)


@given(reports)
@fast
def test_splitting_records_at_their_newlines_changes_nothing(report: Report) -> None:
    records = records_of(report.lines())
    split = [r._replace(text=part) for r in records for part in r.text.split("\n")]
    (event,) = assemble(records).events
    (again,) = assemble(split).events
    assert bare(again) == bare(event)


@given(st.lists(st.booleans(), min_size=10, max_size=80))
@fast
def test_two_callers_may_interleave_in_any_way(turns: list[bool]) -> None:
    a = records_of(Report(era="6.12").lines(), caller="T1")
    b = records_of(Report(era="6.12", memcg=False, victim=4712, invoker="redis").lines(), caller="T2")
    alone = [bare(assemble(r).events[0]) for r in (a, b)]
    mixed: list[Record] = []
    left = {True: list(a), False: list(b)}
    for turn in turns:
        if left[turn]:
            mixed.append(left[turn].pop(0))
    mixed += left[True] + left[False]
    events = [bare(e) for e in assemble(mixed).events]
    assert sorted(events, key=lambda e: e.victims[0].pid) == sorted(alone, key=lambda e: e.victims[0].pid)


@given(comms, reports)
@fast
def test_no_process_name_changes_who_died(comm: str, report: Report) -> None:
    named = replace(report, rows=(Row(901, "sh", 300), Row(4711, comm, 30_000, adj=936)))
    (event,) = assemble(records_of(named.lines())).events
    assert [(v.pid, v.comm) for v in event.victims] == [(4711, comm)]
    if report.version >= (2, 6, 32):
        assert event.tasks is not None
        assert [t.pid for t in event.tasks.tasks] == [901, 4711]
    if event.summary is not None and report.memcg:
        assert (event.summary.oom_memcg, event.summary.task_memcg) == (report.oom_memcg, report.task_memcg)


@given(comms)
@fast
def test_no_invokers_name_opens_a_second_report(comm: str) -> None:
    (event,) = assemble(records_of(replace(Report(), invoker=comm).lines())).events
    assert event.invoker is not None
    assert event.invoker.comm == comm


ADVERSARIAL = [
    "oom-kill:constraint=A" + ",task_memcg=/a" * 200,
    "oom-kill:constraint=A,nodemask=" + "0," * 400,
    "oom-kill:constraint=A,cpuset=" + ",mems_allowed=0" * 200,
    "Killed process 7 (" + ") total-vm:1kB" * 200,
    "Killed process 7 (" + "(" * 900 + ")" * 900,
    "x invoked oom-killer: gfp_mask=0x1(" + "A|" * 600,
    "Task in /a" + " killed as a result of limit of /a" * 100,
    "Memory cgroup stats for /" + ": " * 900,
    "[ 7]" + " 1" * 900,
    "[  pid  ]   uid  tgid" + " a" * 900,
    "CPU: 1 PID: 7 Comm: " + "Not tainted " * 150,
    "Node 0 DMA free:" + "1kB min:" * 300,
    "Node 0 DMA: " + "1*4kB " * 300,
    "oom_reaper: reaped process 7 (" + "), now anon-rss:" * 120,
    " " * 1800 + "x",
    "a" * 1800 + " cpuset=",
]


@pytest.mark.usefixtures("must_end")
@pytest.mark.parametrize("line", ADVERSARIAL, ids=lambda s: s[:24].strip() or "blanks")
def test_reading_a_long_line_ends(line: str) -> None:
    list(assemble(records_of(["x invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0", line * 400])))


def calls_for_a_report_of(tasks: int) -> int:
    """How many functions are called to read a report with that many tasks, built-in ones among them."""
    rows = tuple(Row(1000 + n, f"worker/{n}", n) for n in range(tasks))
    records = records_of(replace(Report(era="6.12", memcg=False), rows=rows, victim=1001).lines())
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        (found,) = assemble(records).events
    finally:
        sys.setprofile(before)
    assert found.tasks is not None
    assert len(found.tasks.tasks) == tasks
    return calls


def test_a_row_of_a_long_report_costs_what_one_of_a_short_report_costs() -> None:
    calls_for_a_report_of(50)  # compiles the patterns
    short, long = calls_for_a_report_of(500), calls_for_a_report_of(5_000)
    assert long < 11 * short


@given(reports, st.sampled_from(["dmesg", "console"]))
@fast
def test_stamps_decide_nothing_about_what_is_read(report: Report, shape: str) -> None:
    text = getattr(report, shape)()
    bald = "".join(line[15:] for line in text.splitlines(keepends=True))
    assert [facts(e) for e in events_of(bald)] == [facts(e) for e in events_of(text)]
    assert not assembly_of(text).text_findings
