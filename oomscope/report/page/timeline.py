"""Geometry of the timeline: one lane per workload, a mark per kill, places in percent of the width."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from oomscope.report.counting import is_kill
from oomscope.report.fields import Doc, number, plain, sub
from oomscope.report.groups import Group
from oomscope.report.groups import name as name_of
from oomscope.report.words import plural
from oomscope.units import duration

_LANES, _BINS, _LANE_PX, _TOP_PX = 10, 150, 36, 6


class Mark(NamedTuple):
    x: str
    r: str
    says: str


class Lane(NamedTuple):
    name: str
    kills: str
    label_y: int
    line_y: int
    marks: tuple[Mark, ...]


class Tick(NamedTuple):
    x: str
    anchor: str  # start, middle, end
    label: str


class Timeline(NamedTuple):
    sentence: str
    axis: str
    height: int
    axis_y: int
    tick_y: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    hidden: str  # what is left out, in words


def timeline(found: Sequence[Group]) -> Timeline | None:
    """The kills on one axis: UTC where every kill has it, else seconds since boot; None for one kill or no times."""
    kills = [incident for group in found for incident in group.incidents if is_kill(incident)]
    for clock, seconds in ((_wall, [_wall(i) for i in kills]), (_boot, [_boot(i) for i in kills])):
        known = [s for s in seconds if s is not None]
        if len(known) > 1 and len(known) == len(kills) and max(known) > min(known) and _one_axis(kills, clock is _boot):
            return _drawn(found, known, clock is _wall)
    return None


def _one_axis(kills: Sequence[Doc], since_boot: bool) -> bool:
    """Seconds since boot can only be compared within one boot of one input."""
    return not since_boot or len({(i.get("input"), i.get("boot_id")) for i in kills}) == 1


def _wall(incident: Doc) -> float | None:
    try:
        stamp = datetime.fromisoformat(str(sub(incident, "time").get("wall")))
    except ValueError:
        return None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def _boot(incident: Doc) -> float | None:
    return number(sub(incident, "time"), "monotonic_seconds")


def _drawn(found: Sequence[Group], seconds: Sequence[float], wall: bool) -> Timeline:
    start, end = min(seconds), max(seconds)
    shown = sorted(found, key=lambda g: -len(g.incidents))[:_LANES] if len(found) > _LANES else list(found)
    of = _wall if wall else _boot
    lanes = tuple(
        _lane(n, group, [s for s in map(of, filter(is_kill, group.incidents)) if s is not None], start, end)
        for n, group in enumerate(shown)
    )
    bottom = _TOP_PX + len(lanes) * _LANE_PX + 8
    left = len(found) - len(shown)
    return Timeline(
        sentence=f"{plural(len(seconds), 'kill')} of {plural(len(found), 'workload')} within {duration(end - start)}",
        axis=f"UTC, {_date(start)}" if wall else "seconds after boot",
        height=bottom + 20,
        axis_y=bottom,
        tick_y=bottom + 16,
        lanes=lanes,
        ticks=_ticks(start, end, wall),
        hidden=f"{plural(left, 'further workload')} with fewer kills not drawn" if left else "",
    )


def _lane(n: int, group: Group, seconds: list[float], start: float, end: float) -> Lane:
    name = plain(name_of(group))
    bins: dict[int, int] = {}
    for second in seconds:
        place = round((second - start) / (end - start) * _BINS)
        bins[place] = bins.get(place, 0) + 1
    marks = tuple(
        Mark(
            x=f"{2 + 96 * place / _BINS:.2f}%",
            r="5" if kills == 1 else "6.5" if kills < 10 else "8",
            says=plural(kills, "kill"),
        )
        for place, kills in sorted(bins.items())
    )
    top = _TOP_PX + n * _LANE_PX
    shown = name if len(name) <= 40 else f"{name[:18]}…{name[-20:]}"
    return Lane(shown, plural(len(seconds), "kill"), top + 11, top + 24, marks)


def _date(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d")


def _ticks(start: float, end: float, wall: bool) -> tuple[Tick, ...]:
    places = (("2%", "start", start), ("50%", "middle", (start + end) / 2), ("98%", "end", end))
    return tuple(Tick(x, anchor, _tick(second, end - start, wall)) for x, anchor, second in places)


def _tick(second: float, length: float, wall: bool) -> str:
    if not wall:
        return f"{second:.1f} s"
    stamp = datetime.fromtimestamp(second, UTC)
    return stamp.strftime("%H:%M:%S" if length < 86_400 else "%m-%d %H:%M")
