"""Geometry of the memory chart: a workload's samples against the limit, each kill marked. Places in percent and pixels."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from oomscope.report.fields import Doc, number, rows, sub, text
from oomscope.report.groups import Group
from oomscope.report.words import plural
from oomscope.units import duration, size

_WIDE, HIGH = 1000.0, 160.0
_NO_LIMIT = 1 << 60
_ROOM = 1.04  # above the highest value, where that is no limit
_APART = 7.0  # percent between the names of two kills

Point = tuple[float, float]


class Mark(NamedTuple):
    """A kill: where it stands, and its name where there is room for it."""

    x: str
    y: float
    name: str
    anchor: str


class Tick(NamedTuple):
    at: str  # percent across, or pixels down
    label: str
    anchor: str = "end"


class Chart(NamedTuple):
    title: str
    says: str  # the chart in words
    caption: str
    short: str
    areas: tuple[str, ...]  # path data in a box of 1000 by HIGH
    lines: tuple[str, ...]
    gaps: tuple[str, ...]  # dotted: not measured
    drops: tuple[str, ...]  # from each kill down to the axis
    limit_y: float | None
    limit: str
    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    down: tuple[Tick, ...]


class _Frame(NamedTuple):
    start: float
    end: float
    top: float  # bytes

    def x(self, at: float) -> float:
        return _WIDE * (at - self.start) / (self.end - self.start)

    def y(self, value: float) -> float:
        return HIGH * (1 - min(max(value / self.top, 0.0), 1.0))


def chart(group: Group) -> Chart | None:
    """Return the chart of a workload's series; None where none was given, or its samples span no time."""
    series = sub(group.workload, "series")
    runs = [[(float(p[0]), float(p[1])) for p in run if len(p) == 2] for run in series.get("runs") or ()]
    runs = [run for run in runs if run]
    members = {str(i.get("id")): i for i in group.incidents}
    kills = [
        (float(k["at"]), members[str(k["incident"])])
        for k in rows(series, "kills")
        if str(k.get("incident")) in members
    ]
    if not runs or not kills:
        return None
    start, end = min(run[0][0] for run in runs), max([at for at, _ in kills] + [run[-1][0] for run in runs])
    limit = _limit(group)
    highest = max(value for run in runs for _, value in run)
    top = limit if limit and limit >= highest else _ROOM * highest
    if end <= start or top <= 0:
        return None
    frame = _Frame(start, end, top)
    ends = [(at, _held(incident, series)) for at, incident in kills]
    measure = text(series, "measure", "memory")
    epoch = series.get("clock") == "epoch"
    return Chart(
        title=f"{_capital(measure)} of the workload, with {plural(len(kills), 'kill')}",
        says=_says(runs, kills, measure, limit, epoch),
        caption=_caption(measure, limit, sum(map(len, runs))),
        short=f"{_capital(measure)}{'; the heavy line is the limit' if limit and limit <= top else ''}, ✕ a kill.",
        areas=tuple(_area(run, frame) for run in runs if len(run) > 1),
        lines=tuple(_line(run, frame) for run in runs if len(run) > 1),
        gaps=tuple(_line(gap, frame) for gap in _gaps(runs, ends)),
        drops=tuple(f"M{frame.x(at):.1f} 0V{HIGH:g}" for at, _ in kills),
        limit_y=round(frame.y(limit), 1) if limit and limit <= top else None,
        limit=size(limit) if limit and limit <= top else "",
        marks=_marks(ends, frame),
        across=_across(start, end, epoch),
        down=tuple(Tick(f"{frame.y(value):.1f}", size(value)) for value in (top / 2,)),
    )


def _limit(group: Group) -> float | None:
    limit = number(sub(group.speaker, "memcg"), "limit_bytes")
    return limit if limit and limit < _NO_LIMIT else None


def _held(incident: Doc, series: Doc) -> float | None:
    """What the kernel's report says of the same measure at the kill."""
    if text(series, "measure") == "anonymous memory":
        parts = {text(p, "name"): number(p, "bytes") for p in rows(sub(incident, "accounting"), "parts")}
        return parts.get("anon")
    return number(sub(incident, "memcg"), "usage_bytes")


def _gaps(runs: Sequence[Sequence[Point]], ends: Sequence[tuple[float, float | None]]) -> list[list[Point]]:
    """From the last sample before each gap to the next one, and to what the log says of the kill."""
    found: list[list[Point]] = []
    for n, run in enumerate(runs):
        after = runs[n + 1][0] if n + 1 < len(runs) else None
        kill = next((end for end in ends if end[0] > run[-1][0]), None)
        if kill is not None and (after is None or kill[0] <= after[0]):
            if kill[1] is not None:
                found.append([run[-1], (kill[0], kill[1])])
        elif after is not None:
            found.append([run[-1], after])
    return found


def _line(points: Sequence[Point], frame: _Frame) -> str:
    return "M" + "L".join(f"{frame.x(at):.1f} {frame.y(value):.1f}" for at, value in points)


def _area(points: Sequence[Point], frame: _Frame) -> str:
    return f"{_line(points, frame)}L{frame.x(points[-1][0]):.1f} {HIGH:g}L{frame.x(points[0][0]):.1f} {HIGH:g}Z"


def _marks(ends: Sequence[tuple[float, float | None]], frame: _Frame) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    named = -100.0
    for n, (at, held) in enumerate(ends):
        x = frame.x(at) / 10
        name = f"kill {n + 1}" if x - named >= _APART else ""
        named = x if name else named
        anchor = "end" if x > 95 else "start" if x < 5 else "middle"
        marks.append(Mark(f"{x:.2f}%", round(frame.y(held) if held is not None else 0.0, 1), name, anchor))
    return tuple(marks)


def _across(start: float, end: float, epoch: bool) -> tuple[Tick, ...]:
    return tuple(
        Tick(at, _time(second, end - start, epoch), anchor)
        for at, anchor, second in (("0%", "start", start), ("50%", "middle", (start + end) / 2), ("100%", "end", end))
    )


def _time(second: float, length: float, epoch: bool) -> str:
    if not epoch:
        return f"{duration(max(second, 0.0))} after boot"
    stamp = datetime.fromtimestamp(second, UTC)
    return stamp.strftime("%H:%M:%S UTC" if length < 86_400 else "%m-%d %H:%M UTC")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _caption(measure: str, limit: float | None, samples: int) -> str:
    heavy = "; the heavy line is the limit" if limit else ""
    return (
        f"{_capital(measure)}, {plural(samples, 'sample')} of the series that was given{heavy}; ✕ is a kill. "
        "Dotted: not measured, up to what the kernel printed at the kill."
    )


def _says(
    runs: Sequence[Sequence[Point]],
    kills: Sequence[tuple[float, Doc]],
    measure: str,
    limit: float | None,
    epoch: bool,
) -> str:
    """The chart for those who do not see it: from where to where memory went before each kill."""
    told = []
    before = float("-inf")
    for n, (at, _) in enumerate(kills[:6]):
        points = [p for run in runs for p in run if before < p[0] <= at]
        if points:
            low, high = points[0][1], points[-1][1]
            told.append(f"kill {n + 1}: from {size(low)} to {size(high)} in {duration(points[-1][0] - points[0][0])}")
        before = at
    clock = "" if epoch else ", on the clock since boot"
    bound = f" The limit is {size(limit)}." if limit else ""
    return f"{_capital(measure)} as sampled before each kill{clock}: {'; '.join(told)}.{bound}"
