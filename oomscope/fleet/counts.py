"""What the rows of the data set add up to: kills by workload, cause, node, kernel release, image and day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

COLUMNS: Final = (
    "incident", "outcome", "host", "wall", "namespace", "pod", "container", "unit", "workload", "comm", "cause", "words",
    "kernel_release", "input", "node", "day", "image", "owner", "name",
)  # fmt: skip
_Row = Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What was counted of one workload, node, cause, release, image or day. Times are as in the document."""

    kills: int = 0
    nodes: set[str] = field(default_factory=set)
    workloads: set[str] = field(default_factory=set)
    days: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    first: str | None = None
    last: str | None = None
    example: _Row = field(default_factory=dict)  # its last incident

    def add(self, row: _Row) -> None:
        """Count one kill."""
        self.kills += 1
        self.nodes.add(str(row["node"]))
        self.workloads.add(str(row["workload"]))
        self.causes[str(row["cause"])] += 1
        self.victims[str(row["comm"])] += 1
        if row["day"]:
            self.days[str(row["day"])] += 1
        if row["kernel_release"]:
            self.releases[str(row["kernel_release"])] += 1
        wall = row["wall"]
        if wall and (self.first is None or wall < self.first):
            self.first = wall
        if not self.example or (wall and (self.last is None or wall >= self.last)):
            self.last, self.example = wall or self.last, row


class Counts:
    """All kills of the data set, each once. An incident that stands in several inputs of one host is one."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self.all = Tally()
        self.workloads: dict[str, Tally] = {}
        self.causes: dict[str, Tally] = {}
        self.nodes: dict[str, Tally] = {}
        self.releases: dict[str, Tally] = {}
        self.images: dict[str, Tally] = {}
        self.days: dict[str, Tally] = {}
        self.copies = 0
        self.not_killed = 0
        seen: set[tuple[object, object]] = set()
        for row in rows:
            key = row["incident"], row["host"]
            if key in seen:
                self.copies += 1
                continue
            seen.add(key)
            if row["outcome"] == "killed":
                self._count(row)
            else:
                self.not_killed += 1

    def _count(self, row: _Row) -> None:
        self.all.add(row)
        groups = (
            (self.workloads, name_of(row)), (self.causes, row["cause"]), (self.nodes, row["node"]),
            (self.releases, row["kernel_release"]), (self.images, row["image"]), (self.days, row["day"]),
        )  # fmt: skip
        for group, name in groups:
            if name:
                group.setdefault(str(name), Tally()).add(row)


def name_of(row: _Row) -> str:
    """Return what a workload is called on all of its nodes: its owner, unit or name, else the key of its report."""
    place = "/".join(str(part) for part in (row["namespace"], row["owner"] or row["pod"]) if part)
    if row["owner"] or row["pod"]:
        return f"{place} · {row['container']}" if row["container"] else place
    return str(row["unit"] or row["name"] or row["workload"] or row["comm"] or "not in the log")


def largest(group: Mapping[str, Tally], most: int) -> list[tuple[str, Tally]]:
    """Return the names with the most kills, then by name."""
    return sorted(group.items(), key=lambda item: (-item[1].kills, item[0]))[:most]
