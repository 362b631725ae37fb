"""What is called a trend, over series that were all chosen for ending at the limit."""

import numpy as np
import pytest

from oomscope.series.trend import Shape, shape_of

from .synthetic import (
    LEAK_FREE,
    LEAKING,
    Maker,
    busy_week,
    daily,
    flat,
    jobs,
    leak,
    leak_with_deep_teeth,
    morning,
    step,
    warm_up,
)


def shapes(make: Maker, n: int, count: int) -> list[Shape]:
    rng = np.random.default_rng(11)
    series = [make(rng, n) for _ in range(count)]
    return [shape_of(np.arange(len(y)) * 60.0, y) for y in series]


def rate(make: Maker, n: int, count: int = 40) -> float:
    return float(np.mean([s.trend is True for s in shapes(make, n, count)]))


def test_240_series_without_a_leak_hardly_ever_show_a_trend() -> None:
    """Measured over 120 of each kind and length: random walks 2 to 8 %, AR(1) up to 6 %, the others none."""
    fired = {make.__name__: rate(make, 24) for make in LEAK_FREE}
    assert max(fired.values()) <= 0.10, fired
    assert np.mean(list(fired.values())) <= 0.04, fired


@pytest.mark.parametrize("make", LEAKING)
@pytest.mark.parametrize("n", [12, 48])
def test_leaks_show_one(make: Maker, n: int) -> None:
    assert rate(make, n, 20) >= 0.95


def test_one_morning_looks_like_a_leak_which_is_why_the_length_of_the_history_is_a_fact() -> None:
    assert rate(morning, 48, 20) > 0.5


@pytest.mark.parametrize("n", [80, 120, 300])
def test_lows_that_rise_are_a_leak_under_a_collector(n: int) -> None:
    assert np.mean([s.floor_rises and not s.trend for s in shapes(leak_with_deep_teeth, n, 40)]) >= 0.9


@pytest.mark.parametrize("make", [*LEAK_FREE, busy_week, jobs])
@pytest.mark.parametrize("n", [60, 300])
def test_what_comes_and_goes_has_no_rising_floor(make: Maker, n: int) -> None:
    assert not any(s.floor_rises for s in shapes(make, n, 40))


def test_two_days_of_load_are_load_shaped() -> None:
    assert all(s.up_and_down and not s.trend for s in shapes(daily, 60, 20))


def test_what_stands_level_is_level_and_a_leak_is_not() -> None:
    assert np.mean([bool(s.level) for s in shapes(flat, 24, 20)]) >= 0.9
    assert not any(s.level for s in shapes(leak, 24, 20))


def test_a_step_is_a_step_and_nothing_else() -> None:
    assert all(s.jump_step and not s.trend for s in shapes(step, 24, 20))
    assert not any(s.jump_step for s in shapes(leak, 24, 20))


def test_a_noiseless_warm_up_neither_creeps_nor_trends() -> None:
    x = np.linspace(0, 1, 10)
    y = 1 - np.exp(-x / 0.2)
    assert not shape_of(x * 600, y).creeps
    assert not any(s.trend for s in shapes(warm_up, 48, 20))


def test_fewer_than_twelve_samples_say_nothing_of_a_trend_but_may_creep() -> None:
    t = np.arange(8) * 60.0
    shape = shape_of(t, np.linspace(0.1, 0.95, 8))
    assert shape.trend is None
    assert shape.creeps


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_any_number_of_samples_has_a_shape(n: int) -> None:
    assert shape_of(np.arange(n) * 60.0, np.full(n, 0.5)).samples == n


def test_scale_and_clock_do_not_matter() -> None:
    rng = np.random.default_rng(5)
    y = leak(rng, 30)
    one, other = shape_of(np.arange(30) * 60.0, y), shape_of(1.7e9 + np.arange(30) * 3600.0, y)
    assert (one.trend, one.level, one.creeps) == (other.trend, other.level, other.creeps)
    assert one.straight == pytest.approx(other.straight, abs=1e-6)


@pytest.mark.parametrize("n", [24, 48, 120])
def test_a_rise_that_settles_is_told_from_a_leak(n: int) -> None:
    assert np.mean([s.settles for s in shapes(warm_up, n, 40)]) >= 0.6
    for make in [*LEAKING, flat, step, daily]:
        assert np.mean([s.settles for s in shapes(make, n, 40)]) <= 0.05, make.__name__


def test_a_fast_start_before_a_steady_rise_does_not_settle() -> None:
    y = np.concatenate([np.linspace(0, 0.6, 10), np.linspace(0.61, 0.97, 50)])
    assert not shape_of(np.arange(len(y)) * 60.0, y).settles


def test_steps_all_through_a_run_are_a_staircase_and_those_of_a_start_are_not() -> None:
    def stairs(*levels: tuple[float, int]) -> Shape:
        y = np.concatenate([np.full(n, level) for level, n in levels])
        return shape_of(np.arange(len(y)) * 60.0, y)

    assert stairs((0.1, 5), (0.2, 10), (0.4, 20), (0.8, 30)).staircase
    assert not stairs((0.1, 2), (0.3, 2), (0.5, 2), (0.8, 60)).staircase
    assert not stairs((0.1, 10), (0.4, 10), (0.2, 10), (0.5, 10), (0.8, 10)).staircase
