"""The line that says whose limit it was: `oom-kill:` from 5.0 on, "Task in A killed as a result of limit of B" before."""

import pytest
from helpers.kernel_reading import event_of, numbers_of, records_of

from oomscope.kernel import assemble
from oomscope.kernel.event import Summary
from oomscope.kernel.sections.cgroup_paths import MAX_READINGS
from oomscope.kernel.sections.oom_kill_line import parse_summary
from oomscope.kernel.sections.task_in_line import parse_task_in

MEMCG = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=C,mems_allowed=0,oom_memcg=/A,task_memcg=/A/B,task=php,pid=27190,uid=33"
NODE = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/x,task=java,pid=1,uid=-1"
AT = (7, 9)
OF_MEMCG = Summary(
    "CONSTRAINT_MEMCG", None, "C", "0", "/A", "/A/B", False, "php", 27190, 33, AT, ambiguous=False, complete=True
)
OF_NODE = Summary(
    "CONSTRAINT_NONE", None, "/", "0-1", None, "/x", True, "java", 1, -1, AT, ambiguous=False, complete=True
)


def test_a_cgroups_line_and_a_nodes_line() -> None:
    assert parse_summary(MEMCG, AT) == OF_MEMCG
    assert parse_summary(NODE, AT) == OF_NODE
    assert OF_NODE.goodness == 100
    assert parse_summary("Memory cgroup out of memory", AT) is None


def test_what_configurations_leave_out() -> None:
    head = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)"
    tail = ",task=java,pid=1,uid=0"
    plain = Summary("CONSTRAINT_NONE", None, None, None, None, None, None, "java", 1, 0, AT)
    assert parse_summary(head + tail, AT) == plain  # neither cpusets nor memory cgroups
    assert parse_summary(head + ",task_memcg=/x" + tail, AT) == plain._replace(task_memcg="/x")
    assert parse_summary(head + ",global_oom" + tail, AT) == plain._replace(global_oom=True)
    assert parse_summary(head + ",cpuset=/,mems_allowed=" + tail, AT) == plain._replace(cpuset="/")
    assert parse_summary(head + ",oom_memcg=/A" + tail, AT) == plain._replace(oom_memcg="/A", global_oom=False)


def test_a_nodemask_is_a_list_with_commas() -> None:
    line = NODE.replace("CONSTRAINT_NONE,nodemask=(null)", "CONSTRAINT_MEMORY_POLICY,nodemask=0,2-3")
    assert parse_summary(line, AT) == OF_NODE._replace(constraint="CONSTRAINT_MEMORY_POLICY", nodemask="0,2-3")
    assert parse_summary(line.replace("=0-1", "=0,2-3,7"), AT) == OF_NODE._replace(
        constraint="CONSTRAINT_MEMORY_POLICY", nodemask="0,2-3", mems_allowed="0,2-3,7"
    )


CUT = Summary("CONSTRAINT_MEMCG", None, "C", "0", "/A", "/A/B", False, None, None, None, AT, complete=False)


@pytest.mark.parametrize(
    ("kept", "want", "goodness"),
    [
        (",pid=27190", CUT._replace(task_memcg="/A/B,task=php"), 4),  # where the path ends cannot be told
        (",task=php", CUT, 4),
        ("/B,task=php", CUT._replace(task_memcg="/A"), 4),
        ("/A/B,task=php", CUT._replace(task_memcg=None), 3),
        (",task_memcg=/A/B,task=php", CUT._replace(task_memcg=None), 3),
        (",oom_memcg=/A,", CUT._replace(oom_memcg=None, task_memcg=None, global_oom=None), 2),
        (",mems_allowed=0", CUT._replace(mems_allowed=None, oom_memcg=None, task_memcg=None, global_oom=None), 1),
        (",cpuset=C", CUT._replace(cpuset=None, mems_allowed=None, oom_memcg=None, task_memcg=None, global_oom=None), 0),
    ],
)  # fmt: skip
def test_a_cut_line_says_what_is_there(kept: str, want: Summary, goodness: int) -> None:
    got = parse_summary(MEMCG[: MEMCG.index(kept)], AT)
    assert got == want
    assert got is not None
    assert got.goodness == goodness


@pytest.mark.parametrize(
    "comm", ["x,pid=1,uid=0", "a,task=b", ",task=", "", "a b", "fifteen_bytes_x", "a\nb", "\\x1b[31mred"]
)
def test_a_name_may_hold_the_words_of_the_line(comm: str) -> None:
    assert parse_summary(MEMCG.replace("task=php", f"task={comm}"), AT) == OF_MEMCG._replace(comm=comm)


def test_a_name_of_more_than_15_bytes_is_none() -> None:
    sixteen = parse_summary(MEMCG.replace("task=php", "task=sixteen_bytes_xx"), AT)
    assert sixteen == CUT._replace(task_memcg="/A/B,task=sixteen_bytes_xx,pid=27190,uid=33")
    shown = "\\x00" * 15
    assert parse_summary(MEMCG.replace("task=php", f"task={shown}"), AT) == OF_MEMCG._replace(comm=shown)


def test_no_path_holds_a_newline() -> None:
    assert parse_summary(MEMCG.replace("oom_memcg=/A", "oom_memcg=/A\nx"), AT) is None


def test_a_terminal_that_ate_a_column_and_what_ends_a_sentence() -> None:
    assert parse_summary(MEMCG.replace("uid=33", "uid33"), AT) == OF_MEMCG
    assert parse_summary(MEMCG + ").", AT) == OF_MEMCG
    assert parse_summary(MEMCG.replace("oom-kill:", "oom-kill: "), AT) == OF_MEMCG


def test_the_victim_lives_below_the_cgroup_over_its_limit_which_settles_a_forged_path() -> None:
    def of(oom: str, task: str) -> Summary | None:
        return parse_summary(MEMCG.replace("/A,", f"{oom},").replace("/A/B", task), AT)

    assert of("/a,task_memcg=/b", "/a,task_memcg=/b/c") == OF_MEMCG._replace(
        oom_memcg="/a,task_memcg=/b", task_memcg="/a,task_memcg=/b/c"
    )
    assert of("/", "/x") == OF_MEMCG._replace(oom_memcg="/", task_memcg="/x")
    assert of("/same", "/same") == OF_MEMCG._replace(oom_memcg="/same", task_memcg="/same")
    assert of("/A", "/AB") == OF_MEMCG._replace(oom_memcg="/A", task_memcg="/AB")  # it does not, yet nothing else fits
    both = of("/a", "/a/x,task_memcg=/a/x")
    assert both == OF_MEMCG._replace(oom_memcg="/a", task_memcg="/a/x,task_memcg=/a/x")
    neither = of("/a", "/b,task_memcg=/c")
    assert neither == OF_MEMCG._replace(oom_memcg="/a", task_memcg="/b,task_memcg=/c", ambiguous=True)
    twice = of("/,task_memcg=/", "/,task_memcg=/x")
    assert twice is not None
    assert twice.ambiguous


def test_a_cpuset_that_forges_what_follows_it_is_marked() -> None:
    got = parse_summary(MEMCG.replace("cpuset=C", "cpuset=x,mems_allowed=1,global_oom"), AT)
    assert got == OF_MEMCG._replace(cpuset="x,mems_allowed=1,global_oom", ambiguous=True)


HEAD = "nginx invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0"
OLD = Summary(None, None, None, None, "/A", "/A/B", False, None, None, None, AT, ambiguous=False, complete=True)


def test_before_5_0_task_in_says_both_cgroups() -> None:
    assert parse_task_in("Task in /A/B killed as a result of limit of /A", AT) == OLD
    assert parse_task_in("  /A/B killed as a result of limit of /A  ", AT) == OLD
    assert parse_task_in("Memory limit reached of cgroup /A", AT) == OLD._replace(task_memcg=None)
    assert parse_task_in("Task in /A/B killed", AT) is None
    assert parse_task_in("Task in A killed as a result of limit of /A", AT) is None


def test_a_path_may_hold_the_words_between_the_two() -> None:
    between = " killed as a result of limit of "
    got = parse_task_in(f"Task in /A{between}/B/C{between}/A{between}/B", AT)
    assert got == OLD._replace(oom_memcg=f"/A{between}/B", task_memcg=f"/A{between}/B/C")
    got = parse_task_in(f"Task in /x{between}/y{between}/z", AT)
    assert got == OLD._replace(oom_memcg=f"/y{between}/z", task_memcg="/x", ambiguous=True)
    assert parse_task_in(f"Task in /A/B{between}/A{between}word", AT) == OLD._replace(
        oom_memcg=f"/A{between}word", task_memcg="/A/B"
    )


def test_more_than_sixteen_readings_are_not_tried() -> None:
    many = ",task_memcg=/b" * MAX_READINGS
    got = parse_summary(MEMCG.replace("oom_memcg=/A,", f"oom_memcg=/z{many},"), AT)
    assert got is not None
    assert (got.oom_memcg, got.ambiguous) == ("/z", True)


@pytest.mark.parametrize(
    ("pieces", "took"),
    [
        (["Task in /A/B killed as a result of limit of /A"], 2),
        (["Task in /A/B killed", " as a result of limit of /A"], 3),
        (["Task in ", "/A/B", " killed as a result of limit of ", "/A"], 5),
        (["Task in", "/A/B", "killed", "as a result of limit of", "/A"], 6),
    ],
)
def test_task_in_may_come_in_the_pieces_that_printk_made_of_it(pieces: list[str], took: int) -> None:
    event = event_of([HEAD, *pieces, "memory: usage 4kB, limit 4kB, failcnt 1"])
    assert event.summary == OLD._replace(lines=(2, 2))
    assert numbers_of(event) == list(range(1, took + 2))
    assert event.unknown == ()
    assert event.memcg is not None


def test_the_same_task_in_twice_is_one_report_and_another_is_another() -> None:
    line = "Task in /A/B killed as a result of limit of /A"
    (event,) = assemble(records_of([HEAD, line, line, "memory: usage 4kB, limit 4kB, failcnt 1"])).events
    assert event.summary == OLD._replace(lines=(2, 2))
    assert numbers_of(event) == [1, 2, 3, 4]
    two = assemble(records_of([HEAD, line, line.replace("/B", "/C")])).events
    assert [e.summary.task_memcg if e.summary else None for e in two] == ["/A/B", "/A/C"]
    kill = "Killed process 7 (x) total-vm:4kB, anon-rss:4kB, file-rss:0kB"
    after = assemble(records_of([HEAD, line, kill, line])).events
    assert [(e.summary.lines if e.summary else None, len(e.victims)) for e in after] == [((2, 2), 1), ((4, 4), 0)]


def test_the_tail_that_another_cpu_cut_off_is_joined_at_the_lines_own_joints() -> None:
    for joint in (",task_memcg=", "/A/B,task", ",task=", ",oom_memcg=", ",mems_allowed=", ",cpuset="):
        at = MEMCG.index(joint)
        event = event_of([HEAD.replace("0xd0", "0xcc0"), MEMCG[:at], "eth0: link up", MEMCG[at:]])
        assert event.summary == OF_MEMCG._replace(lines=(2, 4)), joint
        assert event.unknown == ((3, "eth0: link up"),)
        assert numbers_of(event) == [1, 2, 4]
    event = event_of(
        [
            HEAD,
            MEMCG[: MEMCG.index(",oom")],
            MEMCG[MEMCG.index(",oom") : MEMCG.index(",task=")],
            MEMCG[MEMCG.index(",task=") :],
        ]
    )
    assert event.summary == OF_MEMCG._replace(lines=(2, 4))
    cut = event_of([HEAD, MEMCG[: MEMCG.index(",task=")], "eth0: link up"])
    assert cut.summary == OF_MEMCG._replace(comm=None, pid=None, uid=None, lines=(2, 2), complete=False)


def test_a_tail_that_begins_behind_the_path_has_none() -> None:
    at = MEMCG.index("/A/B,task")
    event = event_of([HEAD, MEMCG[:at], MEMCG[MEMCG.index(",task=") :]])
    assert event.summary == OF_MEMCG._replace(task_memcg=None, lines=(2, 3))


def test_pieces_that_never_come_are_no_path() -> None:
    event = event_of([HEAD, "memory: usage 4kB, limit 4kB, failcnt 1", "Task in /A/B killed"])
    assert event.summary is None
    many = ["Task in", "/A", "/B", "killed", "as a result of limit of", "/A"]
    assert event_of([HEAD, *many, "memory: usage 4kB, limit 4kB, failcnt 1"]).summary is None


def test_the_line_stands_behind_the_trace_and_is_one_that_tells_the_time() -> None:
    trace = ("Call Trace:", " out_of_memory+0x1/0x2")
    for line in (
        "Task in /A/B killed as a result of limit of /A",
        "Memory limit reached of cgroup /A",
        "/A/B killed as a result of limit of /A",
    ):
        event = event_of([HEAD, *trace, line, " pagefault+0x1/0x2"])
        assert event.trace == trace
        assert event.unknown == ((5, " pagefault+0x1/0x2"),)
        assert event.monotonic_seconds == 1000.000021
        assert event.summary is not None
        assert event.summary.oom_memcg == "/A"
    event = event_of([HEAD, "Kill process 7 (x) score 1 or sacrifice child"])
    assert event.monotonic_seconds == 1000.000007


def test_a_line_of_paths_after_a_whole_one_is_no_tail_of_it() -> None:
    event = event_of([HEAD, f" {MEMCG}", "/A/C: something"])
    assert event.summary == OF_MEMCG._replace(lines=(2, 2))
    assert event.unknown == ((3, "/A/C: something"),)
    quoted = assemble(records_of([f"app: {MEMCG}"]))
    assert [(t.text, t.reason) for t in quoted.text_findings] == [
        (f"app: {MEMCG}", "does not begin like the kernel's line")
    ]


def test_words_of_the_line_in_a_path_are_of_the_path() -> None:
    forged = MEMCG.replace("oom_memcg=/A,", "oom_memcg=/a,mems_allowed=1,global_oom,").replace(
        "/A/B", "/a,mems_allowed=1,global_oom/b"
    )
    assert parse_summary(forged, AT) == OF_MEMCG._replace(
        oom_memcg="/a,mems_allowed=1,global_oom", task_memcg="/a,mems_allowed=1,global_oom/b"
    )
    long = MEMCG.replace("/A/B", "/A/x,task=of_more_than_15_bytes")
    assert parse_summary(long, AT) == OF_MEMCG._replace(task_memcg="/A/x,task=of_more_than_15_bytes")
    root = MEMCG.replace("oom_memcg=/A,", "oom_memcg=/,").replace("/A/B", "/x,task_memcg=/y")
    assert parse_summary(root, AT) == OF_MEMCG._replace(oom_memcg="/", task_memcg="/x,task_memcg=/y")


@pytest.mark.parametrize("rest", [",", ",t", ",tas", ",task", ",task="])
def test_the_beginning_of_the_next_name_is_no_part_of_a_path(rest: str) -> None:
    got = parse_summary(MEMCG[: MEMCG.index(",task=php")] + rest, AT)
    assert got is not None
    assert got.task_memcg == "/A/B"
