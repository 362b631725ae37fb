"""Which cgroups are on their way to their limit, and when they meet it."""

from collections import defaultdict
from typing import NamedTuple

from oomscope.record.counters import COLUMNS
from oomscope.record.recorder import recorded

_LEAST_SAMPLES = 12
_STALE_SECONDS = 65.0  # behind the newest sample of the ring, two samples: the cgroup is gone
_ENDED = 0.6  # of the most that its run had used: that run is over
_MOST_SECONDS = 30 * 86400.0  # what is farther away is no forecast


class Forecast(NamedTuple):
    """One cgroup that grows; bytes, bytes an hour, seconds from its last sample on. `high_seconds` None: perhaps never."""

    cgroup: str
    usage_bytes: int
    limit_bytes: int
    hourly_bytes: int
    seconds: float
    low_seconds: float
    high_seconds: float | None
    over_seconds: float  # how long its run is that the slope was taken from


class _Growth(NamedTuple):
    """Shares of the limit a second, and how long the run is."""

    slope: float
    low: float
    high: float
    seconds: float


def forecasts(folder: str) -> list[Forecast]:
    """Return the cgroups that grow steadily, the first to meet its limit first, as the last boot in the ring has them.

    What counts is what the kernel cannot give back: usage without page cache, shmem apart. Raises InputError where the
    ring cannot be read.
    """
    boots: dict[str, dict[str, list[tuple[float, tuple[int | None, ...]]]]] = defaultdict(lambda: defaultdict(list))
    last = ""
    for boot, at, cgroup, row in recorded(folder):
        boots[boot][cgroup].append((at[0], row))
        last = boot
    cgroups = boots[last]
    newest = max((rows[-1][0] for rows in cgroups.values()), default=0.0)
    found = [
        one
        for cgroup, rows in cgroups.items()
        if newest - rows[-1][0] <= _STALE_SECONDS and (one := _forecast(cgroup, rows)) is not None
    ]
    return sorted(found, key=lambda one: one.seconds)


def _forecast(cgroup: str, rows: list[tuple[float, tuple[int | None, ...]]]) -> Forecast | None:
    last = dict(zip(COLUMNS, rows[-1][1], strict=True))
    usage, limit = last["usage"], last["limit"]
    if usage is None or not limit or usage < _ENDED * max(row[0] or 0 for _, row in rows[-_LEAST_SAMPLES:]):
        return None
    growth = _growth(rows, limit)
    if growth is None:
        return None
    held = usage - max((last["file"] or 0) - (last["shmem"] or 0), 0)
    left = max(limit - held, 0) / limit
    seconds = left / growth.slope
    if seconds > _MOST_SECONDS:
        return None
    late = left / growth.low if growth.low > 0 else None
    hourly = int(growth.slope * limit * 3600)
    return Forecast(cgroup, usage, limit, hourly, seconds, left / growth.high, late, growth.seconds)


def _growth(rows: list[tuple[float, tuple[int | None, ...]]], limit: int) -> _Growth | None:
    """How fast the present run of a cgroup grows; None where it does not grow steadily."""
    from oomscope.series.life import Kill, lives_of
    from oomscope.series.memory_series import Who, series_of

    names = {"mapped_file": "mapped"}
    samples = {
        at: {names.get(name, name): float(v) for name, v in zip(COLUMNS, row, strict=True) if v is not None}
        for at, row in rows
    }
    end = rows[-1][0] + 1.0
    (life,) = lives_of(series_of(Who(), False, samples, "ring"), [Kill("now", end)], {"now": float(limit)})
    shape = life.shape
    if shape is None or shape.samples < _LEAST_SAMPLES or not (shape.trend or shape.creeps):
        return None
    if not shape.slope or shape.slope_low is None or shape.slope_high is None or shape.slope <= 0:
        return None
    return _Growth(shape.slope, shape.slope_low, shape.slope_high, life.seconds or end - rows[0][0])
