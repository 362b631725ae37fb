"""What the series of one workload say together, over all its lives."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oomscope.fact import Fact, declared

if TYPE_CHECKING:
    from oomscope.series.drawing import Drawn
    from oomscope.series.life import LifeShape
    from oomscope.series.trend import Shape

FACTS = declared(
    "metrics",
    Fact("series_samples", "count", "samples of a run (median)"),
    Fact("series_history_seconds", "seconds", "from the first sample of the workload to its last kill; a day and more shows its daily pattern"),
    Fact("series_life_seconds", "seconds", "median length of the runs that the series show"),
    Fact("series_lives", "count", "runs, and times between kills that a workload outlived, for which a series has at least 12 samples"),
    Fact("series_trend", "truth", "memory rises steadily through most runs (composite test, 12 samples and more)", "Hamed-Rao, Theil-Sen, halves, thirds, straightness", once_is_enough=True),
    Fact("series_trend_lives", "count", "runs with such a trend"),
    Fact("series_rising_lives", "count", "runs, and times between kills that a workload outlived, that only ever rise, by 15 % of the limit and more and not in one jump; told from 4 samples on"),
    Fact("series_slopes_agree", "truth", "the slopes of the runs lie within a factor of two"),
    Fact("series_slope_bytes", "bytes", "median slope, bytes per hour", "Theil-Sen"),
    Fact("series_slope_low_bytes", "bytes", "lower end of its 95 % interval, bytes per hour", "Sen 1968, order statistics"),
    Fact("series_slope_high_bytes", "bytes", "upper end of its 95 % interval, bytes per hour", "Sen 1968, order statistics"),
    Fact("series_straightness", "share", "how much of the variation a straight line explains"),
    Fact("series_given_back_share", "share", "all falls over all rises within a run: near 0 for what only grows"),
    Fact("series_level", "truth", "the last third of a run stood no higher than its middle third"),
    Fact("series_floor_rises", "truth", "usage fell by 15 % of the limit and more, at least six times, and each time to a higher low: what a heap keeps grows", "composite trend test of the lows"),
    Fact("series_load_shaped", "truth", "usage fell by 15 % of the limit and more while it ran, not to ever higher lows: it comes and goes with load"),
    Fact("series_plateau", "truth", "usage stood level, or came and went, before the kill, without a trend"),
    Fact("series_step", "truth", "one step, level before and after it"),
    Fact("series_settles", "truth", "memory rose in most runs, each third more slowly than the one before: it comes near to a level of its own"),
    Fact("series_staircase", "truth", "memory went up in three steps and more all through the run, and stood level in between: a table that doubles, whose levels are no ceiling"),
    Fact("series_jump", "truth", "usage was below 70 % of the limit one sample before the kill"),
    Fact("series_start_share", "share", "memory at the first sample of a run"),
    Fact("series_early_share", "share", "median memory of the first tenth of a run"),
    Fact("series_last_share", "share", "usage at the last sample before the kill"),
    Fact("series_full_share", "share", "share of the run that it stood at its limit before the kill, while page cache was given back"),
    Fact("series_half_at", "share", "share of the run after which half of its last value was reached: 0.5 for a straight line"),
    Fact("series_anon_rise_share", "share", "rise of anonymous memory within a run"),
    Fact("series_file_rise_share", "share", "rise of page cache, shmem among it, within a run"),
    Fact("series_mapped_rise_share", "share", "rise of mapped files and segments within a run"),
    Fact("series_shmem_rise_share", "share", "rise of shmem within a run"),
    Fact("series_above_limit", "truth", "before the kill the cgroup held more than the limit that killed it, or had a higher one: it was lowered", once_is_enough=True),
)  # fmt: skip

_SLOPES_WITHIN = 2.0
_HOUR = 3600.0


class Finding(NamedTuple):
    """Facts by name, lifetimes in seconds by incident id, and the samples for a chart."""

    facts: tuple[tuple[str, float | int | bool], ...]
    seconds: tuple[tuple[str, float], ...]
    drawn: "Drawn | None" = None


def finding(lives: "Sequence[LifeShape]", history_seconds: float | None) -> Finding | None:
    """Return the facts of a workload's lives; None without a single one."""
    if not lives:
        return None
    shapes = [life.shape for life in lives if life.shape is not None]
    facts: dict[str, float | int | bool | None] = {
        "series_samples": _median(s.samples for s in shapes),
        "series_history_seconds": history_seconds,
        "series_life_seconds": _median(life.seconds for life in lives),
        "series_start_share": _median(life.first_share for life in lives),
        "series_early_share": _median(life.early_share for life in lives),
        "series_last_share": _median(life.last_share for life in lives),
        "series_full_share": _median(life.full_share for life in lives),
        "series_half_at": _median(life.half_at for life in lives),
        "series_anon_rise_share": _median(life.anon_rise for life in lives),
        "series_file_rise_share": _median(life.file_rise for life in lives),
        "series_mapped_rise_share": _median(life.mapped_rise for life in lives),
        "series_shmem_rise_share": _median(life.shmem_rise for life in lives),
        "series_above_limit": any(life.above_limit for life in lives),
        "series_jump": _most(_jump(life) for life in lives),
        **_shapes(shapes),
        **_trends(lives),
    }
    known = tuple((name, value) for name, value in facts.items() if value is not None)
    return Finding(known, tuple((life.incident, life.seconds) for life in lives if life.seconds is not None))


def _shapes(shapes: "Sequence[Shape]") -> dict[str, float | int | bool | None]:
    from oomscope.series.trend import MIN_SAMPLES  # with numpy, which is there where shapes are

    tested = [s for s in shapes if s.trend is not None]
    trends = sum(s.trend is True for s in tested)
    trend = trends * 2 > len(tested) if tested else None
    floor = _most(s.floor_rises for s in shapes)
    load = _most(s.up_and_down and not s.floor_rises for s in shapes)
    stairs = _most(s.staircase for s in shapes)
    level = _most(s.level and not s.staircase for s in shapes if s.level is not None)
    rising = sum(s.trend is True or s.creeps for s in shapes)
    return {
        "series_lives": len(tested),
        "series_trend": trend,
        "series_trend_lives": trends if tested else None,
        "series_rising_lives": rising if any(s.samples >= 4 for s in shapes) else None,
        "series_floor_rises": floor,
        "series_load_shaped": load,
        "series_level": level,
        "series_plateau": None if level is None and load is None else bool((level or load) and not trend and not floor),
        "series_settles": _most(s.settles for s in shapes if s.samples >= 2 * MIN_SAMPLES),
        "series_staircase": stairs if tested else None,
        "series_step": _most(s.jump_step for s in shapes),
        "series_straightness": _median(s.straight for s in shapes if s.samples >= MIN_SAMPLES),
        "series_given_back_share": _median(s.given_back for s in shapes if s.samples >= 4),
    }


def _trends(lives: "Sequence[LifeShape]") -> dict[str, float | int | bool | None]:
    """Slopes in bytes an hour, and whether the lives agree on one."""
    fits = [(life.limit_bytes, life.shape) for life in lives if life.shape and life.shape.samples >= 4]
    slopes = [_hourly(limit, shape.slope) for limit, shape in fits]
    known = [s for s in slopes if s is not None]
    agree = min(known) > 0 and max(known) <= _SLOPES_WITHIN * min(known) if len(known) >= 2 else None
    return {
        "series_slope_bytes": _median(slopes),
        "series_slope_low_bytes": _median(_hourly(limit, shape.slope_low) for limit, shape in fits),
        "series_slope_high_bytes": _median(_hourly(limit, shape.slope_high) for limit, shape in fits),
        "series_slopes_agree": agree,
    }


def _hourly(limit: float, slope: float | None) -> float | None:
    return None if slope is None else slope * limit * _HOUR


def _jump(life: "LifeShape") -> bool | None:
    """Far below the limit one sample before the kill, though there was one not more than an interval and a half earlier.

    The last step of a staircase is one of many, and no jump.
    """
    from oomscope.series.life import JUMP

    if life.shape is not None and life.shape.staircase:
        return False
    return None if life.last_share is None else life.last_share < JUMP


def _median(values: Iterable[float | None]) -> float | None:
    import statistics  # takes 10 ms, and most runs have no series

    known = [v for v in values if v is not None]
    return float(statistics.median(known)) if known else None


def _most(values: Iterable[bool | None]) -> bool | None:
    known = [v for v in values if v is not None]
    return sum(known) * 2 > len(known) if known else None
