"""Where to look: line-aligned regions around literal markers, found without looking at any other line.

Never an alternation and never a loop over lines: `bytes.find`, one literal after the other, on a window that stays in
cache. Every decision is made on lines, never on windows, so that the regions do not depend on where a read ended.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oomscope.read.files.windows import Window
from oomscope.read.record import Record

BACK_LINES = 150
"""Kept before the first hit of a region: a kill line may be the only hit of a report that other lines run through."""
AHEAD_LINES = 60
"""Kept after the last hit: further kills of the group, the reaper's lines."""
MERGE_LINES = 5_000
"""Hits closer than this may be one report: the task table between its head and its kill can be thousands of rows."""
GAP_BYTES = 16 << 20
"""The most that is held while the next hit is awaited."""


class Region(NamedTuple):
    """A run of whole lines."""

    line: int  # the first one's number, 1-based
    data: bytes


class _Finder:
    """The one piece of state: an open region, and the lines since its last hit (or since nowhere)."""

    def __init__(self, bridges: Sequence[bytes], scale: int) -> None:
        self._bridges = bridges
        self._back, self._ahead, self._merge = BACK_LINES * scale, AHEAD_LINES * scale, MERGE_LINES * scale
        self._open: list[bytes] = []
        self._open_line = 0
        self._gap: list[bytes] = []
        self._gap_lines = 0
        self._gap_bytes = 0
        self._line = 1  # of the next byte

    def feed(self, window: bytes, lines: int, hits: Sequence[tuple[int, int]]) -> Iterator[Region]:
        """One window and its hit lines as (start, end), in order."""
        if not hits:
            self._keep(window, lines)
            yield from self._forget()
            return
        done = 0
        for start, end in hits:
            self._pass(window[done:start])
            yield from self._hit(window[start:end])
            done = end
        self._pass(window[done:])
        yield from self._forget()

    def _pass(self, data: bytes) -> None:
        if data:
            self._keep(data, data.count(b"\n") + (not data.endswith(b"\n")))

    def _keep(self, data: bytes, lines: int) -> None:
        self._gap.append(data)
        self._gap_lines += lines
        self._gap_bytes += len(data)
        self._line += lines

    def _hit(self, line: bytes) -> Iterator[Region]:
        gap = b"".join(self._gap)
        if self._open and self._belongs(gap):
            self._open.append(gap)
        else:
            yield from self._close(gap)
            kept = _last_lines(gap, self._back)
            self._open_line = self._line - kept.count(b"\n")
            self._open = [kept]
        self._open.append(line)
        self._line += 1
        self._gap, self._gap_lines, self._gap_bytes = [], 0, 0

    def _belongs(self, gap: bytes) -> bool:
        if self._gap_lines <= self._back + self._ahead:
            return True
        if self._gap_lines > self._merge:
            return False
        tied = self._open[-1] + gap  # the last hit's line may be what announces the gap: a table's head
        return not self._bridges or any(bridge in tied for bridge in self._bridges)

    def _close(self, gap: bytes) -> Iterator[Region]:
        if self._open:
            yield Region(self._open_line, b"".join([*self._open, first_lines(gap, self._ahead)]))
            self._open = []

    def _forget(self) -> Iterator[Region]:
        """Let go of what no later hit can ask for."""
        if self._open:
            if self._gap_lines <= self._merge and self._gap_bytes <= GAP_BYTES:
                return
            yield from self._close(b"".join(self._gap))
        if len(self._gap) > 1 and self._gap_lines > 2 * self._back:
            kept = _last_lines(b"".join(self._gap), self._back)
            self._gap, self._gap_lines, self._gap_bytes = [kept], kept.count(b"\n"), len(kept)

    def finish(self) -> Iterator[Region]:
        yield from self._close(b"".join(self._gap))


def find_regions(
    windows: Iterable[Window], markers: Sequence[bytes], bridges: Sequence[bytes] = (), *, scale: int = 1
) -> Iterator[Region]:
    """The regions of a stream of whole-line windows. `scale` is the number of lines that one record takes."""
    finder = _Finder(bridges, scale)
    for window, lines in windows:
        yield from finder.feed(window, lines, hit_lines(window, markers))
    yield from finder.finish()


def around(records: Iterable[Record], markers: Sequence[bytes], bridges: Sequence[bytes] = ()) -> list[Record]:
    """The same for records that lines do not bound. Without markers, all."""
    if not markers:
        return list(records)
    hits, ties = ([word.decode("utf-8", "surrogateescape") for word in words] for words in (markers, bridges))
    kept: list[Record] = []
    gap: list[Record] = []
    is_open = False
    for record in records:
        if any(word in record.text for word in hits):
            near = len(gap) <= BACK_LINES + AHEAD_LINES
            tied = not ties or any(tie in other.text for other in [*kept[-1:], *gap] for tie in ties)
            if is_open and (near or (len(gap) <= MERGE_LINES and tied)):
                kept += gap
            else:
                kept += [*(gap[:AHEAD_LINES] if is_open else ()), *gap[-BACK_LINES:]]
            kept.append(record)
            gap, is_open = [], True
            continue
        gap.append(record)
        if len(gap) > 2 * MERGE_LINES:
            kept += gap[:AHEAD_LINES] if is_open else ()
            gap, is_open = gap[-BACK_LINES:], False
    return kept + (gap[:AHEAD_LINES] if is_open else [])


def hit_lines(window: bytes, markers: Sequence[bytes]) -> list[tuple[int, int]]:
    """Where the lines with a marker start and end, in order."""
    starts: dict[int, int] = {}
    for marker in markers:
        at = window.find(marker)
        while at >= 0:
            start, end = window.rfind(b"\n", 0, at) + 1, window.find(b"\n", at) + 1 or len(window)
            starts[start] = end
            at = window.find(marker, end)
    return sorted(starts.items())


def _last_lines(data: bytes, count: int) -> bytes:
    at = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(count):
        at = data.rfind(b"\n", 0, max(at, 0))
        if at < 0:
            return data
    return data[at + 1 :]


def first_lines(data: bytes, count: int) -> bytes:
    at = 0
    for _ in range(count):
        at = data.find(b"\n", at) + 1
        if not at:
            return data
    return data[:at]
