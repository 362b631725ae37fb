"""The samples of a workload's series as a picture needs them: few, on one clock, with the kills."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from oomscope.series.life import DYING, Kill, grown_name, memory_of
from oomscope.series.memory_series import Floats, Series

MOST_POINTS = 240
"""Of all runs of a workload together: a chart is some 800 pixels wide."""
APART = 3.0
"""A gap of so many intervals between samples is drawn as one."""


class Run(NamedTuple):
    """Samples without a gap: (seconds, bytes)."""

    points: tuple[tuple[float, float], ...]


class Drawn(NamedTuple):
    """What a chart shows of a workload. Times are seconds since the epoch if `epoch`, else since boot."""

    measure: str  # anonymous memory, or usage
    epoch: bool
    runs: tuple[Run, ...]
    kills: tuple[tuple[str, float], ...]  # (incident id, time)


def drawn(series: Sequence[Series], ended: Mapping[int, Sequence[Kill]]) -> Drawn | None:
    """Return the picture of the series, by number, that these kills ended; None where fewer than two samples are there."""
    chosen = [n for n in ended if len(series[n].times)]
    if not chosen:
        return None
    epoch = series[chosen[0]].epoch
    chosen = sorted((n for n in chosen if series[n].epoch == epoch), key=lambda n: float(series[n].times[0]))
    each = max(MOST_POINTS // len(chosen), 12)
    runs = tuple(
        run for n in chosen for run in _runs(series[n], sorted(kill.at for kill in ended[n]), each) if run.points
    )
    if sum(len(run.points) for run in runs) < 2:
        return None
    kills = sorted((kill.at, kill.incident) for n in chosen for kill in ended[n])
    names = {grown_name(series[n]) for n in chosen}
    measure = names.pop() if len(names) == 1 else "memory"
    return Drawn(measure, epoch, runs, tuple((name, at) for at, name in kills))


def _runs(series: Series, kills: Sequence[float], most: int) -> list[Run]:
    """The samples up to each kill and after the last one, cut where samples are missing."""
    values = memory_of(series)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    times, values = series.times[known], values[known]
    kept = _peaks(values, most)
    interval = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    gaps = np.flatnonzero(np.diff(times) > APART * interval) + 1 if interval else np.array([], dtype=np.intp)
    cuts = sorted({0, len(times), *map(int, gaps), *(_ended(times, values, at, interval) for at in kills)})
    return [
        Run(tuple((float(times[k]), float(values[k])) for k in kept if start <= k < end))
        for start, end in itertools.pairwise(cuts)
    ]


def _ended(times: Floats, values: Floats, kill: float, interval: float) -> int:
    """The number of the first sample after a kill; one taken while the process was exiting counts to what comes after."""
    cut = int(np.searchsorted(times, kill))
    is_exit = cut > 1 and values[cut - 1] < DYING * values[cut - 2] and kill - times[cut - 1] <= 1.5 * interval
    return cut - 1 if is_exit else cut


def _peaks(values: Floats, most: int) -> list[int]:
    """Numbers of the samples that are kept: the first, the last, and the highest of each stretch."""
    if len(values) <= most:
        return list(range(len(values)))
    edges = np.linspace(0, len(values), most + 1, dtype=int)
    highest = {int(a + np.argmax(values[a:b])) for a, b in itertools.pairwise(edges) if b > a}
    return sorted({0, len(values) - 1, *highest})
