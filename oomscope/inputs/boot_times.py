"""One time for all: when an incident happened, since boot and since the epoch.

A dmesg knows seconds since boot only, an inventory and a Prometheus know wall clocks. A container whose end both tell
joins the two: `finishedAt` less the kill's monotonic time is the moment of boot, for every other incident of that boot.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from oomscope.incident.incident import Incident
from oomscope.inputs.pod_info import Match


class BootTimes(NamedTuple):
    """`boot_at`: the epoch second of each boot, by machine."""

    boot_at: Mapping[int, float]

    def wall(self, incident: Incident) -> float | None:
        """Return the epoch seconds of the incident; what the log itself prints counts first."""
        event = incident.event
        if event.wall_seconds is not None:
            return event.wall_seconds
        boot = self.boot_at.get(incident.machine)
        return None if boot is None or event.monotonic_seconds is None else boot + event.monotonic_seconds

    def log(self, incident: Incident) -> float | None:
        """Return seconds of the log's own clock: since boot, where it has that."""
        event = incident.event
        return event.monotonic_seconds if event.monotonic_seconds is not None else event.wall_seconds

    def at(self, incident: Incident, epoch: bool) -> float | None:
        return self.wall(incident) if epoch else self.log(incident)


def boot_times(incidents: Sequence[Incident], matches: Mapping[str, Match]) -> BootTimes:
    """Return when each boot of the incidents was: by their own wall clock, else by the ends of their containers."""
    own: dict[int, list[float]] = {}
    by_inventory: dict[int, list[float]] = {}
    for incident in incidents:
        event = incident.event
        if event.monotonic_seconds is None:
            continue
        if event.wall_seconds is not None:
            own.setdefault(incident.machine, []).append(event.wall_seconds - event.monotonic_seconds)
        ended = finished_at(incident, matches.get(incident.id))
        if ended is not None:
            by_inventory.setdefault(incident.machine, []).append(ended - event.monotonic_seconds)
    return BootTimes({boot: statistics.median(offsets) for boot, offsets in {**by_inventory, **own}.items()})


def finished_at(incident: Incident, match: Match | None) -> float | None:
    """Return when the inventory says that the very container of this kill ended."""
    container_id = incident.workload.identity.container_id
    if match is None or match.container is None or container_id is None:
        return None
    ends = [t.finished_at for t in match.container.terminations if t.container_id == container_id]
    return next((end for end in ends if end is not None), None)
