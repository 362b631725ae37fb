"""How long a larger limit would hold, at the rate at which this workload fills its memory."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.topic import LateTopic
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side
from oomscope.units import MIB, parse_quantity, quantity

FACTS = (
    *declared(
        "memory",
        Fact("suggested_by", "text", "how the suggested limit is reckoned: from what was in use, or from all that forked processes hold"),
        Fact("suggested_why", "text", "how far the suggested limit can be trusted: a process that was killed while it grew needed more"),
    ),
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
_FORKED = 1.3  # anonymous memory of all tasks over what is charged


def put(table: FactTable, incident: Incident, side: Side) -> None:
    """Put how good the suggested limit is, and what it adds over the ends of the slope's interval, and over the time between kills."""
    if "suggested_limit" in table.values:
        _forked(table)
        table.put("suggested_why", _why(table))
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


def _forked(table: FactTable) -> None:
    """Suggest no less than forked processes need once each has written all the pages that it shares with the others."""
    table.put("suggested_by", "100 MiB or a fifth above what was in use")
    held, charged, usage = (table.whole(name) for name in ("anon_sum_bytes", "anon_bytes", "usage_bytes"))
    suggested = table.values["suggested_limit"]
    enough = parse_quantity(suggested) if isinstance(suggested, str) else None
    if (table.number("anon_sum_ratio") or 0) < _FORKED or None in (held, charged, usage, enough):
        return
    need = (usage or 0) - (charged or 0) + (held or 0)
    if need > (enough or 0):
        table.put("suggested_limit", quantity(-(-need // MIB) * MIB))
        table.put("suggested_limit_m", f"{-(-need // MIB)}M")
        table.put("suggested_by", "what its processes hold together")


def _why(table: FactTable) -> str:
    values = table.values
    if (table.number("anon_sum_ratio") or 0) >= _FORKED:
        return (
            f"Forked processes share pages: once each has written all of them, they need {values['anon_sum_quantity']} "
            "of anonymous memory as they were at the kill. That is a lower bound if one of them was still growing."
        )
    if values.get("heap_flag_is_relative"):
        return (
            "A lower bound, and the heap grows with the limit, as its setting is a share of it: "
            "set an absolute heap first, then leave room for what the runtime needs besides."
        )
    if values.get("series_plateau"):
        return "The larger of 1.2 times and 100 MiB more than what was in use; usage had stood level before."
    peak = _PEAKS.get(values.get("cgroup_version"), "its highest usage")
    return (
        "A lower bound: 1.2 times, or 100 MiB more than, what was in use when the kernel killed, and the process was "
        f"still growing. To find the real need, run it once with much more and read {peak}."
    )


_PEAKS: dict[object, str] = {
    1: "memory.max_usage_in_bytes of its cgroup",
    2: "memory.peak of its cgroup (Linux 5.19 and newer)",
}


TOPIC = LateTopic(
    FACTS,
    put,
    needs=(
        "usage_bytes",
        "anon_bytes",
        "anon_sum_bytes",
        "anon_sum_ratio",
        "anon_sum_quantity",
        "heap_flag_is_relative",
        "series_plateau",
        "cgroup_version",
        "limit_bytes",
        "suggested_limit",
        "suggested_limit_m",
        "series_slope_high_bytes",
        "series_slope_low_bytes",
        "life_seconds",
        "life_source",
    ),
)
