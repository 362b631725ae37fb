"""The last hours of each cgroup, held in memory: few samples of long ago, all of them of just now."""

import math
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from oomscope.record.counters import COLUMNS, Row

MOST_SAMPLES: Final = 360
_RECENT: Final = 120  # of them are never thinned
MOST_HELD: Final = 3000  # more than are sampled: what was removed is kept for a while
_WIDE: Final = len(COLUMNS) + 2

Moment = tuple[float, float]
"""Seconds since boot, and since the epoch."""


class History:
    """Samples by cgroup; of the cgroups without a sample for longest those beyond the cap are forgotten."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, array[float]] = OrderedDict()

    def add(self, cgroup: str, at: Moment, row: Row) -> None:
        """Take a sample."""
        held = self._held.get(cgroup)
        if held is None:
            held = self._held[cgroup] = array("d")
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(cgroup)
        held.extend(at)
        held.extend(math.nan if value is None else value for value in row)
        if len(held) > MOST_SAMPLES * _WIDE:
            self._held[cgroup] = _thinned(held)

    def cgroups(self) -> Iterable[str]:
        """Return the cgroups of which there are samples."""
        return self._held.keys()

    def rows(self, cgroup: str) -> Iterator[tuple[Moment, Row]]:
        """Yield the samples of a cgroup, in time order."""
        held = self._held.get(cgroup, array("d"))
        for start in range(0, len(held), _WIDE):
            values = held[start : start + _WIDE]
            yield (values[0], values[1]), tuple(None if value != value else int(value) for value in values[2:])


def _thinned(held: "array[float]") -> "array[float]":
    """Leave out every other of the older samples, the first apart: a start tells most."""
    older = len(held) // _WIDE - _RECENT
    kept = array("d", held[:_WIDE])
    for n in range(2, older, 2):
        kept.extend(held[n * _WIDE : (n + 1) * _WIDE])
    kept.extend(held[older * _WIDE :])
    return kept
