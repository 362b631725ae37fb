"""Robust statistics of one series. Those that are quadratic in the samples are taken of at most `MAX_POINTS` of them:
a longer series is thinned to medians of equal stretches first, so that the whole stays linear.

Theil-Sen slope: median of all pairwise slopes; its interval by order statistics (Sen 1968). Mann-Kendall with the
correction of Hamed and Rao (1998, J. Hydrology 204), since samples of memory are nothing like independent.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from oomscope.series.memory_series import Floats

MAX_POINTS = 300  # more are thinned to medians of equal stretches
Z_5_PERCENT, Z_1_PERCENT_ONE_SIDED = 1.959964, 2.326348


class Slope(NamedTuple):
    """Units of y a second; the interval covers 95 %."""

    slope: float
    low: float
    high: float
    intercept: float


class Kendall(NamedTuple):
    s: float
    z: float
    z_corrected: float  # Hamed-Rao; never larger than z in size
    correction: float  # n/n*: by how much autocorrelation widens the variance; 1 for none


def thinned(t: Floats, y: Floats, points: int = MAX_POINTS) -> tuple[Floats, Floats]:
    """Return at most `points` samples: medians of equal stretches of samples."""
    if len(t) <= points:
        return t, y
    edges = np.linspace(0, len(t), points + 1).astype(int)
    pairs = [(np.median(t[a:b]), np.median(y[a:b])) for a, b in itertools.pairwise(edges.tolist()) if b > a]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


def theil_sen(t: Floats, y: Floats) -> Slope | None:
    """Return the slope with its interval; None for fewer than two distinct times. Of at most `MAX_POINTS` points."""
    t, y = thinned(t, y)
    n = len(t)
    i, j = np.triu_indices(n, 1)
    apart = t[j] - t[i]
    keep = apart >= 1e-6
    if not keep.any():
        return None
    slopes = np.sort((y[j] - y[i])[keep] / apart[keep])
    middle = float(np.median(slopes))
    spread = Z_5_PERCENT * math.sqrt(_variance(y))
    count = len(slopes)
    low = slopes[max(int(np.floor((count - spread) / 2)), 0)]
    high = slopes[min(int(np.ceil((count + spread) / 2)), count - 1)]
    return Slope(middle, float(low), float(high), float(np.median(y) - middle * np.median(t)))


def _variance(y: Floats) -> float:
    """Variance of Kendall's S without autocorrelation, ties taken out."""
    n = len(y)
    _, equal = np.unique(y, return_counts=True)
    return float((n * (n - 1) * (2 * n + 5) - (equal * (equal - 1) * (2 * equal + 5)).sum()) / 18)


def mann_kendall(t: Floats, y: Floats) -> Kendall | None:
    """Return Mann-Kendall's trend test, plain and corrected; None for fewer than four samples or a constant.

    Of at most `MAX_POINTS` points.
    """
    t, y = thinned(t, y)
    n = len(y)
    variance = _variance(y)
    if n < 4 or variance <= 0:
        return None
    i, j = np.triu_indices(n, 1)
    s = float(np.sign(y[j] - y[i]).sum())
    z = 0.0 if s == 0 else (s - math.copysign(1, s)) / math.sqrt(variance)
    correction = max(_hamed_rao(t, y), 1.0)  # a correction below 1 would make the test bolder; not here
    return Kendall(s, z, z / math.sqrt(correction), correction)


def _hamed_rao(t: Floats, y: Floats) -> float:
    """n/n* out of the significant autocorrelations of the ranks of what is left beside the slope."""
    n = len(y)
    slope = theil_sen(t, y)
    left = ranks(y - (slope.slope if slope else 0.0) * t)
    left = left - left.mean()
    power = float((left * left).sum())
    if power <= 0:
        return 1.0
    bound = Z_5_PERCENT / math.sqrt(n)
    total = 0.0
    for lag in range(1, n - 2):
        r = float((left[:-lag] * left[lag:]).sum()) / power
        if abs(r) > bound:
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    return 1 + 2 / (n * (n - 1) * (n - 2)) * total


def ranks(y: Floats) -> Floats:
    """Return ranks from 1; equal values share their mean rank."""
    _, where, counts = np.unique(y, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Floats = (last - (counts - 1) / 2).astype(np.float64)[where]
    return mean


def straightness(t: Floats, y: Floats) -> float | None:
    """Return how much of the variation the robust line explains: 1 is a line, 0 or less is none."""
    slope = theil_sen(t, y)
    total = float(((y - y.mean()) ** 2).sum())
    if slope is None or total <= 0:
        return None
    return 1 - float(((y - slope.intercept - slope.slope * t) ** 2).sum()) / total


def given_back(y: Floats) -> float | None:
    """Return all falls over all rises: 0 for what only grows, about 1 for what comes and goes."""
    steps = np.diff(y)
    up, down = float(steps[steps > 0].sum()), float(abs(steps[steps < 0].sum()))
    return down / up if up > 0 else None


def drawdown(y: Floats) -> float:
    """Return the deepest fall below what had been reached before, in units of y."""
    return float((np.maximum.accumulate(y) - y).max()) if len(y) else 0.0


def step(y: Floats) -> tuple[int, float] | None:
    """Return the best single split into two levels: where, and how far apart, in units of the noise (MAD) around them.

    The effort is quadratic: `y` is to be thinned first.
    """
    n = len(y)
    if n < 8:
        return None
    best: tuple[int, float] | None = None
    least = math.inf
    for at in range(3, n - 2):
        left, right = np.median(y[:at]), np.median(y[at:])
        cost = float(np.abs(y[:at] - left).sum() + np.abs(y[at:] - right).sum())
        if cost < least:
            noise = 1.4826 * float(np.median(np.abs(np.concatenate([y[:at] - left, y[at:] - right]))))
            least, best = cost, (at, float(abs(right - left)) / max(noise, 1e-9))
    return best
