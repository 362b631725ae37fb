"""Tables as data: columns, rows, and the few kinds of cell that a table of the page may hold.

The view's shapes are NamedTuples: as frozen as a dataclass, and a seventh of its cost when a run starts.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from oomscope.report.fields import Phrase, code, say

FILLS = {
    "anon": "#2166ac",
    "free": "#eef1f4",
    **{name: f"url(#p-{name})" for name in ("shmem", "file", "kernel", "lock", "swap", "huge", "lost")},
    "track": "#eef1f4",
    "lead": "#2166ac",
    "rival": "#5b6672",
    "short": "#b3261e",
    "min": "#171a1f",
}
"""How each kind of thing is filled where a page's styles were stripped. Kinds of memory differ by pattern too: colour
never tells alone."""


class Bar(NamedTuple):
    """A piece of a small bar: its fill, where it starts, how long it is."""

    family: str
    x: str
    width: str

    @property
    def fill(self) -> str:
        """The fill without styles."""
        return FILLS[self.family]


class Cell(NamedTuple):
    """More than plain text: words, perhaps linked, with a mark before or behind them, or a bar."""

    parts: Phrase = ()
    href: str | None = None
    tag: str = ""  # a warning in a frame: "killed", "below min"
    tone: str = ""  # the words are a chip of certainty
    family: str = ""  # the words are a key letter on this fill
    bars: tuple[Bar, ...] = ()


class Column(NamedTuple):
    title: str
    kind: str = ""  # "", num, spark, path, wide
    quiet: bool = False  # the title is for screen readers only


class Row(NamedTuple):
    cells: tuple[str | Cell, ...]
    style: str = ""  # "", lead, killed, warned
    id: str = ""


class Grid(NamedTuple):
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    style: str = ""  # "", short, odds, parts, tasks, overview
    head: int = 0  # the column that names the row
    scroll: bool = False


def columns(*titles: str | Column) -> tuple[Column, ...]:
    """Columns by title; `#title` is numeric."""
    return tuple(
        t if isinstance(t, Column) else Column(t.removeprefix("#"), "num" if t.startswith("#") else "") for t in titles
    )


def plain_rows(rows: Iterable[Sequence[str | Cell]]) -> tuple[Row, ...]:
    """Rows without a style."""
    return tuple(Row(tuple(row)) for row in rows)


def word(text: str, tag: str = "") -> Cell:
    """A word of the log."""
    return Cell(say(code(text)), tag=tag)


def link(text: str, href: str | None) -> Cell | str:
    """A line reference; plain text where the page does not show the line."""
    return Cell(say(text), href=href) if href else text


def percent(value: float) -> str:
    """A place or length inside a picture."""
    return f"{value:.2f}%"


def bars(amounts: Iterable[tuple[str, float]], whole: float) -> tuple[Bar, ...]:
    """Amounts side by side on a scale of `whole`; nothing for a whole of nothing."""
    result, x = [], 0.0
    for family, amount in amounts:
        width = 100 * amount / whole if whole > 0 else 0.0
        if width >= 0.05 and x < 100:
            result.append(Bar(family, percent(x), percent(min(width, 100 - x))))
        x += width
    return tuple(result)


TRACK = Bar("track", "0%", "100%")
