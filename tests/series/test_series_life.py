"""Cutting series into lives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope.inputs.metric_samples import Sample, gather
from oomscope.series.life import Kill, lives_of
from oomscope.series.memory_series import Series, Who
from oomscope.series.reading import finding

LIMIT = 1000.0


def series(values: list[float], step: float = 60.0, **columns: list[float]) -> Series:
    times = np.arange(len(values)) * step
    more = {name: np.array(column, dtype=float) for name, column in columns.items()}
    return Series(Who("/a"), False, times, {"usage": np.array(values, dtype=float), **more})


def test_a_life_runs_from_the_first_sample_with_something_in_it_to_the_kill() -> None:
    (life,) = lives_of(series([0, 0, 100, 300, 500, 700, 900, 0]), [Kill("k", 410)], {"k": LIMIT})
    assert life.seconds == pytest.approx(410 - 90)
    assert (life.first_share, life.last_share) == (0.1, 0.9)
    assert life.shape is not None
    assert life.shape.creeps


def test_a_series_that_begins_in_the_middle_of_a_life_does_not_say_how_long_it_was() -> None:
    (life,) = lives_of(series([400, 500, 600, 700]), [Kill("k", 200)], {"k": LIMIT})
    assert life.seconds is None
    assert life.shape is not None


def test_each_kill_in_a_cgroup_that_stays_ends_a_life() -> None:
    values = [0, 200, 400, 600, 800, 20, 200, 400, 600, 800, 20]
    lives = lives_of(series(values), [Kill("a", 290), Kill("b", 590)], {"a": LIMIT, "b": LIMIT})
    assert [life.shape.samples for life in lives if life.shape] == [4, 5]
    told = finding(lives, 600)
    assert told is not None
    assert dict(told.facts)["series_rising_lives"] == 2
    assert dict(told.facts)["series_slopes_agree"] is True


def test_a_sample_taken_while_it_died_is_not_part_of_the_life() -> None:
    (life,) = lives_of(series([0, 200, 400, 600, 800, 950, 300]), [Kill("k", 365)], {"k": LIMIT})
    assert life.last_share == 0.95
    assert life.shape is not None
    assert not life.shape.up_and_down


def test_a_life_between_two_samples_is_bounded_by_them() -> None:
    (life,) = lives_of(series([0, 0, 0, 0]), [Kill("k", 110)], {"k": LIMIT})
    assert life.shape is None
    assert life.seconds == pytest.approx(25)


def test_a_jump_within_one_interval() -> None:
    lives = lives_of(series([0, 300, 310, 300, 305, 300]), [Kill("k", 310)], {"k": LIMIT})
    told = finding(lives, 300)
    assert told is not None
    facts = dict(told.facts)
    assert facts["series_jump"] is True
    assert facts["series_level"] is True


def test_a_cgroup_that_held_more_than_the_limit_that_killed_it_had_its_limit_lowered() -> None:
    (life,) = lives_of(series([0, 700, 750, 750]), [Kill("k", 200)], {"k": 500.0})
    assert life.above_limit
    (other,) = lives_of(series([0, 70, 75, 75], limit=[900, 900, 900, 900]), [Kill("k", 200)], {"k": 500.0})
    assert other.above_limit


def test_memory_swapped_out_still_counts_as_grown() -> None:
    one = series([100, 500, 900, 900, 900, 900], anon=[100, 500, 900, 900, 900, 900], swap=[0, 0, 0, 300, 600, 900])
    (life,) = lives_of(one, [Kill("k", 310)], {"k": LIMIT})
    assert life.shape is not None
    assert life.shape.level is False


def test_no_limit_known_is_no_life() -> None:
    assert lives_of(series([1, 2, 3]), [Kill("k", 130)], {}) == []
    assert finding([], None) is None


CELLS = st.sampled_from([math.nan, math.inf, 0.0, 1.0, 1e-9, 500.0, 999.0, 1e18]) | st.floats(0, 2000)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=40),
    st.lists(st.floats(0, 2e6), min_size=1, max_size=4),
    st.sampled_from([{}, {"k0": 1000.0}, {"k0": 1e-3, "k1": 1e30}]),
)
@settings(max_examples=60, deadline=None)
def test_any_numbers_have_lives_and_findings(
    rows: list[tuple[float, ...]], ends: list[float], limits: dict[str, float]
) -> None:
    names = ("usage", "anon", "swap", "limit")
    samples = [
        Sample(Who("/a"), row[0], name, value) for row in rows for name, value in zip(names, row[1:], strict=True)
    ]
    for one in gather(samples, "x"):
        kills = [Kill(f"k{n}", end) for n, end in enumerate(ends)]
        told = finding(lives_of(one, kills, limits), 10.0)
        assert told is None or all(math.isfinite(value) for _, value in told.facts)


def test_what_was_in_use_early_is_said_of_samples_that_are_surely_early() -> None:
    """One sample of a run may be its last moment; a start that is known, or ten samples and more, tell."""
    (one,) = lives_of(series([950]), [Kill("k", 5)], {"k": LIMIT})
    (late,) = lives_of(series([0, 0, 0, 900]), [Kill("k", 200)], {"k": LIMIT})
    (known,) = lives_of(series([0, 900, 910, 920, 930, 940, 950, 960, 970, 980, 990]), [Kill("k", 660)], {"k": LIMIT})
    (many,) = lives_of(series([900.0] * 12), [Kill("k", 700)], {"k": LIMIT})
    assert [one.early_share, late.early_share] == [None, None]
    assert [known.early_share, many.early_share] == [0.9, 0.9]
