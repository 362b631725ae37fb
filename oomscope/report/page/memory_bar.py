"""Geometry of the memory picture: one bar of named parts against the limit, and the same numbers as rows."""

from typing import NamedTuple

from oomscope.report.fields import Doc, code, number, rows, say, sub, text
from oomscope.report.tables import FILLS, Cell, Column, Grid, columns, percent, plain_rows
from oomscope.report.words import count
from oomscope.units import share as whole_share
from oomscope.units import size

_NARROW_PX, _LETTER_PX = 300, 7.5  # the width a bar has on a phone, and of a letter in it
_TICKS = 3
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
_WORDS = {
    "anon": "Anonymous memory of processes",
    "file": "Page cache",
    "shmem": "tmpfs files and shared memory",
    "hugetlb": "Reserved huge pages",
    "slab": "Kernel memory: slab",
    "slab_reclaimable": "Kernel memory: slab that can be freed",
    "slab_unreclaimable": "Kernel memory: slab that cannot be freed",
    "kernel": "Kernel memory",
    "kernel_other": "Kernel memory: other",
    "kernel_stack": "Kernel memory: stacks",
    "pagetables": "Kernel memory: page tables",
    "sec_pagetables": "Kernel memory: second page tables",
    "percpu": "Kernel memory: per-CPU data",
    "vmalloc": "Kernel memory: vmalloc",
    "sock": "Network buffers",
    "swapcached": "Swap cache",
    "unevictable": "Locked memory",
    "mlocked": "Locked memory",
    "free": "Free",
    "unaccounted": "Not explained by the log",
}


class Slice(NamedTuple):
    part: float  # of the whole
    family: str  # names the fill: anon file shmem kernel swap huge lock free lost
    fill: str
    x: str
    width: str
    label_x: str
    label: str  # what fits inside the bar, or nothing


class Tick(NamedTuple):
    x: str
    anchor: str
    label: str


class Picture(NamedTuple):
    finding: str  # the largest part and its share: the heading
    total: str
    limit: str  # empty where there is none
    limit_x: str
    limit_anchor: str
    slices: tuple[Slice, ...]
    ticks: tuple[Tick, ...]
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
    whole = "counted against the limit" if sub(incident, "memcg") else "the RAM of the node"
    return Picture(
        finding=_finding(parts, total, limit),
        total=size(total),
        limit=size(limit) if limit else "",
        limit_x=percent(100 * limit / scale) if limit else "",
        limit_anchor="end" if limit and limit / scale > 0.5 else "start",
        slices=_slices(parts, total, scale),
        ticks=_ticks(scale),
        table=_table(parts, total, f"{'Memory ' if sub(incident, 'memcg') else ''}{whole}: {size(total)}"),
        sentence=_sentence(parts, total, limit),
    )


def _finding(parts: list[tuple[str, float, str]], total: float, limit: float | None) -> str:
    used = [p for p in parts if p[0] not in ("free", "unaccounted")] or parts
    largest = max(used, key=lambda p: p[1], default=None)
    of = f"{size(limit)} limit" if limit else size(total)
    if largest is None:
        return f"{size(total)} in use"
    return f"{_word(largest[0])}: {size(largest[1])} of {'the ' if limit else ''}{of}"


def share(x: float) -> str:
    """A share of the whole; nearly all of it is not all: the other parts stand beside it."""
    return f"{x * 100:.1f} %" if 0.99 < x < 1 else whole_share(x)


def _word(name: str) -> str:
    return _WORDS.get(name, name)


def _slices(parts: list[tuple[str, float, str]], total: float, scale: float) -> tuple[Slice, ...]:
    result, x = [], 0.0
    for name, amount, family in parts:
        width = 100 * amount / scale
        kind = family or _family(name)
        result.append(
            Slice(
                part=amount / total,
                family=kind,
                fill=FILLS[kind],
                x=percent(x),
                width=percent(width),
                label_x=percent(x + width / 2),
                label=_label(name, amount, width) if kind == "anon" else "",
            )
        )
        x += width
    return tuple(result)


def _ticks(scale: float) -> tuple[Tick, ...]:
    places = [(100 * n / _TICKS, scale * n / _TICKS) for n in range(_TICKS + 1)]
    return tuple(
        Tick(percent(x), "start" if x == 0 else "end" if x > 99 else "middle", size(value) if value else "0")
        for x, value in places
    )


def _table(parts: list[tuple[str, float, str]], total: float, caption: str) -> Grid:
    shown = [
        (
            Cell(say(_word(name)), family=family or _family(name)),
            Cell(say(code(name))) if name != "unaccounted" else "",
            size(amount),
            share(amount / total),
            count(int(amount)),
        )
        for name, amount, family in parts
    ]
    titles = columns("kind", Column("kernel’s name", "w"), "#size", "#share", Column("bytes", "num w"))
    return Grid(caption, titles, plain_rows(shown), "parts")


def _family(name: str) -> str:
    return _FAMILIES.get(name, "kernel")


def _label(name: str, amount: float, width: float) -> str:
    full = f"{name} {size(amount)}"
    return full if len(full) * _LETTER_PX + 12 < width / 100 * _NARROW_PX else ""


def _sentence(parts: list[tuple[str, float, str]], total: float, limit: float | None) -> str:
    said = ", ".join(f"{name} {size(amount)} ({share(amount / total)})" for name, amount, _ in parts)
    return f"{said} of {size(total)}" + (f"; the limit is {size(limit)}" if limit else "")


def makeup(drawn: Picture | None) -> str:
    """What the memory is made of, the largest kinds first, in a line of words."""
    if drawn is None:
        return ""
    kinds: dict[str, float] = {}
    for one in drawn.slices:
        if one.family != "free":
            kinds[one.family] = kinds.get(one.family, 0.0) + one.part
    shown = sorted(kinds.items(), key=lambda pair: -pair[1])[:4]
    return ", ".join(f"{_KINDS[kind]} {share(part)}" for kind, part in shown) + f" of {drawn.total}"


_KINDS = {
    "anon": "anonymous memory",
    "file": "page cache",
    "shmem": "tmpfs and shared memory",
    "kernel": "kernel memory",
    "swap": "swap cache",
    "huge": "reserved huge pages",
    "lock": "locked memory",
    "lost": "not explained by the log",
}
