"""What changed: the last days of the data beside as many before them, workload by workload."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from oomscope.fleet.counts import Counts, Tally

KINDS: Final = ("new", "back", "more", "fewer", "none now")
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
_TIMES, _KILLS = 2, 3
"""More is twice as many, and three kills more; fewer is the reverse."""


class Change(NamedTuple):
    """One workload whose kills are other than before."""

    kind: str
    name: str
    kills: int  # in the last days
    before: int  # in as many days before
    tally: Tally


class Changes(NamedTuple):
    """Workloads that changed, and the two times; no time where the data is of one day."""

    first: date | None  # of the last days
    last: date | None
    days: int
    workloads: tuple[Change, ...]


def changes(counts: Counts) -> Changes:
    """Return what changed over the last week of the data, or over its last day where it has less than a week before."""
    days = sorted(map(date.fromisoformat, counts.days))
    length = _length(days)
    if length is None:
        return Changes(None, None, 0, ())
    first = days[-1] - length + _DAY
    found = [one for name, tally in counts.workloads.items() for one in _change(name, tally, first, length)]
    found.sort(key=lambda one: (KINDS.index(one.kind), -max(one.kills, one.before), one.name))
    return Changes(first, days[-1], length.days, tuple(found))


def _length(days: list[date]) -> timedelta | None:
    span = days[-1] - days[0] if days else timedelta()
    return _WEEK if span >= _WEEK else _DAY if span >= _DAY else None


def _change(name: str, tally: Tally, first: date, length: timedelta) -> Iterator[Change]:
    kills = before = older = 0
    for day, count in tally.days.items():
        at = date.fromisoformat(day)
        if at >= first:
            kills += count
        elif at >= first - length:
            before += count
        else:
            older += count
    kind = _kind(kills, before, older)
    if kind is not None:
        yield Change(kind, name, kills, before, tally)


def _kind(kills: int, before: int, older: int) -> str | None:
    if kills and not before:
        return "back" if older else "new"
    if before and not kills:
        return "none now"
    if kills >= _TIMES * before and kills - before >= _KILLS:
        return "more"
    if before >= _TIMES * kills and before - kills >= _KILLS:
        return "fewer"
    return None
