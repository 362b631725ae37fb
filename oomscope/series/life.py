"""Cutting a cgroup's series into lives, and one life into what its shape says."""

from typing import NamedTuple

import numpy as np

from oomscope.series.memory_series import Floats, Series
from oomscope.series.trend import Shape, shape_of

EMPTY = 0.01  # of the limit: nobody there yet, or no more
RESTART = 0.4  # a fall of more than that of the peak within one sample is a restart
DYING = 0.6  # a sample below that of the one before it, one interval before the kill, was taken during the exit
JUMP = 0.7
MOSTLY_ANON = 0.4


class Kill(NamedTuple):
    incident: str
    at: float  # on the series' clock


class LifeShape(NamedTuple):
    """One life that ended in a kill; shares are of the limit."""

    incident: str
    limit_bytes: float
    seconds: float | None  # None where the series does not show the start
    shape: Shape | None  # None: no sample of it
    first_share: float | None
    early_share: float | None  # median of the first tenth
    last_share: float | None  # usage at the last sample before the kill
    half_at: float | None  # share of the life after which half of the last value was reached
    anon_rise: float | None
    file_rise: float | None
    mapped_rise: float | None
    shmem_rise: float | None
    above_limit: bool  # usage or the limit itself was well above what the limit was at the kill
    interval_seconds: float


class _Cut(NamedTuple):
    keep: slice
    start: float | None


def lives_of(series: Series, kills: list[Kill], limits: dict[str, float]) -> list[LifeShape]:
    """The lives of a cgroup that these kills ended, in time order; `limits` is bytes by incident, as the log has them."""
    total = memory_of(series)
    out: list[LifeShape] = []
    before = -np.inf
    for kill in sorted(kills, key=lambda k: k.at):
        limit = limits.get(kill.incident) or limit_of(series, kill.at)
        if limit is not None and limit >= 1 and kill.at > before:
            out.append(_life(series, total, before, kill, limit))
        before = kill.at
    return out


def memory_of(series: Series) -> Floats:
    """What grows when a process does: anonymous memory and what of it is swapped out, else usage."""
    usage = next((series.column(n) for n in ("usage", "working_set", "anon") if series.has(n)), series.column("usage"))
    anon = series.column("anon")
    known = np.isfinite(anon)
    swap = np.nan_to_num(series.column("swap"), nan=0.0, posinf=0.0)
    if known.mean() >= 0.8 and np.nanmax(anon, initial=0.0) >= MOSTLY_ANON * np.nanmax(usage, initial=0.0):
        return anon + swap
    return usage + swap


def first_in_use(series: Series) -> float | None:
    """Return the time of the first sample that shows any memory; None where none does."""
    there = np.flatnonzero(memory_of(series) > 0)
    return float(series.times[there[0]]) if len(there) else None


def limit_of(series: Series, at: float) -> float | None:
    """The limit that the series itself tells, last before a moment."""
    limits = series.column("limit")
    known = limits[np.isfinite(limits) & (limits >= 1) & (series.times <= at)]  # a limit is at least a byte
    return float(known[-1]) if len(known) else None


def _life(series: Series, total: Floats, before: float, kill: Kill, limit: float) -> LifeShape:
    inside = np.flatnonzero((series.times > before) & (series.times < kill.at) & np.isfinite(total))
    times, shares = series.times[inside], total[inside] / limit
    interval = float(np.median(np.diff(series.times))) if len(series.times) > 1 else 0.0
    cut = _cut(times, shares, kill.at, interval)
    t, y = times[cut.keep], shares[cut.keep]
    began = _began(series, before, kill.at, cut, t, interval)
    seconds = kill.at - began if began is not None else None
    if not len(t):
        return LifeShape(kill.incident, limit, seconds, None, *(None,) * 8, _above(series, kill, limit), interval)
    chosen = inside[cut.keep]
    usage = next((series.column(n) for n in ("usage", "working_set") if series.has(n)), total)
    start = began if began is not None else float(t[0])
    return LifeShape(
        incident=kill.incident,
        limit_bytes=limit,
        seconds=seconds,
        shape=shape_of(t, y),
        first_share=float(y[0]),
        early_share=_early(t, y, start, kill.at),
        last_share=_last(usage[chosen] / limit),
        half_at=_half(t, y, start, kill.at),
        anon_rise=_rise(series.column("anon")[chosen] / limit),
        file_rise=_rise(series.column("file")[chosen] / limit),
        mapped_rise=_rise(series.column("mapped")[chosen] / limit),
        shmem_rise=_rise(series.column("shmem")[chosen] / limit),
        above_limit=_above(series, kill, limit),
        interval_seconds=interval,
    )


def _cut(t: Floats, y: Floats, end: float, interval: float) -> _Cut:
    """The samples of the last run before the kill, and when it began as far as samples tell."""
    stop = len(t)
    while stop > 1 and t[stop - 1] >= end - 1.5 * interval and y[stop - 1] < DYING * y[:stop].max():
        stop -= 1
    first = 0
    for n in range(stop):
        fell = n and y[n] < (1 - RESTART) * y[n - 1] and y[n - 1] >= 0.2 and y[n] < 0.3
        if y[n] < EMPTY or fell:
            first = n if fell and y[n] >= EMPTY else n + 1
    if first >= stop:
        return _Cut(slice(0, 0), float((t[stop - 1] + end) / 2) if stop else None)
    known = first > 0
    start = float((t[first - 1] + t[first]) / 2) if known and t[first] - t[first - 1] <= 3 * interval else None
    return _Cut(slice(first, stop), start)


def _began(series: Series, before: float, end: float, cut: _Cut, t: Floats, interval: float) -> float | None:
    """When the run began: as the exporter tells of the container, where its samples do not show a later beginning."""
    told = series.column("start")[(series.times > before) & (series.times < end)]
    known = told[np.isfinite(told)] if series.epoch else told[:0]
    if not len(known):
        return cut.start
    start = float(known[-1])
    later = cut.start is not None and start < cut.start - 3 * interval
    first = float(t[0]) if len(t) else end
    return start if max(before, 0.0) < start <= first and not later else cut.start


def _early(t: Floats, y: Floats, start: float, end: float) -> float:
    """The median of the first tenth of the life, or its first sample if that is later."""
    early = y[t <= start + (end - start) / 10]
    return float(np.median(early)) if len(early) else float(y[0])


def _half(t: Floats, y: Floats, start: float, end: float) -> float | None:
    reached = np.flatnonzero(y >= y.max() / 2)
    return float((t[reached[0]] - start) / (end - start)) if end > start else None


def _last(y: Floats) -> float | None:
    known = y[np.isfinite(y)]
    return float(known[-1]) if len(known) else None


def _rise(y: Floats) -> float | None:
    known = y[np.isfinite(y)]
    return float(known.max() - known[0]) if len(known) >= 2 else None


def _above(series: Series, kill: Kill, limit: float) -> bool:
    """Whether the cgroup held more than the limit that killed it, or had a higher one: then the limit was lowered."""
    earlier = series.times < kill.at
    usage, limits = series.column("usage")[earlier], series.column("limit")[earlier]
    used = usage[np.isfinite(usage)]
    allowed = limits[np.isfinite(limits)]
    return bool((len(used) and used.max() > 1.05 * limit) or (len(allowed) and allowed.max() > 1.05 * limit))
