"""A node-wide OOM: what the node had, zone by zone, and what no process owns."""

from dataclasses import dataclass

from oomscope.report.fields import Doc, amount, number, rows, sub, text
from oomscope.report.pictures import Bar, bars
from oomscope.report.words import DASH, count
from oomscope.units import size


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    free: str
    low_mark: str  # "below min", "below low" or empty
    min: str
    low: str
    high: str
    managed: str
    bars: tuple[Bar, ...]
    pieces: tuple[str, ...]  # free pieces per order


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Node:
    numbers: tuple[Pair, ...]
    zones: tuple[Zone, ...]
    orders: tuple[str, ...]
    hugepages: tuple[str, ...]
    slabs: tuple[tuple[str, str, str], ...]
    counters: tuple[Pair, ...]
    order_asked: str


def node(incident: Doc) -> Node | None:
    """The node's Mem-Info, or None where the report has none."""
    found = sub(incident, "node")
    if not found:
        return None
    zones = rows(found, "zones")
    most = max((len(z.get("buddy") or ()) for z in zones), default=0)
    return Node(
        numbers=_numbers(found),
        zones=tuple(_zone(z, most) for z in zones),
        orders=tuple(str(n) for n in range(most)),
        hugepages=tuple(_pool(h) for h in rows(found, "hugepages") if number(h, "total")),
        slabs=_slabs(found),
        counters=_counters(found),
        order_asked=_asked(incident),
    )


def _asked(incident: Doc) -> str:
    """What the failed allocation wanted in one piece; empty for single pages, SysRq-f and unknown page sizes."""
    order, page = number(sub(incident, "invoker"), "order"), number(incident, "page_size_bytes")
    if order is None or page is None or not 0 < order < 20:
        return ""
    return f"{size(page * 2**order)} in one piece (order {order})"


def _numbers(found: Doc) -> tuple[Pair, ...]:
    names = (
        ("RAM", "ram_bytes"),
        ("free", "free_bytes"),
        ("swap", "swap_total_bytes"),
        ("swap free", "swap_free_bytes"),
    )
    return tuple(Pair(name, amount(found, key)) for name, key in names)


def _zone(zone: Doc, most: int) -> Zone:
    free, managed = number(zone, "free_bytes"), number(zone, "managed_bytes")
    pieces = {int(p[0]): int(p[1]) for p in zone.get("buddy") or () if len(p) >= 2}
    where = zone.get("node")
    return Zone(
        name=text(zone, "name") if where is None else f"node {where} {text(zone, 'name')}",
        free=amount(zone, "free_bytes"),
        low_mark=_mark(free, zone),
        min=amount(zone, "min_bytes", DASH),
        low=amount(zone, "low_bytes", DASH),
        high=amount(zone, "high_bytes", DASH),
        managed=amount(zone, "managed_bytes", DASH),
        bars=bars([("free", free or 0)], managed or 0),
        pieces=tuple(count(pieces[n]) if n in pieces else DASH for n in range(most)),
    )


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


def _slabs(found: Doc) -> tuple[tuple[str, str, str], ...]:
    ordered = sorted(rows(found, "unreclaimable_slab"), key=lambda s: -(number(s, "total_bytes") or 0))
    return tuple((text(s, "name"), amount(s, "used_bytes"), amount(s, "total_bytes")) for s in ordered[:10])


def _counters(found: Doc) -> tuple[Pair, ...]:
    known = sub(found, "counters")
    return tuple(Pair(str(k).removesuffix("_bytes"), size(v)) for k, v in known.items() if number(known, k) is not None)
