"""One cgroup's memory over time, whatever file it came from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEASURES = ("usage", "limit", "anon", "file", "mapped", "shmem", "swap", "working_set", "kernel", "start")
"""Columns that are read; bytes. `anon` is resident anonymous memory, `file` includes shmem as the kernel counts it and
`mapped` is what of it is mapped. `start` is when the container was started, in seconds since the epoch."""


class Who(NamedTuple):
    """Whose series it is: by cgroup path, by names, or both."""

    cgroup: str | None = None
    namespace: str | None = None
    pod: str | None = None
    container: str | None = None


class Series(NamedTuple):
    """`times` ascend, in seconds since the epoch if `epoch`, else of the log's clock. What a sample lacks is NaN."""

    who: Who
    epoch: bool
    times: Floats
    columns: Mapping[str, Floats] = MappingProxyType({})
    place: str = ""  # the file, for messages

    def column(self, name: str) -> Floats:
        """Return the column, or NaNs where the file has none of it."""
        found = self.columns.get(name)
        return found if found is not None else np.full(len(self.times), np.nan)

    def has(self, name: str) -> bool:
        found = self.columns.get(name)
        return found is not None and bool(np.isfinite(found).any())


def series_of(who: Who, epoch: bool, samples: Mapping[float, Mapping[str, float]], place: str) -> Series:
    """Return the series of samples that are given by time and by measure, in any order."""
    times = sorted(samples)
    names = sorted({name for sample in samples.values() for name in sample})
    columns = {n: np.array([samples[t].get(n, np.nan) for t in times], dtype=np.float64) for n in names}
    return Series(who, epoch, np.array(times, dtype=np.float64), columns, place)


def last_before(series: Series, at: float) -> float | None:
    """Return the time of the last sample before a moment; None where there is none."""
    number = int(np.searchsorted(series.times, at, side="left"))
    return float(series.times[number - 1]) if number else None
