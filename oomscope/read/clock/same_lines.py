"""Lines that stand in two logs: what shows that the logs are of one machine, and dates the one that has only uptimes.

Machines of one make print the same lines at their start, seconds alike, and their reports have the same headings. So a
line tells only where it holds several numbers that no other machine has at that time, and not from the start of a boot.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.read.clock.times import COARSE
from oomscope.read.record import Record

TELLING = 40
"""Characters of a text that is taken for the same line in two logs, where each has it once."""
START_SECONDS = 120.0
"""Until then after boot, machines of one make print the same lines at the same uptimes."""
NUMBERS = 3
"""Different numbers of three digits and more: a pid and sizes."""
MOST = 20_000
"""Lines kept of one input."""
SOME = 500
"""Records of a batch that are looked at when many lines are kept already."""
MOST_OF_BOOT = 300
"""And of one boot in it."""
MOST_LOGS = 8
"""A text that stands in more logs than this tells nothing about any of them."""
SAME_STAMP_SECONDS = 0.0015
"""Some transports cut an uptime to milliseconds."""
MINUTE_SECONDS = 62.0
AGREE_SECONDS = 2.0
"""Whole seconds on one side, a daemon's delay on the other."""
LEAST_TIES = 2

_NUMBER = lazy(r"\d{3,}")


class Seen(NamedTuple):
    """One line of one log."""

    input: int
    boot: int
    at: float  # in the clock that the log prints
    source: str  # what a wall time rests on
    marked: bool  # it holds a marker word: one such line is enough


class Tie(NamedTuple):
    """What the lines of two boots say together."""

    began: float | None  # epoch seconds of the boot's start, where one clock ties the other
    lines: int
    source: str


class SameLines:
    """The telling lines of one input, by the clock that they have."""

    def __init__(self, markers: Sequence[str]) -> None:
        self.number = 0  # of the input
        self._markers = markers
        self.uptimes: dict[int, Seen | None] = {}  # by the text's hash; None for a text that comes twice
        self.dates: dict[int, Seen | None] = {}
        self.minutes: dict[int, Seen | None] = {}  # dates in whole minutes
        self.timeless: dict[int, Seen | None] = {}
        self._left = MOST
        self._of_boot: dict[int, int] = {}

    def renumbered(self, number: int) -> "SameLines":
        """Return the same lines, as those of input `number`."""
        self.number = number
        for lines in (self.uptimes, self.dates, self.minutes, self.timeless):
            for key, seen in lines.items():
                lines[key] = None if seen is None else seen._replace(input=number)
        return self

    def look(self, records: Sequence[Record]) -> None:
        """Remember the telling ones of these records."""
        if self._left <= 0:
            return
        for record in records if self._left > MOST // 2 else records[:SOME]:
            if len(record.text) >= TELLING and not record.borrowed and self._of_boot.get(record.boot, 0) < MOST_OF_BOOT:
                self._add(record)

    def _add(self, record: Record) -> None:
        now, wall = record.monotonic_seconds, record.wall_seconds
        if len(set(_NUMBER.findall(record.text[:1000]))) < NUMBERS:
            return
        marked = any(marker in record.text for marker in self._markers)
        if now is not None and now < START_SECONDS and not marked:
            return
        self._of_boot[record.boot] = self._of_boot.get(record.boot, 0) + 1
        key, source = hash(record.text), record.wall_source or ""

        def put(lines: dict[int, Seen | None], at: float, words: str) -> None:
            lines[key] = None if key in lines else Seen(self.number, record.boot, at, words, marked)

        if now is not None:
            put(self.uptimes, now, "")
        if wall is not None:
            put(self.minutes if COARSE in source else self.dates, wall, source)
        elif now is None:
            put(self.timeless, 0.0, "")
        self._left -= 1


Place = tuple[int, int]
"""Number of an input, number of a boot in it."""
Pairs = dict[tuple[Place, Place], list[tuple[float, Seen, Seen]]]


def ties(inputs: Sequence[SameLines]) -> Mapping[tuple[Place, Place], Tie]:
    """Pairs of boots that the same lines with the same stamps, or with clocks that keep one distance, show to be one.

    Of a pair of an uptime log and a dated log the first is the one with uptimes.
    """
    kinds = [_by_text([getattr(one, name) for one in inputs]) for name in ("uptimes", "dates", "minutes", "timeless")]
    uptimes, dates, minutes, timeless = kinds
    alike: Pairs = {}
    crossed: Pairs = {}
    coarse: Pairs = {}
    coarsely_crossed: Pairs = {}
    bare: Pairs = {}
    for lines in (uptimes, dates):
        _pair(alike, lines, lines)
    _pair(crossed, uptimes, dates)
    for lines in (dates, minutes):
        _pair(coarse, minutes, lines)
    _pair(coarsely_crossed, minutes, uptimes)
    for lines in kinds:
        _pair(bare, timeless, lines)
    found = {pair: tie for pair, seen in alike.items() if (tie := _same_stamps(seen)) is not None}
    found |= {pair: tie for pair, seen in crossed.items() if (tie := _one_distance(seen)) is not None}
    for pairs in (coarse, coarsely_crossed):
        found |= {pair: tie for pair, seen in pairs.items() if (tie := _same_minutes(seen)) is not None}
    found |= {pair: Tie(None, len(seen), "") for pair, seen in bare.items() if any(a.marked for _, a, _ in seen)}
    return found


def _by_text(inputs: Sequence[Mapping[int, Seen | None]]) -> dict[int, list[Seen]]:
    """Return the lines of all inputs by their text; without those that stand in too many logs."""
    found: dict[int, list[Seen]] = {}
    for lines in inputs:
        for key, seen in lines.items():
            if seen is not None:
                found.setdefault(key, []).append(seen)
    return {key: lines for key, lines in found.items() if len(lines) <= MOST_LOGS}


def _pair(pairs: Pairs, some: Mapping[int, list[Seen]], others: Mapping[int, list[Seen]]) -> None:
    """Add each two lines of one text, which may stand in one log that prints both clocks in turn."""
    for key, lines in some.items():
        for a, b in _couples(lines, others.get(key, ()), alike=some is others):
            if a.at != b.at or (a.input, a.boot) != (b.input, b.boot):
                pairs.setdefault(((a.input, a.boot), (b.input, b.boot)), []).append((b.at - a.at, a, b))


def _couples(lines: Sequence[Seen], others: Sequence[Seen], *, alike: bool) -> Iterator[tuple[Seen, Seen]]:
    for n, a in enumerate(lines):
        for b in others[n + 1 :] if alike else others:
            yield a, b


def _same_stamps(seen: Sequence[tuple[float, Seen, Seen]]) -> Tie | None:
    """A tie where most of the lines have the same time in the clock that both logs print."""
    near = [pair for pair in seen if abs(pair[0]) <= (1.0 if pair[1].at > 1e8 else SAME_STAMP_SECONDS)]
    return Tie(None, len(near), "") if _enough(near) and 2 * len(near) > len(seen) else None


def _one_distance(seen: Sequence[tuple[float, Seen, Seen]]) -> Tie | None:
    """What more than half of the lines say. Whole seconds are cut off, so the latest of them is nearest."""
    ordered = sorted(seen, key=lambda pair: pair[0])
    middle, _, twin = ordered[len(ordered) // 2]
    near = [pair for pair in ordered if abs(pair[0] - middle) <= AGREE_SECONDS]
    if not _enough(near) or 2 * len(near) <= len(ordered):
        return None
    whole = all(b.at.is_integer() for _, _, b in ordered)
    return Tie(near[-1][0] if whole else near[len(near) // 2][0], len(near), twin.source)


def _same_minutes(seen: Sequence[tuple[float, Seen, Seen]]) -> Tie | None:
    """A tie where the clocks keep one distance to within the minutes that one of them is cut to."""
    ordered = sorted(pair[0] for pair in seen)
    middle = ordered[len(ordered) // 2]
    near = [pair for pair in seen if abs(pair[0] - middle) <= MINUTE_SECONDS]
    dated = seen[0][2].source != "" and abs(middle) > MINUTE_SECONDS
    return None if dated or not _enough(near) or 2 * len(near) <= len(seen) else Tie(None, len(near), "")


def _enough(near: Sequence[tuple[float, Seen, Seen]]) -> bool:
    return len(near) >= LEAST_TIES or any(a.marked for _, a, _ in near)
