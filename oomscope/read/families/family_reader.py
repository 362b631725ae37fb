"""What every family's reader has in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from oomscope.read.files.windows import Window
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning, Record
from oomscope.read.search.edges import Edges
from oomscope.read.search.regions import Region

Batch = tuple[bytes, Sequence[Record]]
"""Bytes, and the records that were read from them."""


class Regions(Protocol):
    """Finds the regions of the input, or hands on all of it."""

    def __call__(self, scale: int = 1, more: Sequence[bytes] = (), *, whole: bool = False) -> Iterator[Region]:
        """`scale` is the number of lines that a record takes, `more` are further markers."""


class FamilyReader:
    """Reads the records of one input; what there is to know about them is known when all have been read."""

    def __init__(self, edges: Edges, options: ReadOptions) -> None:
        self.edges, self.options = edges, options
        self.warnings: list[InputWarning] = []
        self.kinds: dict[str, int] = {}  # transport -> lines
        self.pasted = False
        self.first: Record | None = None  # the first and the last that have a time
        self.last: Record | None = None
        self.read_alone: Callable[[Region], Iterable[Record]] | None = None
        """Reads a line that stands far from any region; None where the family has no such lines."""

    is_boundary: Callable[[int], bool] | None = None
    """Whether an empty line at an offset of the input ends a record; None where the family has no such lines."""

    def watch(self, windows: Iterator[Window]) -> Iterator[Window]:
        """The windows of the input, unchanged; for a reader that has to see all of them."""
        return windows

    def read(self, regions: Regions) -> Iterator[Batch]:
        """All records, in the order of the log."""
        raise NotImplementedError

    def edge_times(self, before: Sequence[Record], after: Sequence[Record]) -> None:
        """Take the input's first and last time from records near its ends."""
        self.first = next((r for r in before if r.wall_seconds is not None), before[0] if before else None)
        self.last = next((r for r in reversed(after) if r.wall_seconds is not None), None)


def text_of(data: bytes) -> str:
    """The text of whole lines, so that no character is cut in two."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(records: Iterable[Record]) -> bytes:
    """The records' texts, where the bytes that they were read from are no longer there."""
    return "\n".join(record.text for record in records).encode("utf-8", "replace")


_FEW = 3


def newest_first(records: Sequence[Record]) -> bool:
    """Whether the log was written from the newest record to the oldest, as cloud consoles and journalctl -r do."""
    walls = [one.wall_seconds for one in records if one.wall_seconds is not None and not one.borrowed]
    if not walls:  # `dmesg | tac`: an uptime falls at each record, and not once, as where a boot follows another
        ups = [record.monotonic_seconds for record in records if record.monotonic_seconds is not None]
        return len(set(ups)) > _FEW and all(b <= a for a, b in pairwise(ups))
    if len(walls) < 0.5 * len(records):
        return False  # a few dated lines between others say nothing of those
    ups = [record.monotonic_seconds for record in records if record.monotonic_seconds is not None]
    clock = ups if len(set(ups)) > _FEW else walls  # the finer of both: a whole report may be of one second
    falling = sum(b < a for a, b in pairwise(clock))
    rising = sum(b > a for a, b in pairwise(clock))
    return falling > rising


def turned(records: Sequence[Record]) -> list[Record]:
    """Records of such a log, oldest first. What has the same time stays in its turned order."""
    reversed_records = records[::-1]
    return sorted(reversed_records, key=lambda record: record.wall_seconds or 0.0)


def oldest_first(batches: Iterable[Batch], judged: int = 2_000) -> Iterator[Batch]:
    """The same batches, or one of all records where the first `judged` of them come newest first."""
    held: list[Batch] = []
    count = 0
    source = iter(batches)
    for batch in source:
        held.append(batch)
        count += len(batch[1])
        if count >= judged:
            break
    if not newest_first([record for _, records in held for record in records]):
        yield from held
        yield from source
        return
    held += source
    data = b"\n".join(data for data, _ in held)
    yield data, turned([record for _, records in held for record in records])
