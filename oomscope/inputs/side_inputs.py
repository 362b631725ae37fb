"""What side inputs say about the incidents of an analysis, in one place. Times are seconds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from oomscope.inputs.memory_flags import MemoryFlag
    from oomscope.inputs.pod_info import Match
    from oomscope.read import InputWarning
    from oomscope.series.reading import Finding

STARTS = (b"Started", b"StartContainer for", b"returns container id", b"Scheduled restart job", b"starting signal loop")
"""Literals of the lines in which runtimes, kubelet and systemd tell of a start; `log` keeps those lines one by one."""
START_HINTS = (b"tart", b"returns container id")
"""Each of these literals holds one of the two."""
CONTAINER_STARTS = (
    "StartContainer for",
    "returns container id",
    "ContainerStarted",
    "Started container",
    "starting signal loop",
)
"""Those of them that runtimes and the kubelet write."""
TELLING_STARTS = rb"(?!Started Session )"
"""Sessions of users are started in thousands of lines that are about no container and no service."""

_JSON = rb"\s*[\[{](?:(?!\"kind\"|\"involvedObject\"|\"regarding\").)*"
SIDE_MEMBERS: tuple[tuple[str, str, bytes, int], ...] = (
    # kubectl writes the keys in order: of an event what it is about comes before its own kind
    ("pods", "", _JSON + rb'"kind": ?"Pod(?:List)?"', 8 << 20),
    ("pods", "", rb'\s*\{(?:(?!"items").)*"kind": ?"List"(?:(?!"kind"|"involvedObject").)*"kind": ?"Pod"', 8 << 20),
    ("nodes", "", _JSON + rb'"kind": ?"Node(?:List)?"', 8 << 20),
    ("events", "", _JSON + rb'(?:"kind": ?"EventList"|"(?:involvedObject|regarding)": ?\{)', 8 << 20),
    ("cgroups", r"(?:^|/)[^/]+/memory\.(?:events|stat|peak|max|high|min|current|swappiness|oom\.group|oom_control|max_usage_in_bytes|usage_in_bytes|limit_in_bytes)$", rb"[\w \n-]", 1 << 16),
    ("meminfo", r"(?:^|/)proc/meminfo$", rb"MemTotal:", 1 << 16),
)  # fmt: skip
"""What a bundle may hold beside its logs that tells about the kills in them: the fields of `SideMember`."""

LifeSource = Literal["pods", "events", "log", "series", "gaps"]
"""Where a lifetime comes from; `gaps` only bound it."""

LIFE_SOURCES: tuple[LifeSource, ...] = get_args(LifeSource)
"""The most trusted first."""


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
    flags: "Mapping[str, tuple[MemoryFlag, ...]]" = MappingProxyType({})  # settings of its program, by incident id
    warnings: "tuple[tuple[int, InputWarning], ...]" = ()  # with the number of the input that they are about

    def about(self, number: int) -> "tuple[InputWarning, ...]":
        """Return the warnings about one input."""
        return tuple(warning for n, warning in self.warnings if n == number)
