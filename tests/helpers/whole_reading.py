"""Inputs read to their end: the records are kept, which the program lets go."""

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from oomscope.read import InputSummary, KeptLines, ReadOptions, Record, read
from oomscope.read.clock.boots import Boot
from oomscope.read.clock.machines import settle
from oomscope.read.clock.same_lines import SameLines
from oomscope.read.search.log_text import LogText


class Whole(NamedTuple):
    """One input."""

    summary: InputSummary
    records: tuple[Record, ...]
    kept: KeptLines
    text: LogText
    boots: Sequence[Boot]
    same_lines: SameLines

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Whole) and self[:2] == other[:2]

    __hash__ = None  # type: ignore[assignment]


def read_whole(
    path: str,
    markers: tuple[bytes, ...] = (),
    *,
    options: ReadOptions | None = None,
    stdin: BinaryIO | None = None,
    first: int = 0,
) -> list[Whole]:
    """Every input at `path` that is worth telling of, numbered from `first`."""
    options = (options or ReadOptions())._replace(markers=markers)
    found = []
    for reading in read(path, options, stdin):
        records = tuple(reading.numbered(first + len(found)).records)
        if reading.is_log:
            found.append(
                Whole(reading.summary(), records, reading.kept, reading.text, reading.boots(), reading.same_lines)
            )
    return found


def tied(found: Sequence[Whole]) -> list[Whole]:
    """The same inputs; records that have only an uptime are dated by what ties the clocks of their machine."""
    settled = settle([boot for one in found for boot in one.boots], [one.same_lines for one in found])

    def dated(record: Record, number: int) -> Record:
        tie = settled.dates.get(settled.of[number, record.boot])
        if record.wall_seconds is not None or record.monotonic_seconds is None or tie is None or tie.began is None:
            return record
        return record._replace(wall_seconds=record.monotonic_seconds + tie.began)

    return [one._replace(records=tuple(dated(r, n) for r in one.records)) for n, one in enumerate(found)]
