"""Geometry of the memory picture: one bar of named parts, the limit, and the same numbers as rows."""

from dataclasses import dataclass

from oomscope.report.fields import Doc, number, rows, sub, text
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


@dataclass(frozen=True, slots=True)
class Slice:
    key: str  # the letter that joins bar and table
    name: str
    bytes: str
    share: str
    family: str  # names the fill: anon file shmem kernel swap huge lock free lost
    x: str
    width: str
    label_x: str
    label: str  # what fits inside the bar: letter and name, the letter, or nothing


@dataclass(frozen=True, slots=True)
class Picture:
    whole: str  # what the bar adds up to
    total: str
    limit: str  # empty where there is none
    limit_x: str
    limit_anchor: str
    slices: tuple[Slice, ...]
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
    scale = max(total, limit or 0, sum(p[1] for p in parts))
    node = not sub(incident, "memcg")
    return Picture(
        whole="the node's RAM" if node else "what is charged to oom_memcg",
        total=size(total),
        limit=size(limit) if limit else "",
        limit_x=_percent(100 * limit / scale) if limit else "",
        limit_anchor="end" if limit and limit / scale > 0.5 else "start",
        slices=_slices(parts, total, scale),
        sentence=_sentence(parts, total, limit),
    )


def _slices(parts: list[tuple[str, float, str]], total: float, scale: float) -> tuple[Slice, ...]:
    result, x = [], 0.0
    for index, (name, amount, family) in enumerate(parts):
        width = 100 * amount / scale
        letter = chr(ord("A") + index) if index < 26 else str(index + 1)
        result.append(
            Slice(
                key=letter,
                name=name,
                bytes=size(amount),
                share=share(amount / total),
                family=family or _FAMILIES.get(name, "kernel"),
                x=_percent(x),
                width=_percent(width),
                label_x=_percent(x + width / 2),
                label=_label(letter, name, width),
            )
        )
        x += width
    return tuple(result)


def _label(letter: str, name: str, width: float) -> str:
    full = f"{letter} {name}"
    if len(full) * _LETTER_PX + 12 < width / 100 * _NARROW_PX:
        return full
    return letter if width >= _LEAST_LABELLED else ""


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _sentence(parts: list[tuple[str, float, str]], total: float, limit: float | None) -> str:
    said = ", ".join(f"{name} {size(amount)} ({share(amount / total)})" for name, amount, _ in parts)
    return f"{said} of {size(total)}" + (f"; the limit is {size(limit)}" if limit else "")


@dataclass(frozen=True, slots=True)
class Bar:
    """A small bar inside a table row: where it starts and how long it is."""

    family: str
    x: str
    width: str


def bars(amounts: list[tuple[str, float]], whole: float) -> tuple[Bar, ...]:
    """Amounts side by side on a scale of `whole`; nothing for a whole of nothing."""
    result, x = [], 0.0
    for family, amount in amounts:
        width = 100 * amount / whole if whole > 0 else 0.0
        if width >= 0.05:
            result.append(Bar(family, _percent(min(x, 100)), _percent(min(width, 100 - x) if x < 100 else 0)))
        x += width
    return tuple(result)
