"""The samples of a chart: few, with their peaks, cut where samples are missing and where a kill was."""

import numpy as np

from oomscope.series.drawing import MOST_POINTS, drawn
from oomscope.series.life import Kill
from oomscope.series.memory_series import Series, Who

MIB = 1 << 20


def series(times: list[float], values: list[float], name: str = "usage") -> Series:
    return Series(Who(cgroup="/a"), False, np.array(times), {name: np.array(values)})


def test_runs_end_at_kills_and_at_gaps() -> None:
    times = [0.0, 10, 20, 30, 40, 200, 210, 220]
    found = drawn([series(times, [MIB * n for n in range(1, 9)])], {0: [Kill("a", 25.0)]})
    assert found is not None
    assert [[at for at, _ in run.points] for run in found.runs] == [[0, 10, 20], [30, 40], [200, 210, 220]]
    assert found.kills == (("a", 25.0),)
    assert (found.measure, found.epoch) == ("memory in use", False)


def test_a_long_series_keeps_its_ends_and_its_peaks() -> None:
    values = [float(MIB)] * 10_000
    values[7_777] = 50.0 * MIB
    found = drawn([series([float(n) for n in range(10_000)], values)], {0: [Kill("a", 9_999.5)]})
    assert found is not None
    points = [point for run in found.runs for point in run.points]
    assert len(points) <= MOST_POINTS + 2
    assert points[0][0] == 0 and points[-1][0] == 9_999
    assert (7_777.0, 50.0 * MIB) in points


def test_a_sample_without_a_value_is_no_point() -> None:
    found = drawn([series([0.0, 10, 20], [MIB, float("nan"), 3 * MIB], "anon")], {0: [Kill("a", 30.0)]})
    assert found is not None
    assert [at for run in found.runs for at, _ in run.points] == [0, 20]


def test_one_sample_is_no_picture() -> None:
    assert drawn([series([5.0], [MIB])], {0: [Kill("a", 6.0)]}) is None
    assert drawn([], {}) is None


def test_a_sample_of_the_exit_is_not_the_end_of_the_rise() -> None:
    found = drawn([series([0.0, 10, 20, 30, 40], [MIB, 2 * MIB, 3 * MIB, 0.1 * MIB, MIB])], {0: [Kill("a", 31.0)]})
    assert found is not None
    assert [[at for at, _ in run.points] for run in found.runs] == [[0, 10, 20], [30, 40]]
