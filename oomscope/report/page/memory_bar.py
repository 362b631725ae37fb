"""Geometry of the memory picture: one bar of named parts, the limit, and the same numbers as rows."""

from typing import NamedTuple

from oomscope.report.fields import Doc, number, rows, say, sub, text
from oomscope.report.tables import Bar, Cell, Grid, columns, percent, plain_rows
from oomscope.units import share, size

_LEAST_LABELLED = 4.0  # percent of the bar below which a key letter does not fit
_NARROW_PX, _LETTER_PX = 300, 7.5  # the width a bar has on a phone, and of a letter in it
_FAMILIES = {
    "anon": "anon",
    "anon_thp": "anon",
    "file": "file",
    "cache": "file",
    "page_cache": "file",
    "shmem": "shmem",
    "tmpfs": "shmem",
    "swapcached": "swap",
    "swap": "swap",
    "hugetlb": "huge",
    "hugepages": "huge",
    "free": "free",
    "unevictable": "lock",
    "mlocked": "lock",
}


class Slice(NamedTuple):
    name: str
    share: str
    family: str  # names the fill: anon file shmem kernel swap huge lock free lost
    x: str
    width: str
    label_x: str
    label: str  # what fits inside the bar: letter and name, the letter, or nothing


class Picture(NamedTuple):
    whole: str  # what the bar adds up to
    total: str
    limit: str  # empty where there is none
    limit_x: str
    limit_anchor: str
    slices: tuple[Slice, ...]
    table: Grid
    sentence: str  # the picture in words


def picture(incident: Doc) -> Picture | None:
    """The accounting of an incident as one bar; None where the log has none."""
    accounting = sub(incident, "accounting")
    total = number(accounting, "total_bytes")
    if not total or total <= 0:
        return None
    parts = [(text(p, "name"), number(p, "bytes") or 0, "") for p in rows(accounting, "parts")]
    parts = sorted((p for p in parts if p[1] > 0), key=lambda p: (p[0] == "free", -p[1]))
    lost = number(accounting, "unaccounted_bytes") or 0
    if lost > 0:
        parts.append(("unaccounted", lost, "lost"))
    limit = number(sub(incident, "memcg"), "limit_bytes")
    limit = None if limit is None or limit > 100 * total else limit  # far outside the picture: no limit at all
    scale = max(total, limit or 0, sum(p[1] for p in parts))
    whole = "the usage of oom_memcg" if sub(incident, "memcg") else "the node's RAM"
    return Picture(
        whole=whole,
        total=size(total),
        limit=size(limit) if limit else "",
        limit_x=percent(100 * limit / scale) if limit else "",
        limit_anchor="end" if limit and limit / scale > 0.5 else "start",
        slices=_slices(parts, total, scale),
        table=_table(parts, total, whole),
        sentence=_sentence(parts, total, limit),
    )


def _slices(parts: list[tuple[str, float, str]], total: float, scale: float) -> tuple[Slice, ...]:
    result, x = [], 0.0
    for index, (name, amount, family) in enumerate(parts):
        width = 100 * amount / scale
        letter = _letter(index)
        result.append(
            Slice(
                name=name,
                share=share(amount / total),
                family=family or _family(name),
                x=percent(x),
                width=percent(width),
                label_x=percent(x + width / 2),
                label=_label(letter, name, width),
            )
        )
        x += width
    return tuple(result)


def _table(parts: list[tuple[str, float, str]], total: float, whole: str) -> Grid:
    shown = [
        (Cell(say(_letter(n)), family=family or _family(name)), name, size(amount), share(amount / total))
        for n, (name, amount, family) in enumerate(parts)
    ]
    caption = f"{whole}: {size(total)}"
    return Grid(caption, columns("key", "part", "#bytes", "#share"), plain_rows(shown), "parts", head=1)


def _letter(index: int) -> str:
    """What joins a slice of the bar to its row: `A`, `B`, …"""
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def _family(name: str) -> str:
    return _FAMILIES.get(name, "kernel")


def _label(letter: str, name: str, width: float) -> str:
    full = f"{letter} {name}"
    if len(full) * _LETTER_PX + 12 < width / 100 * _NARROW_PX:
        return full
    return letter if width >= _LEAST_LABELLED else ""


def _sentence(parts: list[tuple[str, float, str]], total: float, limit: float | None) -> str:
    said = ", ".join(f"{name} {size(amount)} ({share(amount / total)})" for name, amount, _ in parts)
    return f"{said} of {size(total)}" + (f"; the limit is {size(limit)}" if limit else "")


class Makeup(NamedTuple):
    """The picture in one line: for the first screen."""

    bars: tuple[Bar, ...]
    says: str


def makeup(incident: Doc) -> Makeup | None:
    """What the memory is made of, largest first, as a strip and a line of words."""
    drawn = picture(incident)
    if drawn is None:
        return None
    return Makeup(
        bars=tuple(Bar(s.family, s.x, s.width) for s in drawn.slices),
        says=", ".join(f"{s.share} {s.name}" for s in drawn.slices[:4]) + f" of {drawn.total}",
    )
