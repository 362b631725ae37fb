"""Samples one by one to series: by whose they are, each with all its columns on one time axis."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oomscope.series.memory_series import Series, Who, series_of

_EPOCH, _MILLISECONDS = 1e9, 1e11  # what is larger counts seconds, or milliseconds, since 1970
_HUGE = 2.0**62  # the kernel's and cAdvisor's "no limit"


class Sample(NamedTuple):
    who: Who
    time: float
    measure: str
    value: float


def gather(samples: Iterable[Sample], place: str) -> list[Series]:
    """Return the series of samples in any order; of two samples for one time the last counts."""
    cells: dict[tuple[Who, bool], dict[float, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for who, time, measure, value in samples:
        at = seconds(time)
        if at is not None and not math.isnan(value):
            cells[who, at >= _EPOCH][at][measure] = value
    return [series_of(who, epoch, rows, place) for (who, epoch), rows in cells.items()]


def seconds(time: float) -> float | None:
    """Return a time stamp in seconds; None for what is none."""
    if not math.isfinite(time) or time < 0 or time > 1e15:
        return None
    return time / 1000 if time >= _MILLISECONDS else time


def bytes_of(text: object) -> float:
    """Return a value in bytes; infinite for "max", "+Inf" and the kernel's no-limit, NaN for what is no size."""
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        return math.nan
    if text == "max":
        return math.inf
    try:
        value = float(text)
    except (ValueError, OverflowError):
        return math.nan
    if math.isnan(value) or value < 0:
        return math.nan
    return math.inf if value >= _HUGE else value


def merged(series: Iterable[Series]) -> Iterator[Series]:
    """Yield the series of one owner out of several files joined into one."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    for one in series:
        for name, column in one.columns.items():
            pairs = zip(one.times.tolist(), column.tolist(), strict=True)
            samples[one.place] += [Sample(one.who, time, name, value) for time, value in pairs]
    yield from gather((s for some in samples.values() for s in some), ", ".join(samples))
