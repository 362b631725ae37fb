"""The same event in two inputs, or twice in one, is one incident with all its places."""

from dataclasses import replace

from helpers.kernel_reading import events_of, records_of
from helpers.report_text import Report

from oomscope.incident import Incident, build_incidents
from oomscope.kernel import assemble

REPORT = Report(era="6.12")


def incidents(*logs: str) -> list[Incident]:
    return build_incidents((n, 0, event) for n, log in enumerate(logs) for event in events_of(log))


def test_a_log_given_twice_holds_each_kill_once() -> None:
    (incident,) = incidents(REPORT.dmesg(), REPORT.dmesg())
    assert incident.also_seen == ((1, 1),)


def test_without_clocks_too() -> None:
    bald = "".join(line[15:] for line in REPORT.dmesg().splitlines(keepends=True))
    assert len(incidents(bald, bald)) == 1


def test_the_fullest_rendering_is_shown() -> None:
    kill = REPORT.dmesg().splitlines(keepends=True)[-1]
    (incident,) = incidents(kill, REPORT.dmesg())
    assert incident.event.tasks is not None
    assert incident.also_seen == ((0, 1),)


def test_another_boot_is_another_kill() -> None:
    lines = REPORT.lines()
    boots = [[r._replace(boot_id=boot) for r in records_of(lines)] for boot in ("a", "b")]
    events = [event for records in boots for event in assemble(records).events]
    assert len(build_incidents((0, machine, event) for machine, event in enumerate(events))) == 2
    assert len(build_incidents((0, 0, event) for event in events)) == 1


def test_minutes_later_is_another_kill() -> None:
    assert len(incidents(REPORT.dmesg(), replace(REPORT, seconds=1300.0).dmesg())) == 2


def test_ids_do_not_depend_on_order_or_prefix() -> None:
    other = replace(REPORT, seconds=1300.0, victim=901)
    one = {i.id for i in incidents(REPORT.dmesg(), other.dmesg())}
    two = {i.id for i in incidents(other.console(), REPORT.console())}
    assert one == two


def test_a_panic_without_a_victim_is_kept_apart() -> None:
    panic = "Kernel panic - not syncing: out of memory. panic_on_oom is selected\n"
    assert len(incidents(panic)) == 1
    assert len(incidents(panic, "x\n" + panic)) == 2
