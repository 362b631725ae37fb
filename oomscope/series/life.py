"""Cutting a cgroup's series into lives, and one life into what its shape says."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oomscope.series.memory_series import MEASURES, Floats, Series
from oomscope.series.trend import MIN_SAMPLES, Shape, shape_of

EMPTY = 0.01  # of the limit: nobody there yet, or no more
RESTART = 0.4  # a fall of more than that of the peak within one sample is a restart
DYING = 0.6  # a sample below that of the one before it, one interval before the kill, was taken during the exit
JUMP = 0.7
MOSTLY_ANON = 0.4
TENTHS = 10
FULL = 0.97  # of the limit, and of the last value: from there on nothing could rise any more
FULL_LONG = 0.1  # of the samples: a straight rise has a few in its last hundredths
_HIGHER = 1.05  # times the limit: more than what rounding explains


class Kill(NamedTuple):
    incident: str
    at: float  # on the series' clock
    began_anew: bool = True  # False: of one process of many; what runs up to it began with the kill before


class LifeShape(NamedTuple):
    """One life that ended in a kill, or the time between two kills of a workload that lived on; shares are of the limit."""

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
    full_share: float | None = None  # of the life, that it stood at its limit before the kill: it was thrashing


class _Cut(NamedTuple):
    keep: slice
    start: float | None


class _Prepared(NamedTuple):
    """A series with what each of its lives would compute anew."""

    series: Series
    columns: dict[str, Floats]  # all measures, NaN where the series has none
    total: Floats  # what grows when a process does
    usage: Floats  # what is held against the limit
    interval: float  # between samples, median
    last_limit: "NDArray[np.intp]"  # number of the last sample up to each that has a limit; -1 for none
    most_used: Floats  # the most that was ever used up to each sample
    most_allowed: Floats  # the highest limit up to each sample

    def before(self, at: float) -> int:
        """Return how many samples are earlier than a moment."""
        return int(np.searchsorted(self.series.times, at, side="left"))

    def after(self, at: float) -> int:
        """Return the number of the first sample that is later than a moment."""
        return int(np.searchsorted(self.series.times, at, side="right"))


def lives_of(series: Series, kills: list[Kill], limits: dict[str, float]) -> list[LifeShape]:
    """Return the lives of a cgroup that these kills ended, in time order.

    `limits` is bytes by incident, as the log has them. The effort is linear in the samples, whatever the number of kills.
    """
    prepared = _prepared(series)
    out: list[LifeShape] = []
    before = -np.inf
    for kill in sorted(kills, key=lambda k: k.at):
        limit = limits.get(kill.incident) or _limit(prepared, kill.at)
        if limit is not None and limit >= 1 and kill.at > before:
            life = _life(prepared, before, kill, limit)
            out.append(life if kill.began_anew else _without_start(life))
        before = kill.at
    return out


def _prepared(series: Series) -> _Prepared:
    interval = float(np.median(np.diff(series.times))) if len(series.times) > 1 else 0.0
    columns = {name: series.column(name) for name in MEASURES}
    total = memory_of(series)
    usage = next((columns[name] for name in ("usage", "working_set") if series.has(name)), total)
    used, allowed = _most_so_far(columns["usage"]), _most_so_far(columns["limit"])
    limits = columns["limit"]
    limited = np.where(np.isfinite(limits) & (limits >= 1), np.arange(len(limits)), -1)  # a limit is at least a byte
    return _Prepared(series, columns, total, usage, interval, np.maximum.accumulate(limited), used, allowed)


def _most_so_far(values: Floats) -> Floats:
    """Return the running maximum of what is finite; before that, minus infinity."""
    most: Floats = np.maximum.accumulate(np.where(np.isfinite(values), values, -np.inf))
    return most


def memory_of(series: Series) -> Floats:
    """Return what grows when a process does: anonymous memory and what of it is swapped out, else usage."""
    swap = np.nan_to_num(series.column("swap"), nan=0.0, posinf=0.0)
    return (series.column("anon") if _is_anonymous(series) else _usage(series)) + swap


def grown_name(series: Series) -> str:
    """Return what `memory_of` is called."""
    return "anonymous memory" if _is_anonymous(series) else "memory in use"


def _usage(series: Series) -> Floats:
    return next((series.column(n) for n in ("usage", "working_set", "anon") if series.has(n)), series.column("usage"))


def _is_anonymous(series: Series) -> bool:
    """Whether most of what is used is anonymous memory, and nearly every sample says how much."""
    anon = series.column("anon")
    if np.isfinite(anon).mean() < 0.8:
        return False
    return bool(np.nanmax(anon, initial=0.0) >= MOSTLY_ANON * np.nanmax(_usage(series), initial=0.0))


def first_in_use(series: Series) -> float | None:
    """Return the time of the first sample that shows any memory; None where none does."""
    there = np.flatnonzero(memory_of(series) > 0)
    return float(series.times[there[0]]) if len(there) else None


def _limit(prepared: _Prepared, at: float) -> float | None:
    """Return the limit that the series itself tells, the last one up to a moment."""
    samples = prepared.after(at)
    last = int(prepared.last_limit[samples - 1]) if samples else -1
    return float(prepared.columns["limit"][last]) if last >= 0 else None


def _life(prepared: _Prepared, before: float, kill: Kill, limit: float) -> LifeShape:
    series, total, interval, columns = prepared.series, prepared.total, prepared.interval, prepared.columns
    first, last = prepared.after(before), prepared.before(kill.at)
    inside = first + np.flatnonzero(np.isfinite(total[first:last]))
    times, shares = series.times[inside], total[inside] / limit
    cut = _cut(times, shares, kill.at, interval)
    t, y = times[cut.keep], shares[cut.keep]
    began = _began(prepared, before, kill.at, cut, t)
    seconds = kill.at - began if began is not None else None
    above = _above(prepared, last, limit)
    if not len(t):
        return LifeShape(kill.incident, limit, seconds, None, *(None,) * 8, above, interval)
    chosen = inside[cut.keep]
    start = began if began is not None else float(t[0])
    full = _full_from(y, prepared.usage[chosen] / limit)
    return LifeShape(
        incident=kill.incident,
        limit_bytes=limit,
        seconds=seconds,
        shape=shape_of(t[: full + 1], y[: full + 1]),
        first_share=float(y[0]),
        early_share=_early(t, y, began, kill.at),
        last_share=_last(prepared.usage[chosen] / limit),
        half_at=_half(t, y, start, kill.at),
        anon_rise=_rise(columns["anon"][chosen] / limit),
        file_rise=_rise(columns["file"][chosen] / limit),
        mapped_rise=_rise(columns["mapped"][chosen] / limit),
        shmem_rise=_rise(columns["shmem"][chosen] / limit),
        above_limit=above,
        interval_seconds=interval,
        full_share=float((kill.at - t[full]) / (kill.at - start)) if kill.at > start else None,
    )


def _full_from(y: Floats, usage: Floats) -> int:
    """Return the number of the first sample from which on the limit was full for long, else that of the last sample.

    The kernel gives page cache back for a long time before it kills. What stands at the limit stands level there whatever
    the reason, so the shape is that of what led up to it.
    """
    low = np.flatnonzero(~((usage >= FULL) & (y >= FULL * y[-1])))
    first = int(low[-1]) + 1 if len(low) else 0
    long = len(y) - first > FULL_LONG * len(y)
    return first if long and first >= MIN_SAMPLES else len(y) - 1


def _without_start(life: LifeShape) -> LifeShape:
    """What the other processes held all the time is no start: only the shape of the rise tells."""
    return life._replace(seconds=None, first_share=None, early_share=None, half_at=None)


def _cut(t: Floats, y: Floats, end: float, interval: float) -> _Cut:
    """Return the samples of the last run before the kill, and when it began as far as samples tell."""
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


def _began(prepared: _Prepared, before: float, end: float, cut: _Cut, t: Floats) -> float | None:
    """Return when the run began: as the exporter tells of the container, where its samples show no later beginning."""
    last = prepared.before(end) if prepared.series.epoch else 0  # a start is told in seconds since the epoch
    starts = prepared.columns["start"][prepared.after(before) : last]
    known = starts[np.isfinite(starts)]
    if not len(known):
        return cut.start
    start = float(known[-1])
    later = cut.start is not None and start < cut.start - 3 * prepared.interval
    first = float(t[0]) if len(t) else end
    return start if max(before, 0.0) < start <= first and not later else cut.start


def _early(t: Floats, y: Floats, began: float | None, end: float) -> float | None:
    """Return the median of the first tenth of the life; None without a sample that is surely of it.

    Where the start is not known, it lies up to an interval before the first sample: ten of these make that a tenth.
    """
    if began is None and len(t) < TENTHS:
        return None
    start = began if began is not None else float(t[0])
    early = y[t <= start + (end - start) / TENTHS]
    return float(np.median(early)) if len(early) else None


def _half(t: Floats, y: Floats, start: float, end: float) -> float | None:
    reached = np.flatnonzero(y >= y.max() / 2)
    return float((t[reached[0]] - start) / (end - start)) if end > start else None


def _last(y: Floats) -> float | None:
    known = y[np.isfinite(y)]
    return float(known[-1]) if len(known) else None


def _rise(y: Floats) -> float | None:
    known = y[np.isfinite(y)]
    return float(known.max() - known[0]) if len(known) >= 2 else None


def _above(prepared: _Prepared, samples: int, limit: float) -> bool:
    """True if the cgroup held more than the limit that killed it, or had a higher one: then the limit was lowered."""
    if not samples:
        return False
    used, allowed = prepared.most_used[samples - 1], prepared.most_allowed[samples - 1]
    return bool(used > _HIGHER * limit or allowed > _HIGHER * limit)
