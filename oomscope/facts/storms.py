"""Storms: kills that follow each other within seconds, because no single one freed enough."""

from oomscope.fact import Fact, declared
from oomscope.facts.numbers import median
from oomscope.facts.repeats import Repeats
from oomscope.facts.table import FactTable
from oomscope.incident.incident import Incident
from oomscope.incident.restarts import STORM_SECONDS

FACTS = declared(
    "history",
    Fact("storm_kills", "count", "kills that followed each other within seconds, because none freed enough"),
    Fact("storm_same_comm", "share", "victims of that storm that carry its most frequent name"),
    Fact("storm_victim_bytes", "bytes", "median anonymous memory of the storm's victims"),
)  # fmt: skip


def put_storm(table: FactTable, repeats: Repeats) -> None:
    """The longest run of kills with less than `STORM_SECONDS` between them; memory.oom.group's victims count once."""
    storm = longest_storm(repeats.telling)
    if len(storm) < 2:
        return
    victims = [i.event.victims[0] for i in storm if i.event.victims]
    table.put("storm_kills", len(storm))
    comms = [v.comm for v in victims]
    if comms:
        table.put("storm_same_comm", max(comms.count(c) for c in set(comms)) / len(comms))
    sizes = [v.anon_rss_bytes for v in victims if v.anon_rss_bytes is not None]
    if sizes:
        table.put("storm_victim_bytes", int(median(sizes)))


def longest_storm(incidents: tuple[Incident, ...]) -> list[Incident]:
    """In time order; incidents without a clock belong to no storm."""
    timed = sorted(
        (
            (i.event.monotonic_seconds, i)
            for i in incidents
            if i.event.monotonic_seconds is not None and i.event.victims
        ),
        key=lambda pair: pair[0],
    )
    first = best_first = best_end = 0
    for n, (seconds, _) in enumerate(timed):
        if n and seconds - timed[n - 1][0] > STORM_SECONDS:
            first = n
        if n + 1 - first > best_end - best_first:
            best_first, best_end = first, n + 1
    return [incident for _, incident in timed[best_first:best_end]]
