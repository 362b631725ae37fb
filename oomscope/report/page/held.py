"""Who held the memory, as a table with bars: the largest few, the victim marked."""

from typing import NamedTuple

from oomscope.report.fields import Doc, code, say
from oomscope.report.holders import Holder, holders
from oomscope.report.tables import TRACK, Bar, Cell, Column, Grid, Row, columns, percent


class Held(NamedTuple):
    table: Grid
    why: str  # why the victim died, where it was not the largest


def held(incident: Doc) -> Held | None:
    """Return the table; None where the log lists no processes."""
    found = holders(incident)
    if found is None:
        return None
    titles = columns("who", "#memory", "#share", Column("share as a bar", "grow", quiet=True))
    caption = f"Shares {found.whole}"
    return Held(Grid(caption, titles, tuple(map(_row, found.rows)), "held"), found.why)


def _row(one: Holder) -> Row:
    name = Cell(
        say(code(one.comm), one.name.removeprefix(one.comm)) if one.comm else say(one.name),
        tag="killed" if one.killed else "",
    )
    size = f"{one.size} {one.swap}".rstrip()
    bar = Bar("lead" if one.killed else "rival", "0%", percent(100 * one.part))
    return Row((name, size, one.share, Cell(bars=(TRACK, bar))), "killed" if one.killed else "")
