"""A node-wide OOM: what the node had, zone by zone, and what no process owns."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.report.fields import Doc, amount, number, rows, sub, text
from oomscope.report.tables import TRACK, Bar, Cell, Column, Grid, columns, percent, plain_rows, word
from oomscope.report.words import DASH, count
from oomscope.units import size


class Pair(NamedTuple):
    name: str
    value: str


class Node(NamedTuple):
    numbers: tuple[Pair, ...]
    zones: Grid | None
    pieces: Grid | None
    hugepages: tuple[str, ...]
    slabs: Grid | None
    counters: tuple[Pair, ...]


def node(incident: Doc) -> Node | None:
    """The node's Mem-Info, or None where the report has none."""
    found = sub(incident, "node")
    if not found:
        return None
    zones = rows(found, "zones")
    return Node(
        numbers=_numbers(found) + _asked(incident),
        zones=_zones(zones) if zones else None,
        pieces=_pieces(zones),
        hugepages=tuple(_pool(h) for h in rows(found, "hugepages") if number(h, "total")),
        slabs=_slabs(found),
        counters=_counters(found),
    )


def _asked(incident: Doc) -> tuple[Pair, ...]:
    """What the failed allocation wanted in one piece; nothing for single pages, SysRq-f and unknown page sizes."""
    order, page = number(sub(incident, "invoker"), "order"), number(incident, "page_size_bytes")
    if order is None or page is None or not 0 < order < 20:
        return ()
    return (Pair("asked for in one piece", f"{size(page * 2**order)}, order {order}"),)


def _numbers(found: Doc) -> tuple[Pair, ...]:
    names = (
        ("RAM", "ram_bytes"),
        ("free", "free_bytes"),
        ("swap", "swap_total_bytes"),
        ("swap free", "swap_free_bytes"),
    )
    return tuple(Pair(name, amount(found, key)) for name, key in names)


def _zones(zones: Sequence[Doc]) -> Grid:
    caption = "Free pages per zone; the bar is free up to twice the high mark, the stroke is min"
    bar = Column("free as a bar", "spark", quiet=True)
    return Grid(
        caption,
        columns("zone", bar, "#free", "below", "#min", "#low", "#high", "#managed"),
        plain_rows(_zone(zone) for zone in zones),
        scroll=True,
    )


def _zone(zone: Doc) -> list[str | Cell]:
    mark = _mark(number(zone, "free_bytes"), zone)
    marks = [amount(zone, f"{name}_bytes", DASH) for name in ("min", "low", "high", "managed")]
    return [_name(zone), Cell(bars=_level(zone, mark)), amount(zone, "free_bytes"), Cell(tag=mark), *marks]


def _name(zone: Doc) -> str:
    where = zone.get("node")
    return text(zone, "name") if where is None else f"node {where} {text(zone, 'name')}"


def _level(zone: Doc, mark: str) -> tuple[Bar, ...]:
    """Free on a scale of twice the high watermark, so that min stands near a third."""
    free, low, high = (number(zone, f"{name}_bytes") for name in ("free", "min", "high"))
    if free is None or not high:
        return ()
    stroke = (Bar("min", percent(min(50 * low / high, 99)), "2"),) if low is not None else ()
    return (TRACK, Bar("short" if mark else "rival", "0%", percent(min(50 * free / high, 100))), *stroke)


def _pieces(zones: Sequence[Doc]) -> Grid | None:
    most = max((len(z.get("buddy") or ()) for z in zones), default=0)
    if not most:
        return None
    table = []
    for zone in zones:
        known = {int(p[0]): int(p[1]) for p in zone.get("buddy") or () if len(p) >= 2}
        table.append([_name(zone), *(count(known[n]) if n in known else DASH for n in range(most))])
    titles = columns("zone", *(f"#{n}" for n in range(most)))
    return Grid("How many free pieces of 2^order pages each zone had", titles, plain_rows(table), scroll=True)


def _mark(free: float | None, zone: Doc) -> str:
    if free is None:
        return ""
    for name in ("min", "low"):
        mark = number(zone, f"{name}_bytes")
        if mark is not None and free < mark:
            return f"below {name}"
    return ""


def _pool(pool: Doc) -> str:
    total, each = number(pool, "total") or 0, number(pool, "size_bytes")
    where = f"node {pool['node']}: " if pool.get("node") is not None else ""
    reserved = f", {size(total * each)} reserved" if each else ""
    free = "" if pool.get("free") is None else f", {count(pool['free'])} of them free"
    return f"{where}{count(int(total))} huge pages of {amount(pool, 'size_bytes')}{reserved}{free}"


def _slabs(found: Doc) -> Grid | None:
    ordered = sorted(rows(found, "unreclaimable_slab"), key=lambda s: -(number(s, "total_bytes") or 0))
    if not ordered:
        return None
    table = [(word(text(s, "name")), amount(s, "used_bytes"), amount(s, "total_bytes")) for s in ordered[:10]]
    titles = columns("cache", "#used", "#total")
    return Grid("Unreclaimable slab, the largest caches", titles, plain_rows(table), "short")


def _counters(found: Doc) -> tuple[Pair, ...]:
    known = sub(found, "counters")
    return tuple(Pair(str(k).removesuffix("_bytes"), size(v)) for k, v in known.items() if number(known, k) is not None)
