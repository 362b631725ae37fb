"""The kills of one workload as rows of one table: only what differs between them."""

from collections.abc import Sequence

from oomscope.report.clues import cause_short
from oomscope.report.counting import is_kill, otherwise
from oomscope.report.fields import Doc, amount, anchor, moment, number, rows, say, sub
from oomscope.report.groups import Group
from oomscope.report.identity import victim_words
from oomscope.report.places import Places
from oomscope.report.tables import Cell, Grid, Row, columns
from oomscope.report.words import ABSENT, DASH, plural
from oomscope.units import duration


def kills_table(group: Group, shown: Sequence[Doc], places: Places, linked: frozenset[str]) -> Grid | None:
    """Return the table; None for a single incident. `linked`: ids of those that are told in full below."""
    if len(group.incidents) < 2:
        return None
    own = cause_short(group.verdict)
    between = _between(group.incidents)
    differs = any(_cause(i, own) for i in shown)
    titles = ["when", "#after the one before", "killed", "#it held", *(["cause of this one"] if differs else []), "log"]
    table = tuple(
        _row(i, between.get(str(i.get("id")), ""), _cause(i, own) if differs else None, places, linked) for i in shown
    )
    return Grid(
        f"{plural(len(group.incidents), 'report')}, in the order of the log",
        columns(*titles),
        table,
        "kills",
        scroll=True,
    )


def _row(incident: Doc, between: str, cause: str | None, places: Places, linked: frozenset[str]) -> Row:
    victims = rows(incident, "victims")
    identity = str(incident.get("id"))
    told = Cell(victim_words(incident)) if is_kill(incident) else otherwise([incident]).removeprefix("1 ")
    href = f"#i-{anchor(identity)}" if identity in linked else None
    when = Cell(say(moment(incident)), href=href) if href else moment(incident)
    held = amount(victims[0], "anon_rss_bytes") if victims else ABSENT
    cells: list[str | Cell] = [when, between or DASH, told, held]
    if cause is not None:
        cells.append(cause or "the same")
    return Row((*cells, places.of(incident)), id="" if href else f"i-{anchor(identity)}")


def _cause(incident: Doc, own: str) -> str:
    """The cause of this one where it is another than that over all of them."""
    found = cause_short(sub(incident, "verdict"))
    return "" if found == own else found


def _between(incidents: Sequence[Doc]) -> dict[str, str]:
    """Time since the incident before, where both have a time on one clock."""
    found: dict[str, str] = {}
    last: Doc | None = None
    for incident in incidents:
        apart = _apart(last, incident) if last is not None else None
        if apart is not None and apart >= 0:
            found[str(incident.get("id"))] = duration(apart)
        last = incident
    return found


def _apart(one: Doc, other: Doc) -> float | None:
    """Seconds since boot within one boot of one machine, else by the time of day."""
    if (one.get("machine"), one.get("boot_id")) != (other.get("machine"), other.get("boot_id")):
        return None
    first, second = (number(sub(i, "time"), "monotonic_seconds") for i in (one, other))
    return second - first if first is not None and second is not None else None
