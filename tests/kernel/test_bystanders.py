"""Dumps and traces that look like a report's and are not: allocation failures, hung tasks."""

from helpers.kernel_reading import numbers_of, records_of
from helpers.report_text import CPU, HEAD, USAGE, kill, summary

from kernel.streams import at, events
from oomscope.kernel import assemble


def test_an_allocation_failure_has_the_same_dump_and_is_not_of_the_report() -> None:
    dump = (
        "kworker/1:2: page allocation failure: order:0, mode:0x40a20(GFP_ATOMIC)",
        CPU,
        "Call Trace:",
        " warn_alloc+0x1/0x2",
        "Mem-Info:",
        "7 pages RAM",
    )
    (event,) = events(
        at(10.0, HEAD, CPU, "Call Trace:", " dump_header+0x1/0x2", "81712 pages RAM", *dump, USAGE, summary(), kill())
    )
    assert event.trace == ("Call Trace:", " dump_header+0x1/0x2")
    assert event.mem_info is not None
    assert event.mem_info.ram_pages == 81712
    assert (event.gaps[0].section, event.gaps[0].reason) == (
        "memory",
        "the dump of an allocation failure stands inside the report",
    )
    assert numbers_of(event) == [1, 2, 3, 4, 5, 12, 13, 14]
    assert event.unknown == ()
    assert events(at(10.0, *dump)) == ()


def test_a_hung_tasks_wait_for_the_killer_is_no_report_and_its_trace_no_part_of_one() -> None:
    hung = "INFO: task java:4711 blocked for more than 241 seconds."
    trace = ("Call Trace:", " schedule+0x46/0xb0", " mem_cgroup_oom_synchronize+0x12f/0x160")
    found = assemble(records_of([hung, *trace]))
    assert [tuple(w) for w in found.waiting] == [("java", 4711, 241, 1)]
    assert found.events == ()
    old = assemble(records_of([hung, *trace[:2], " mem_cgroup_handle_oom+0x1/0x2"]))
    assert len(old.waiting) == 1  # 2.6.36 to 3.11
    two = assemble(records_of([hung, "Call Trace:", hung.replace("4711", "4712"), *trace]))
    assert [(w.pid, w.line) for w in two.waiting] == [(4712, 3)]
    head = assemble(records_of([hung, HEAD, CPU, *trace, kill()]))
    assert head.waiting == ()
    other = assemble([*at(1.0, hung, caller="T1"), *at(1.0, *trace, caller="T2")])
    assert other.waiting == ()
    far = [hung, *[" frame+0x1/0x2"] * 63, trace[2]]
    assert len(assemble(records_of(far)).waiting) == 1
    assert len(assemble(records_of([hung, " frame+0x1/0x2", *far[1:]])).waiting) == 0


def test_lines_of_other_callers_stand_between() -> None:
    hung = "INFO: task java:4711 blocked for more than 241 seconds."
    wait = " mem_cgroup_oom_synchronize+0x12f/0x160"
    mixed = [*at(1.0, hung, caller="T1"), *at(1.0, "eth0: link up", caller="T2"), *at(1.0, wait, caller="T1")]
    assert [w.pid for w in assemble(mixed).waiting] == [4711]


def test_a_hung_task_inside_a_report_is_not_of_it_and_takes_no_line_with_it() -> None:
    hung = "INFO: task java:4711 blocked for more than 241 seconds."
    (event,) = events(at(1.0, HEAD, USAGE, hung, kill()))
    assert event.unknown == ((3, hung),)
    (event,) = events(at(1.0, hung, HEAD, USAGE, kill()))
    assert numbers_of(event) == [2, 3, 4]
