"""The statistics against values computed by hand, and against scipy and pymannkendall where those are installed."""

import math

import numpy as np
import pytest

from oomscope.series.stats import drawdown, given_back, mann_kendall, ranks, step, straightness, theil_sen, thinned

T, Y = np.array([0.0, 1, 2, 3, 4]), np.array([1.0, 3, 2, 5, 4])
RNG = np.random.default_rng(3)
NOISY = np.cumsum(RNG.normal(0.2, 1, 60))


def test_theil_sen_by_hand() -> None:
    """Pairwise slopes: 2, .5, 4/3, .75, -1, 1, 1/3, 3, 1, -1; sorted, the middle two are .75 and 1."""
    slope = theil_sen(T, Y)
    assert slope is not None
    assert slope.slope == pytest.approx(0.875)
    assert slope.low <= slope.slope <= slope.high
    assert slope.intercept == pytest.approx(3 - 0.875 * 2)


def test_the_interval_holds_the_slope_that_was_put_in() -> None:
    rng, inside = np.random.default_rng(8), 0
    for _ in range(100):
        slope = theil_sen(np.arange(30.0), 0.5 * np.arange(30) + rng.normal(0, 2, 30))
        assert slope is not None
        inside += slope.low <= 0.5 <= slope.high
    assert inside >= 90


def test_mann_kendall_by_hand() -> None:
    """S = 7 rises - 3 falls... of ten pairs eight rise and two fall: S 6, variance 5*4*15/18, z (6-1)/sqrt."""
    found = mann_kendall(T, Y)
    assert found is not None
    assert found.s == 6
    assert found.z == pytest.approx(5 / math.sqrt(5 * 4 * 15 / 18))


def test_ties_lower_the_variance() -> None:
    """Two pairs of ties: (n(n-1)(2n+5) - 2*2*1*9) / 18."""
    found = mann_kendall(np.arange(6.0), np.array([1.0, 1, 2, 3, 4, 4]))
    assert found is not None
    assert found.z == pytest.approx((13 - 1) / math.sqrt((6 * 5 * 17 - 36) / 18))


def test_autocorrelation_widens_and_never_narrows() -> None:
    found = mann_kendall(np.arange(60.0), NOISY)
    assert found is not None
    assert found.correction > 1
    assert abs(found.z_corrected) < abs(found.z)


def test_constants_and_single_times_have_no_answer() -> None:
    assert mann_kendall(np.arange(5.0), np.ones(5)) is None
    assert theil_sen(np.zeros(3), np.arange(3.0)) is None
    assert straightness(np.arange(4.0), np.ones(4)) is None
    assert given_back(np.ones(4)) is None


def test_small_measures() -> None:
    assert ranks(np.array([3.0, 1, 3, 2])).tolist() == [3.5, 1, 3.5, 2]
    assert given_back(np.array([0.0, 4, 2, 6])) == pytest.approx(0.25)
    assert drawdown(np.array([0.0, 4, 2, 6, 5])) == 2
    assert straightness(np.arange(5.0), 2 * np.arange(5.0) + 1) == pytest.approx(1)
    split = step(np.array([0.0, 0, 0, 0, 1, 1, 1, 1]))
    assert split is not None
    assert split[0] == 4


def test_many_samples_are_thinned_without_moving_the_slope() -> None:
    t = np.arange(5000.0)
    assert len(thinned(t, t)[0]) == 300
    slope = theil_sen(t, 3 * t)
    assert slope is not None
    assert slope.slope == pytest.approx(3)


def test_scipy_agrees() -> None:
    stats = pytest.importorskip("scipy.stats", reason="the oracle scipy is not installed")
    ours, theirs = theil_sen(np.arange(60.0), NOISY), stats.theilslopes(NOISY, np.arange(60.0))
    assert ours is not None
    assert (ours.slope, ours.low, ours.high) == pytest.approx(tuple(theirs)[:1] + tuple(theirs)[2:], rel=0.02)


def test_pymannkendall_agrees() -> None:
    oracle = pytest.importorskip("pymannkendall", reason="the oracle pymannkendall is not installed")
    ours = mann_kendall(np.arange(60.0), NOISY)
    assert ours is not None
    assert ours.z == pytest.approx(oracle.original_test(NOISY).z)
    assert ours.z_corrected == pytest.approx(oracle.hamed_rao_modification_test(NOISY).z, rel=0.02)
