"""The shapes that side inputs arrive in. Times are seconds: `clock` says whether since boot or since the epoch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from oomscope.series.reading import Finding
    from oomscope.workload.pods import Match

LifeSource = Literal["pods", "log", "series", "gaps"]
"""Where a lifetime comes from, the most trusted first; `gaps` only bound it."""


class SideFiles(NamedTuple):
    """The files that a user handed over beside the log."""

    pods: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    cgroups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.pods, self.metrics, self.nodes, self.events, self.cgroups))


class Life(NamedTuple):
    """One run of a container, or of a process in a cgroup that stays, up to the kill that ended it."""

    incident: str  # id of the incident that ended it
    seconds: float
    source: LifeSource


class Side(NamedTuple):
    """What the side inputs say about the incidents, by incident id or by workload key."""

    matches: "Mapping[str, Match]" = MappingProxyType({})  # by incident id
    lives: Mapping[str, tuple[Life, ...]] = MappingProxyType({})  # by workload key, in time order
    series: "Mapping[str, Finding]" = MappingProxyType({})  # by workload key
    facts: Mapping[str, Mapping[str, float | int | str | bool]] = MappingProxyType({})  # by incident id
