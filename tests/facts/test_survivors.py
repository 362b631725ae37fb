"""What several reports of one workload say together: restarts, survivors that grow, aftershocks, schedules."""

import pytest
from helpers.report_text import Report, Row

from oomscope.api import analyze
from oomscope.facts.schedule import schedule_of
from oomscope.incident.restarts import runs

HOUR, DAY = 3600.0, 86400.0
GROUP = "/system.slice/web.service"


def report(seconds: float, victim: int, *rows: Row, memcg: str = GROUP) -> Report:
    return Report(rows=rows, victim=victim, oom_memcg=memcg, task_memcg=memcg, seconds=seconds, invoker=rows[0].comm)


def read(tmp_path, *reports: Report):
    log = tmp_path / "dmesg.txt"
    log.write_text("".join(one.dmesg() for one in reports))
    return analyze([str(log)])


def worker(pid: int, pages: int, comm: str = "gunicorn") -> Row:
    return Row(pid, comm, pages)


def pool(seconds: float, victim: int, *workers: Row) -> Report:
    return report(seconds, victim, Row(100, "gunicorn", 4000), *workers)


def grown(tmp_path):
    return read(
        tmp_path,
        pool(10_000, 101, worker(101, 40_000), worker(102, 21_000), worker(103, 7_000)),
        pool(12_000, 104, worker(104, 33_000), worker(102, 26_000), worker(103, 7_000)),
        pool(14_000, 102, worker(105, 30_000), worker(102, 34_000), worker(103, 7_050)),
    )


def test_a_pool_that_lives_on_has_no_lives(tmp_path) -> None:
    facts = grown(tmp_path).facts[0].values
    assert facts["went_on"] is True
    assert "life_seconds" not in facts
    assert (facts["kills"], facts["lives"]) == (3, 1)


def test_a_service_that_was_restarted_has_lives(tmp_path) -> None:
    analysis = read(
        tmp_path,
        report(10_000, 201, Row(201, "api", 60_000)),
        report(20_000, 301, Row(301, "api", 60_000)),
        report(30_000, 401, Row(401, "api", 60_000)),
    )
    facts = analysis.facts[0].values
    assert (facts["went_on"], facts["life_count"], facts["lives"]) == (False, 2, 3)
    assert len(runs(analysis.incidents)) == 3


def test_a_worker_that_outlives_the_kills_and_grows_is_found(tmp_path) -> None:
    facts = grown(tmp_path).facts[0].values
    assert (facts["growing_survivors"], facts["level_survivors"]) == (1, 2)
    assert (facts["growing_comm"], facts["growth_steps"], facts["growth_seconds"]) == ("gunicorn", 2, 4000)
    assert facts["growth_hourly_bytes"] == int(13_000 * 4096 * 3600 / 4000)


def test_one_of_many_equal_workers_that_grows_is_a_leak_and_no_crowd(tmp_path) -> None:
    ((_, verdict),) = grown(tmp_path).workloads
    assert verdict.ranked[0].cause == "leak"
    assert any(clue.id == "survivors-grow" and clue.weight > 0 for clue in verdict.evidence)


def test_workers_that_stay_as_they_are_do_not_grow(tmp_path) -> None:
    facts = read(
        tmp_path,
        pool(10_000, 101, worker(101, 40_000), worker(102, 21_000)),
        pool(12_000, 104, worker(104, 33_000), worker(102, 21_010)),
        pool(14_000, 105, worker(105, 30_000), worker(102, 20_990)),
    ).facts[0].values  # fmt: skip
    assert (facts["growing_survivors"], facts["level_survivors"]) == (0, 2)


def shocked(tmp_path, gap: float = 0.003, second: tuple[Row, ...] = (Row(31, "cat", 30), Row(30, "sh", 300))):
    first = report(5000, 32, Row(30, "sh", 300), Row(31, "cat", 30), Row(32, "xz", 130_000))
    return read(tmp_path, first, report(5000 + gap, 31, *second))


def test_a_bystander_that_dies_while_the_first_victim_is_dying_is_an_aftershock(tmp_path) -> None:
    (group,) = shocked(tmp_path).groups
    first, second = group.incidents
    assert group.aftershocks == {second.id: first.id}
    assert group.telling == (first,)


def test_the_verdict_on_an_aftershock_is_that_on_the_kill_before(tmp_path) -> None:
    analysis = shocked(tmp_path)
    first, second = analysis.incidents
    assert analysis.verdict_of(second).ranked == analysis.verdict_of(first).ranked
    doc = analysis.document()
    notes = {note["id"]: note["text"] for note in doc["incidents"][1]["notes"]}
    assert "bystander" in notes["aftershock"]
    assert "xz" in notes["aftershock"]
    assert "aftershock" not in {note["id"] for note in doc["incidents"][0]["notes"]}


@pytest.mark.parametrize(
    ("gap", "second"),
    [
        (30.0, (Row(31, "cat", 30), Row(30, "sh", 300))),  # long after
        (0.003, (Row(31, "cat", 30), Row(32, "xz", 130_000))),  # the first victim is still there
        (0.003, (Row(33, "xz", 120_000), Row(31, "cat", 90_000))),  # the second is large itself
    ],
)
def test_other_kills_are_no_aftershocks(tmp_path, gap: float, second: tuple[Row, ...]) -> None:
    (group,) = shocked(tmp_path, gap, second).groups
    assert group.aftershocks == {}


@pytest.mark.parametrize(
    ("gaps", "period"),
    [
        ((DAY + 40, DAY - 300), DAY),
        ((DAY, 2 * DAY + 60), DAY),
        ((HOUR + 20, HOUR - 30, HOUR), HOUR),
        ((7 * DAY + 900, 7 * DAY), 7 * DAY),
        ((900.5, 899.0, 1800.2), 900.0),
        ((DAY + 60,), DAY),
        ((DAY + 700,), None),  # one gap says little
        ((21540.0, 21758.0, 21652.0), None),  # 6 h and 1 %: a leak has that too
        ((5000.0, 9000.0), None),
        ((HOUR,), None),
        ((), None),
    ],
)
def test_a_schedule_is_told_by_its_period(gaps: tuple[float, ...], period: float | None) -> None:
    assert schedule_of(gaps) == period


def test_a_nightly_job_has_a_schedule_and_no_lives(tmp_path) -> None:
    nights = [report(5000 + n * DAY, 32 + n, Row(32 + n, "dump", 130_000)) for n in range(4)]
    facts = read(tmp_path, *nights).facts[0].values
    assert facts["schedule_seconds"] == DAY
    assert "life_seconds" not in facts


def one_large_request(tmp_path):
    """Workers that stand at 2,600 pages, of which one after the other takes a large request and is killed."""
    return read(
        tmp_path,
        pool(10_000, 105, worker(105, 15_000), worker(101, 2_612), worker(102, 2_614), worker(103, 2_600)),
        pool(12_000, 101, worker(101, 17_000), worker(102, 2_615), worker(103, 2_603)),
        pool(14_000, 102, worker(102, 20_000), worker(103, 2_603)),
    )


def test_a_worker_that_stood_still_and_then_took_much_at_once_does_not_grow(tmp_path) -> None:
    facts = one_large_request(tmp_path).facts[0].values
    assert facts["jumped_survivors"] == 1
    assert (facts["jumped_from_bytes"], facts["jumped_to_bytes"]) == (2_615 * 4096, 20_000 * 4096)
    assert facts["growth_steps"] == 1  # of the one that is seen twice only


def test_one_large_request_after_the_other_is_no_leak(tmp_path) -> None:
    ((_, verdict),) = one_large_request(tmp_path).workloads
    assert verdict.ranked[0].cause == "low_limit"
    assert any(clue.id == "survivors-jump" for clue in verdict.evidence)
    assert not any(clue.id.startswith("survivors-gr") for clue in verdict.evidence)


def test_a_page_more_is_no_step_of_growth(tmp_path) -> None:
    facts = read(
        tmp_path,
        pool(10_000, 101, worker(101, 40_000), worker(102, 10_000)),
        pool(12_000, 104, worker(104, 33_000), worker(102, 12_000)),
        pool(14_000, 105, worker(105, 30_000), worker(102, 12_001)),
        pool(16_000, 106, worker(106, 30_000), worker(102, 16_000)),
    ).facts[0].values  # fmt: skip
    assert (facts["growing_survivors"], facts["growth_steps"]) == (1, 2)
