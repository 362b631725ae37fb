"""Processes that stand in several reports of one workload: which of them grew from kill to kill, and which did not.

One worker of many that grows is a leak and no crowd, although each report alone shows many processes of much the same size.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from oomscope.fact import Fact, declared
from oomscope.facts.repeats import Repeats
from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.incident.restarts import timed
from oomscope.units import MIB

FACTS = declared(
    "history",
    Fact("survivors", "count", "processes that stand in the task tables of several reports, a minute and more apart"),
    Fact("growing_survivors", "count", "those of them whose anonymous memory grew from each report to the next, by 15 % and 5 % of the limit in all"),
    Fact("level_survivors", "count", "those of them that stayed within 5 % or 1 MiB"),
    Fact("jumped_survivors", "count", "those of them that were as large as before from one report to the next, and then grew at once: one thing to do, not a steady growth"),
    Fact("jumped_from_bytes", "bytes", "anonymous memory of the one that grew most at once, in the report before"),
    Fact("jumped_to_bytes", "bytes", "its anonymous memory in the report after"),
    Fact("growth_steps", "count", "from how many reports to the next the one that grew most grew by a twentieth of all its growth or more"),
    Fact("growth_seconds", "seconds", "over how long a time it was seen to grow"),
    Fact("growing_comm", "text", "its name"),
    Fact("growing_from_bytes", "bytes", "its anonymous memory when it was seen first"),
    Fact("growing_to_bytes", "bytes", "its anonymous memory when it was seen last"),
    Fact("growth_hourly_bytes", "bytes", "by how much it grew in an hour"),
)  # fmt: skip

_APART_SECONDS = 60.0
_GROWN, _GROWN_BYTES = 0.15, 2 * MIB
_OF_THE_LIMIT = 0.05  # less is a process that has just begun
_STEP = 0.05  # of all that a process grew by: a step of less is none
_LEVEL, _LEVEL_BYTES = 0.05, MIB
_MOST_REPORTS, _MOST_TASKS = 100, 2000


class _Seen(NamedTuple):
    """One process in several reports."""

    comm: str
    sizes: Sequence[tuple[float, int]]  # seconds and bytes, in time order

    @property
    def grown(self) -> int:
        return self.sizes[-1][1] - self.sizes[0][1]

    def grows(self, least: float) -> bool:
        """Return True if it grew at every step, and by enough in all; not if it did so at once, after standing still."""
        return self._risen(least) and (self.steps >= 2 or len(self.sizes) == 2)

    def jumped(self, least: float) -> bool:
        """Return True if it stood still, and then grew at once."""
        still = abs(self.sizes[-2][1] - self.sizes[0][1]) <= max(_LEVEL_BYTES, _LEVEL * self.sizes[0][1])
        return len(self.sizes) > 2 and still and self.grown >= max(_GROWN_BYTES, _GROWN * self.sizes[0][1], least)

    def _risen(self, least: float) -> bool:
        ordered = [size for _, size in self.sizes]
        steps = all(later > earlier for earlier, later in pairwise(ordered))
        return steps and self.grown >= max(_GROWN_BYTES, _GROWN * ordered[0], least)

    @property
    def steps(self) -> int:
        """Return from how many reports to the next it grew by a twentieth of all its growth or more."""
        return sum(later - earlier >= _STEP * self.grown for (_, earlier), (_, later) in pairwise(self.sizes))

    def is_level(self) -> bool:
        """Return True if it stayed as large as it was."""
        first = self.sizes[0][1]
        return all(abs(size - first) <= max(_LEVEL_BYTES, _LEVEL * first) for _, size in self.sizes)


def put(table: FactTable, repeats: Repeats) -> None:
    """Put what became of the processes that outlived a kill."""
    members = repeats.telling
    if len(members) < 2 or not all(one.event.is_memcg for one in members):
        return
    seen = _seen(_reports(members)) if repeats.went_on is not None else []
    least = _OF_THE_LIMIT * max(map(_limit, members))
    growing = [one for one in seen if one.grows(least) and not one.jumped(least)]
    jumped = [one for one in seen if one.jumped(least)]
    table.put("survivors", len(seen))
    table.put("growing_survivors", len(growing))
    table.put("level_survivors", sum(one.is_level() for one in seen))
    table.put("jumped_survivors", len(jumped))
    if jumped:
        most = max(jumped, key=lambda one: one.grown)
        table.put("jumped_from_bytes", most.sizes[-2][1])
        table.put("jumped_to_bytes", most.sizes[-1][1])
    if growing:
        most = max(growing, key=lambda one: (one.steps, one.grown))
        seconds = most.sizes[-1][0] - most.sizes[0][0]
        table.put("growth_steps", most.steps)
        table.put("growth_seconds", seconds)
        table.put("growing_comm", most.comm)
        table.put("growing_from_bytes", most.sizes[0][1])
        table.put("growing_to_bytes", most.sizes[-1][1])
        table.put("growth_hourly_bytes", int(most.grown * 3600 / seconds))


def _limit(incident: Incident) -> int:
    memory = incident.event.memcg.memory if incident.event.memcg else None
    return memory.limit_bytes if memory is not None and not memory.unlimited else 0


def _reports(members: Sequence[Incident]) -> Iterator[tuple[float, Incident]]:
    """Yield the reports that still have a task table, a minute and more apart."""
    last = None
    for at, incident in timed(members)[:_MOST_REPORTS]:
        table = incident.event.tasks
        if table is None or not 0 < len(table.tasks) <= _MOST_TASKS:
            continue
        if last is None or at - last >= _APART_SECONDS:
            yield at, incident
            last = at


def _seen(reports: Iterator[tuple[float, Incident]]) -> list[_Seen]:
    found: dict[tuple[int, str], list[tuple[float, int]]] = {}
    for at, incident in reports:
        page = incident.event.page_size_bytes
        if page is None or incident.event.tasks is None:
            continue
        for task in incident.event.tasks.tasks:
            pages = task.anon_pages if task.anon_pages is not None else task.rss_pages
            if pages:
                found.setdefault((task.pid, task.comm), []).append((at, (pages + (task.swap_pages or 0)) * page))
    return [_Seen(comm, sizes) for (_, comm), sizes in found.items() if len(sizes) >= 2]
