"""What a side input is: its options, what it says about incidents, and the command that gets it.

Each is declared in a file of its own in `registry`. The options of the command line, what would settle a verdict, and
the origins of facts are made from these declarations. Nothing here imports a reader: `--help` needs only the words.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oomscope.fact import Fact, Value
    from oomscope.incident.incident import Incident, Note
    from oomscope.inputs.boot_times import BootTimes
    from oomscope.inputs.kubectl import Cluster
    from oomscope.inputs.memory_flags import MemoryFlag
    from oomscope.inputs.pod_info import Match
    from oomscope.inputs.side_files import SideFiles
    from oomscope.inputs.side_inputs import Life
    from oomscope.read import InputWarning
    from oomscope.series.reading import Finding

LOG = "LOG"
"""Stands for the path of the log in a command, so that its name changes nothing of a document; views put it there."""


class Option(NamedTuple):
    """One option of the command line. `name` is that of the value in `SideFiles`."""

    name: str
    flag: str  # --pods
    help: str
    metavar: str | None = None
    kind: Literal["files", "text", "switch"] = "files"  # `files` may be given more than once


class Asked(NamedTuple):
    """What a command has to know about the incident that it asks about."""

    kubernetes: bool | None
    version: int | None  # of cgroups
    cgroup: str | None
    named: bool  # namespace and pod are known
    timed: bool  # the time of day is known
    given: frozenset[str] = frozenset()  # parts of the report that the log holds whole


class Known(NamedTuple):
    """What is known when an input is asked: incidents with the names of their pods."""

    incidents: "Sequence[Incident]"
    matches: "Mapping[str, Match]"  # pod and container by incident id
    boots: "BootTimes"
    cluster: "Cluster | None" = None  # what kubectl answered


class Findings(NamedTuple):
    """What one input says: by incident id, series by workload key."""

    facts: "Mapping[str, Mapping[str, Value]]" = MappingProxyType({})
    notes: "Mapping[str, Note]" = MappingProxyType({})
    lives: "Mapping[str, Life]" = MappingProxyType({})  # runs that a kill ended
    series: "Mapping[str, Finding]" = MappingProxyType({})
    flags: "Mapping[str, tuple[MemoryFlag, ...]]" = MappingProxyType({})  # settings of its program
    requests: "Mapping[str, int]" = MappingProxyType({})  # memory requests that an oom_score_adj tells, in bytes
    warnings: "tuple[tuple[int, InputWarning], ...]" = ()  # with the number of the input that they are about


NOTHING = Findings()


def without(error: Exception) -> "InputWarning":
    """Return the warning that the verdict is without what a server did not say."""
    from oomscope.read import InputWarning

    return InputWarning("side-input-unreadable", f"{error}. The verdict is without it")


class SideInput(NamedTuple):
    """One thing that may be handed over beside the log."""

    options: tuple[Option, ...]
    gives: tuple[str, ...]  # origins of facts: that of its own has the name of its first option
    origin_words: str | None = None  # completes `this comes from ...`; None where it only fetches what others read
    title: str = ""  # heading of the clues that it would tell
    only_kubernetes: bool = False
    command: Callable[[Asked], str] | None = None  # fetches it and analyses once more
    tell: "Callable[[SideFiles, Known], Findings] | None" = None  # None: it is read before the others
    facts: "Callable[[], tuple[Fact, ...]]" = tuple  # those that are computed where it is read

    @property
    def name(self) -> str:
        """Its own origin."""
        return self.gives[0]


def fetched(command: str, file: str, flag: str) -> Callable[[Asked], str]:
    """Return a command that writes a file and hands it over beside the log."""
    line = f"{command} > {file} && oomscope analyze {LOG} {flag} {file}"
    return lambda asked: line
