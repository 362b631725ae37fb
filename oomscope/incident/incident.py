"""One OOM kill with everything that was read or computed about it, before any cause is weighed."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from oomscope.incident.outcome import Outcome
from oomscope.kernel.derive.badness import Replay
from oomscope.kernel.event import OomEvent
from oomscope.workload import Identity

if TYPE_CHECKING:
    from array import array

Scope = Literal["container", "pod", "qos", "kubepods", "service", "cgroup", "node", "cpuset", "mempolicy"]


class Part(NamedTuple):
    """One share of the charge; parts never overlap."""

    name: str
    bytes: int
    lines: tuple[int, int] | None = None


class Accounting(NamedTuple):
    """What the charge (or the node's RAM) consists of. `unaccounted_bytes` is the rest, never spread over the parts."""

    total_bytes: int
    parts: tuple[Part, ...]
    unaccounted_bytes: int

    def of(self, *names: str) -> int | None:
        """Sum of the named parts that are there; None if none is."""
        found = [p.bytes for p in self.parts if p.name in names]
        return sum(found) if found else None


class WorkloadRef(NamedTuple):
    """Who the victim was (or, for an ancestor's limit, whose limit it was), as far as paths and inventories say."""

    identity: Identity
    key: str
    qos_class: str | None = None
    qos_source: str | None = None
    namespace: str | None = None
    pod: str | None = None
    container: str | None = None
    image: str | None = None
    owner: str | None = None
    names_source: str | None = None
    memory_request_bytes: int | None = None
    memory_request_source: str | None = None
    memory_limit_bytes: int | None = None
    request_share: tuple[float, float] | None = None  # of the node's RAM, inferred from oom_score_adj


class Note(NamedTuple):
    """A finding that is read or computed, not weighed: it carries no probability."""

    id: str
    text: str
    lines: tuple[int, int] | None = None


class Incident(NamedTuple):
    """One event with who it happened to."""

    id: str
    input: int  # index of the input it was found in
    machine: int  # index of the machine; nothing is grouped, dated or compared across machines
    outcome: Outcome
    killer: str  # kernel | systemd-oomd | earlyoom | ...
    event: OomEvent
    scope: Scope | None
    replay: Replay | None
    accounting: Accounting | None
    working_set_bytes: int | None
    workload: WorkloadRef
    is_init: tuple[bool | None, ...]  # one per victim: was it its container's first process
    why_chosen: tuple[str, ...]  # one per victim
    notes: tuple[Note, ...] = ()
    also_seen: tuple[tuple[int, int], ...] = ()  # (input, line) of the same event's other renderings
    victim_bytes: int | None = (
        None  # the first victim's footprint by its row, else the anonymous memory of its kill line
    )
    content: str = ""  # what names the event in every rendering of it
    fullness: tuple[int, ...] = ()  # how much of a report this rendering holds
    listed: "array[int] | None" = None  # of an incident without its table: hashes of pid and name
    place: int = 0  # where the rest of its report is kept
