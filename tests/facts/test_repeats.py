"""Lives out of gaps and out of what side inputs told."""

import io
from pathlib import Path

import pytest
from helpers.report_text import first_line, kill, stamped, summary, usage

from oomscope.api import analyze
from oomscope.facts.gaps import gaps, lives_from_gaps
from oomscope.facts.repeats import group_repeats
from oomscope.incident import Incident
from oomscope.inputs import Life
from oomscope.inputs.lifetimes import Start, started_lives

LOG = Path(__file__).parent.parent / "data" / "side" / "leak_restarts-host-v1-116-x1200.log"


@pytest.fixture(scope="module")
def incidents() -> tuple[Incident, ...]:
    return analyze([str(LOG)]).incidents


def test_kubelets_delay_is_taken_off_a_gap(incidents: tuple[Incident, ...]) -> None:
    between = gaps(incidents)
    assert len(between) == 2
    assert lives_from_gaps(incidents) == (pytest.approx(between[0] - 10), pytest.approx(between[1] - 10))


def test_the_order_of_the_incidents_does_not_matter(incidents: tuple[Incident, ...]) -> None:
    assert gaps(incidents[::-1]) == gaps(incidents)


def told(
    incidents: tuple[Incident, ...], *seconds: float, source: str = "pods"
) -> tuple[tuple[float, ...], str | None]:
    key = incidents[0].workload.key
    lives = tuple(Life(i.id, s, source) for i, s in zip(incidents, seconds, strict=False))  # type: ignore[arg-type]
    (group,) = group_repeats(incidents, {key: lives} if lives else {})
    return group.lifetimes_seconds, group.lifetimes_source


def test_gaps_alone_are_called_gaps(incidents: tuple[Incident, ...]) -> None:
    assert told(incidents)[1] == "gaps"


def test_a_known_life_that_fills_the_gaps_makes_lives_of_them(incidents: tuple[Incident, ...]) -> None:
    lives, source = told(incidents, 2500.0)
    assert (len(lives), source) == (2, "pods")


def test_a_short_life_shows_the_gaps_to_be_waiting(incidents: tuple[Incident, ...]) -> None:
    assert told(incidents, 3.0) == ((3.0,), "pods")


def test_as_many_lives_as_kills_need_no_gaps(incidents: tuple[Incident, ...]) -> None:
    assert told(incidents, 5.0, 6.0, 7.0, source="series") == ((5.0, 6.0, 7.0), "series")


def test_no_other_workload_was_near(incidents: tuple[Incident, ...]) -> None:
    (group,) = group_repeats(incidents)
    assert group.others_at_once == 0


def test_the_same_name_on_another_machine_has_lives_of_its_own(incidents: tuple[Incident, ...]) -> None:
    other = incidents[0]._replace(id="of-another", machine=1)
    told = {other.workload.key: (Life(other.id, 12.0, "events"), Life(incidents[0].id, 99.0, "events"))}
    groups = {group.machine: group for group in group_repeats([*incidents, other], told)}
    assert groups[1].lifetimes_seconds == (12.0,)
    assert groups[0].lifetimes_seconds == (99.0,)


def test_one_start_of_each_of_two_machines_is_two_runs(incidents: tuple[Incident, ...]) -> None:
    first, other = incidents[0], incidents[0]._replace(id="of-another", machine=1)
    starts = {first.id: Start(10.0, 20.0), other.id: Start(10.0, 400.0)}
    lives = started_lives([first, other], starts, "log")
    assert {id_: life.seconds for id_, life in lives.items()} == {first.id: 10.0, other.id: 390.0}


@pytest.mark.parametrize(
    ("limits", "grows"), [((150, 150), False), ((300, 150), False), ((150, 300), True), ((150, 151), False)]
)
def test_only_a_raised_limit_that_is_filled_shows_growth_with_the_limit(limits: tuple[int, ...], grows: bool) -> None:
    """A kill at each limit, in MiB, whose victim holds nearly all of it; 1 % more is no raise."""
    reports = "".join(
        stamped(
            1000.0 + 4000 * n,
            first_line("java"),
            usage(mib * 1024),
            summary(7 + n),
            kill(7 + n, "java", anon=mib * 1000),
        )
        for n, mib in enumerate(limits)
    )
    facts = analyze(io.BytesIO(reports.encode())).facts
    assert [table.values.get("footprint_grows") for table in facts] == [grows, grows]
