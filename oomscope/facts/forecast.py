"""How long a larger limit would hold, at the rate at which this workload fills its memory."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side
from oomscope.units import parse_quantity

FACTS = (
    *declared(
        "metrics",
        Fact("raise_buys_low_seconds", "seconds", "how long the larger limit would hold at the fastest rate that the series allow"),
        Fact("raise_buys_high_seconds", "seconds", "the same at the slowest rate; unknown where the series allow none at all"),
    ),
    *declared(
        "history",
        Fact("raise_buys_life_seconds", "seconds", "how long the larger limit would hold if it fills as fast as in its runs so far"),
    ),
)  # fmt: skip

_HOUR = 3600.0


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put what the suggested limit adds over the ends of the slope's interval, and over the time between kills."""
    fastest, slowest = table.number("series_slope_high_bytes"), table.number("series_slope_low_bytes")
    life = table.number("life_seconds") if table.values.get("life_source") != "gaps" else None
    if fastest is None and slowest is None and life is None:
        return
    limit, suggested = table.whole("limit_bytes"), table.values.get("suggested_limit")
    enough = parse_quantity(suggested) if isinstance(suggested, str) else None
    if limit is None or enough is None or enough <= limit:
        return
    more = enough - limit
    if fastest is not None and fastest > 0:
        table.put("raise_buys_low_seconds", more / fastest * _HOUR)
    if slowest is not None and slowest > 0:
        table.put("raise_buys_high_seconds", more / slowest * _HOUR)
    if life is not None:
        table.put("raise_buys_life_seconds", life * more / limit)


TOPIC = LateTopic(
    FACTS,
    put,
    needs=(
        "limit_bytes",
        "suggested_limit",
        "series_slope_high_bytes",
        "series_slope_low_bytes",
        "life_seconds",
        "life_source",
    ),
)
