"""Whether a life rises steadily, stands level, or comes and goes. Values are shares of the limit, times seconds.

A series that ends in an OOM was chosen for ending high, so Mann-Kendall alone calls nine of ten random walks a leak.
The composite asks for more: a corrected trend, a rise that matters, no flattening, a rise in every third, no single
stretch that carries it, and a line that explains it. What a life may weigh for all that is the cause files' to say.
"""

from typing import NamedTuple

import numpy as np

from oomscope.series.memory_series import Floats
from oomscope.series.stats import (
    Z_1_PERCENT_ONE_SIDED,
    drawdown,
    given_back,
    mann_kendall,
    step,
    straightness,
    theil_sen,
    thinned,
)

MIN_SAMPLES = 12  # below, nothing is said about a trend
MIN_RISE = 0.15
FLATTENED = 0.35
THIRD = 0.2
ONE_STRETCH = 0.6
STRAIGHT = 0.9
LEVEL = 0.05  # the last third is no higher than that above the middle third: level
UP_AND_DOWN = 0.15
LOWS = 6  # as few monotonous values are no chance at 1 %
STEP_NOISES, STEP_SHARE = 3.0, 0.25
STAIR, STAIRS, STAIR_SPREAD = 0.05, 3, 0.3  # a step, of the limit; how many; over which part of the run at least
SLOWER, ALIKE = 1.3, 2.5  # each third against the next, and how much the two factors may differ


class Shape(NamedTuple):
    """What one life looks like. None: too few samples to say."""

    samples: int
    trend: bool | None
    level: bool | None
    up_and_down: bool
    jump_step: bool | None  # one step, level before and after
    rise: float  # robust: slope times duration
    slope: float | None  # share of the limit a second
    slope_low: float | None
    slope_high: float | None
    straight: float | None
    given_back: float | None
    floor_rises: bool  # comes and goes, and each low is higher than the one before: a heap whose live part grows
    creeps: bool  # only ever grows, by enough and not in one stretch: also told of a few samples
    settles: bool  # each third rises more slowly than the one before, by about the same factor
    staircase: bool  # level, then higher, then level again, several times: a table that doubles, not a ceiling


def shape_of(t: Floats, y: Floats) -> Shape:
    """Return the shape of a life's samples, at least one of them."""
    slope = theil_sen(t, y) if len(t) >= 3 else None
    rise = slope.slope * float(t[-1] - t[0]) if slope else float(y[-1] - y[0])
    straight = straightness(t, y) if len(t) >= 4 else None
    enough = len(t) >= MIN_SAMPLES
    fewer = thinned(t, y)[1]  # as the other statistics have it, which are quadratic in the samples
    split = step(fewer) if enough else None
    return Shape(
        samples=len(t),
        trend=_composite(t, y, rise, straight) if enough else None,
        level=_level(t, y) if len(t) >= 5 else None,
        up_and_down=drawdown(_without_noise(y)) >= UP_AND_DOWN,
        jump_step=_stepped(fewer, split) if split else None,
        rise=rise,
        slope=slope.slope if slope else None,
        slope_low=slope.low if slope else None,
        slope_high=slope.high if slope else None,
        straight=straight,
        given_back=given_back(y),
        floor_rises=_floor_rises(t, y) if enough else False,
        creeps=_creeps(t, y),
        settles=_settles(t, y) if len(t) >= 2 * MIN_SAMPLES else False,
        staircase=_staircase(t, y) if enough else False,
    )


def _composite(t: Floats, y: Floats, rise: float, straight: float | None) -> bool:
    kendall = mann_kendall(t, y)
    return bool(
        kendall
        and kendall.z_corrected > Z_1_PERCENT_ONE_SIDED
        and rise >= MIN_RISE
        and _keeps_rising(t, y)
        and _in_every_third(y, rise)
        and not _one_stretch(y)
        and straight is not None
        and straight >= STRAIGHT
    )


def _keeps_rising(t: Floats, y: Floats) -> bool:
    half = len(t) // 2
    first, second = theil_sen(t[:half], y[:half]), theil_sen(t[half:], y[half:])
    return bool(first and second and second.slope > 0 and second.slope >= FLATTENED * first.slope)


def _in_every_third(y: Floats, rise: float) -> bool:
    low, middle, high = (float(np.median(part)) for part in np.array_split(y, 3))
    return middle - low > THIRD * rise and high - middle > THIRD * rise


def _one_stretch(y: Floats) -> bool:
    """True if a window of an eighth of the samples carries most of the rise."""
    width = max(len(y) // 8, 1)
    total = float(y[-1] - y[0])
    return total <= 0 or float((y[width:] - y[:-width]).max()) > ONE_STRETCH * total


def _level(t: Floats, y: Floats) -> bool:
    """Level at the end: the last third no higher than the middle third, and not creeping upwards all the time."""
    _, middle, last = np.array_split(y, 3)
    if float(np.median(last) - np.median(middle)) > LEVEL:
        return False
    tail = slice(len(y) // 3, None)
    kendall = mann_kendall(t[tail], y[tail]) if len(y) >= MIN_SAMPLES else None
    grown = float(np.median(last) - np.median(middle))
    return not (kendall and kendall.z_corrected > Z_1_PERCENT_ONE_SIDED and grown > LEVEL / 5)


def _stepped(y: Floats, split: tuple[int, float]) -> bool:
    at, noises = split
    apart = float(np.median(y[at:]) - np.median(y[:at]))
    within = max(float(np.ptp(y[:at])), float(np.ptp(y[at:])))
    return apart >= STEP_SHARE and noises >= STEP_NOISES and within < apart / 2


def _floor_rises(t: Floats, y: Floats) -> bool:
    """What a collector leaves behind is what the lows tell: the same test as for a whole life, of the lows alone.

    Simulated, 150 of each kind and length: none of random walks, AR(1), jobs and days of an even load, nearly all heaps
    with teeth of eight samples and more.
    """
    wide = 3 if len(y) >= 2 * MIN_SAMPLES else 1
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(y, wide), axis=1)
    lows = _lows(smooth.tolist())
    if len(lows) < LOWS:
        return False
    times, values = t[wide // 2 :][lows], smooth[lows]
    slope = theil_sen(times, values)
    rise = slope.slope * float(times[-1] - times[0]) if slope else 0.0
    return _composite(times, values, rise, straightness(times, values))


def _lows(y: list[float]) -> list[int]:
    """Return where each fall of `UP_AND_DOWN` and more ended, if as large a rise followed."""
    found: list[int] = []
    top, low, falling = 0, 0, False
    for at, value in enumerate(y):
        if falling:
            low = at if value < y[low] else low
            if value - y[low] >= UP_AND_DOWN:
                found.append(low)
                top, falling = at, False
        elif value > y[top]:
            top = at
        elif y[top] - value >= UP_AND_DOWN:
            low, falling = at, True
    return found


def _creeps(t: Floats, y: Floats) -> bool:
    """For short series: at least four samples that rise by enough, never fall noticeably, and neither jump nor flatten."""
    if len(y) < 4:
        return False
    total = float(y[-1] - y[0])
    if total < MIN_RISE or (given_back(y) or 0.0) > 0.1 or float(np.diff(y).max()) > ONE_STRETCH * total:
        return False
    half = len(y) // 2
    first, second = (float(y[b] - y[a]) / max(float(t[b] - t[a]), 1e-9) for a, b in ((0, half), (half, len(y) - 1)))
    return second > 0 and second >= FLATTENED * first


def _settles(t: Floats, y: Floats) -> bool:
    """Return True if the rise slows down all the time, as of what comes near to a level of its own.

    A rise that only starts fast, or only ends at a full limit, has one factor much larger than the other.
    """
    thirds = zip(np.array_split(t, 3), np.array_split(y, 3), strict=True)
    first, middle, last = (found.slope if (found := theil_sen(*third)) else 0.0 for third in thirds)
    if min(middle, last) <= 0:
        return False
    factors = (first / middle, middle / last)
    return min(factors) >= SLOWER and max(factors) <= ALIKE * min(factors)


def _staircase(t: Floats, y: Floats) -> bool:
    """Return True if memory went up in steps all through the run, stood level in between, and was hardly given back.

    A hash table or an array doubles when it is full: the level between two steps is no ceiling. Steps in the first
    stretch alone are a start.
    """
    steps = np.diff(y)
    up = np.flatnonzero(steps > STAIR)
    if (given_back(y) or 0.0) > STAIR or float(np.mean(np.abs(steps) <= STAIR / 5)) < 0.5:
        return False
    stairs = [int(at) for n, at in enumerate(up) if n == 0 or at - up[n - 1] > 1]  # steps in a row are one
    return len(stairs) >= STAIRS and float(t[stairs[-1]] - t[0]) >= STAIR_SPREAD * float(t[-1] - t[0])


def _without_noise(y: Floats) -> Floats:
    """Return the running median of five, where there are enough samples for one to be noise."""
    if len(y) < 2 * MIN_SAMPLES:
        return y
    smooth: Floats = np.median(np.lib.stride_tricks.sliding_window_view(y, 5), axis=1)
    return smooth
