"""The wall clock of records that have only printk's, where other lines tie the two clocks of a boot together.

A line with both times is a tie, and so is a line that stands in one log with its uptime and in another with a date:
`dmesg -T` beside `dmesg`, a journal beside a console. Ties of one boot have to agree.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oomscope.read.clock.times import COARSE
from oomscope.read.lines.losses import REBOOT_SECONDS
from oomscope.read.record import Reading, Record

AGREE_SECONDS = 2.0
"""Whole seconds on one side, a daemon's delay on the other."""
COARSE_SECONDS = 60.0 + AGREE_SECONDS
LEAST_TIES = 2
TELLING = 40
"""Characters of a text that is taken for the same line in two logs, where each has it once."""


class _Line(NamedTuple):
    """A record that may be a tie: its place on a clock that lacks something, the run of that clock, and itself."""

    at: float
    run: int
    record: Record


class _Tie(NamedTuple):
    """What ties of one run agree on."""

    offset: float  # from that clock to the epoch
    lines: int
    words: str  # what the dates rest on: an inferred year, an assumed zone


def tied(readings: Sequence[Reading]) -> list[Reading]:
    """The same readings; a record without an exact wall clock has one where ties of its boot agree on it."""
    dated = _dated(record for reading in readings for record in reading.records)
    return (
        [reading._replace(records=_with_clock(reading.records, dated)) for reading in readings]
        if dated
        else [*readings]
    )


def tied_records(records: list[Record]) -> list[Record]:
    """The same for one log, which may hold `dmesg` and `dmesg -T` one after the other."""
    lacking = any(r.wall_seconds is None and r.monotonic_seconds is not None for r in records)
    if not lacking or all(r.wall_seconds is None for r in records):
        return records
    return list(_with_clock(records, _dated(records)))


def _dated(records: Iterable[Record]) -> dict[str, Record]:
    """By their text, the telling ones that have an exact wall clock; none that two logs date differently.

    A date whose zone is assumed gives way to one whose zone is known.
    """
    found: dict[str, Record] = {}
    twice: set[str] = set()
    for record in records:
        if not _exact(record) or record.borrowed or len(record.text) < TELLING:
            continue
        other = found.setdefault(record.text, record)
        if _assumed(other) != _assumed(record):
            found[record.text] = other if _assumed(record) else record
        elif abs((other.wall_seconds or 0.0) - (record.wall_seconds or 0.0)) > AGREE_SECONDS:
            twice.add(record.text)
    return {text: record for text, record in found.items() if text not in twice}


def _assumed(record: Record) -> bool:
    return "assumed" in (record.wall_source or "")


def _exact(record: Record) -> bool:
    return record.wall_seconds is not None and COARSE not in (record.wall_source or "")


def _with_clock(records: Sequence[Record], dated: dict[str, Record]) -> tuple[Record, ...]:
    for lines in (list(_of_boots(records)), list(_of_minutes(records))):
        agreed = _ties(lines, dated)
        if agreed:
            places = {id(line.record): (line.run, line.at) for line in lines}
            records = [_given(record, places.get(id(record)), agreed) for record in records]
    return tuple(records)


def _given(record: Record, place: tuple[int, float] | None, agreed: dict[int, "_Tie"]) -> Record:
    if place is None or place[0] not in agreed or _exact(record):
        return record
    tie = agreed[place[0]]
    base = "uptime" if record.wall_seconds is None else "prefix"
    return record._replace(
        wall_seconds=place[1] + tie.offset, wall_source=f"{base}, tied by {tie.lines} lines{tie.words}"
    )


def _of_boots(records: Iterable[Record]) -> Iterator[_Line]:
    """Records with an uptime, numbered by boot: another boot, another host, or a clock that falls."""
    boot, before, owner = 0, 0.0, None
    for record in records:
        at = record.monotonic_seconds
        if at is None:
            continue
        mine = (record.host, record.boot_id)
        if owner is not None and (mine != owner or at < before - REBOOT_SECONDS):
            boot += 1
        owner, before = mine, at
        yield _Line(at, boot, record)


def _of_minutes(records: Iterable[Record]) -> Iterator[_Line]:
    """Records of `dmesg -e`, numbered by its dated lines: each begins a minute, somewhere in which it lies."""
    minute = 0
    for record in records:
        at = record.wall_seconds
        if at is None or record.monotonic_seconds is not None or _exact(record):
            continue
        minute += at % 60 == 0
        yield _Line(at, minute, record)


def _ties(lines: Sequence[_Line], dated: dict[str, Record]) -> dict[int, _Tie]:
    """For each run the seconds between its clock and the wall's."""
    once: dict[str, int] = {}
    for line in lines:
        once[line.record.text] = once.get(line.record.text, 0) + 1
    found: dict[int, list[tuple[float, Record]]] = {}
    for at, run, record in lines:
        twin = record if _exact(record) else dated.get(record.text) if once[record.text] == 1 else None
        if twin is not None and twin.wall_seconds is not None and _may_be_one(record, twin):
            found.setdefault(run, []).append((twin.wall_seconds - at, twin))
    agreed = {run: _agreed(ties) for run, ties in found.items()}
    return {run: tie for run, tie in agreed.items() if tie is not None}


def _may_be_one(a: Record, b: Record) -> bool:
    """Whether nothing says that the lines are of two machines, boots or minutes."""
    if a.wall_seconds is not None and not abs((b.wall_seconds or 0.0) - a.wall_seconds) <= COARSE_SECONDS:
        return False
    hosts = a.host is None or b.host is None or a.host == b.host
    return hosts and (a.boot_id is None or b.boot_id is None or a.boot_id == b.boot_id)


def _agreed(ties: Sequence[tuple[float, Record]]) -> _Tie | None:
    """What more than half of the ties say. Whole seconds are cut off, so the latest of them is nearest."""
    offsets = sorted(offset for offset, _ in ties)
    middle = offsets[len(offsets) // 2]
    near = [offset for offset in offsets if abs(offset - middle) <= AGREE_SECONDS]
    if len(near) < LEAST_TIES or 2 * len(near) <= len(offsets):
        return None
    whole = all((twin.wall_seconds or 0.0).is_integer() for _, twin in ties)
    source = next(twin.wall_source or "" for offset, twin in ties if offset == middle)
    words = [word for word in source.split(", ")[1:] if not word.startswith("tied by")]
    return _Tie(near[-1] if whole else near[len(near) // 2], len(near), "".join(f", {word}" for word in words))
