"""Where to look: line-aligned regions around literal markers, found without looking at any other line.

Every decision is made on lines, never on windows, so that the regions do not depend on where a read ended. A region
that grows large is handed on in pieces.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from oomscope.read.files.windows import Window
from oomscope.read.literals import lines_with, without_covered
from oomscope.read.record import Record

BACK_LINES = 150
"""Kept before the first hit of a region: a kill line may be the only hit of a report that other lines run through."""
AHEAD_LINES = 60
"""Kept after the last hit: further kills of the group, the reaper's lines."""
NEAR_LINES = 12
"""Kept on either side of a line of a program that says what it does in a few lines."""
LONE_LINES = 1
"""Kept on either side of any other line that only speaks of a kill: it says all by itself."""
MERGE_LINES = 5_000
"""Hits closer than this may be one report: between its head and its kill stand a trace, Mem-Info and the task table."""
GAP_BYTES = 32 << 20
"""The most that is held while the next hit is awaited: a task table of 200,000 rows."""
PIECE_BYTES = 1 << 20
"""A region is handed on in pieces of about this size."""
FULL_BYTES = 8 << 20
"""So far into an input every marker is looked for; beyond, and outside of regions, only the few that any whole report holds."""
KEPT_BYTES = 1 << 16
"""The lines before a hit are looked for in so many bytes."""


_LONE, _NEAR, _WIDE = range(3)


class Region(NamedTuple):
    """A run of whole lines, or a piece of one."""

    line: int  # the first one's number, 1-based
    data: bytes
    offset: int  # of the first byte in the decoded input
    goes_on: bool = False  # the next region is the next piece of the same run


class Markers(NamedTuple):
    """The literals that make a line worth looking at."""

    all: tuple[bytes, ...]
    core: tuple[bytes, ...] = ()  # the few that any whole report holds; empty: the same as `all`
    bridges: tuple[bytes, ...] = ()  # tie two hits together over a long gap; empty: every gap up to MERGE_LINES is kept
    near: tuple[bytes, ...] = ()  # further literals, whose lines need little around them
    in_parts: bytes | None = None  # a pattern for those of them that need NEAR_LINES; None: all
    long_block: bytes | None = None  # a pattern of lines that may go on without end between two hits: a table's rows
    wide: bytes | None = None  # a pattern for the lines that need more; None: all that hold one of `all`


class Past(Protocol):
    """Knows the bytes before the current window."""

    before: bytes


class Finder:
    """Finds the regions of one input. State: the open region and the lines since its last hit."""

    def __init__(self, windows: Iterable[Window], past: Past, markers: Markers, scale: int = 1) -> None:
        """`scale` is the number of lines that one record takes."""
        self._windows, self._past, self._markers = windows, past, markers
        self._merge = MERGE_LINES * scale
        self._back, self._ahead = (
            [lines * scale for lines in (LONE_LINES, NEAR_LINES, most)] for most in (BACK_LINES, AHEAD_LINES)
        )  # by what is kept around a hit: _LONE, _NEAR or _WIDE
        self._wide = re.compile(markers.wide) if markers.wide else _any_of(markers.all)
        self._in_parts = re.compile(markers.in_parts) if markers.in_parts else None
        self._block = re.compile(markers.long_block) if markers.long_block else None
        self._is_open = False
        self._reach = _LONE  # the most that a hit of the open region needs around it
        self._data: list[bytes] = []  # of the open region, what has not been handed on
        self._size = self._line = self._offset = 0  # of that data
        self._hit = b""  # the last line with a marker
        self._gap: list[bytes] = []  # the lines since then
        self._gap_lines = self._gap_bytes = 0
        self._end = 0  # offset behind the last window
        self.gave_up_at: int | None = None
        """The line of the first region that GAP_BYTES ended, although its task table went on."""

    def regions(self) -> Iterator[Region]:
        """All regions, in order."""
        every = without_covered((*self._markers.all, *self._markers.near))
        core = without_covered(self._markers.core)
        wanted = _any_of(every)
        for window in self._windows:
            if self._is_open and window.offset != self._end:  # an overlong line was cut: bytes are missing in between
                self._take_gap()
                yield self._piece(window.line, window.offset)
            self._end = window.offset + window.end
            if core and not self._is_open and window.offset > FULL_BYTES:
                hits = lines_with(window.buffer, window.end, core)
                if any(wanted.search(window.buffer, start, end) for start, end in hits):
                    hits = lines_with(window.buffer, window.end, every)
                else:
                    hits = []
            else:
                hits = lines_with(window.buffer, window.end, every)
            yield from self._window(window, hits)
        if self._is_open:
            yield self._close()

    def _window(self, window: Window, hits: Sequence[tuple[int, int]]) -> Iterator[Region]:
        done, line = 0, window.line  # what of the window has been taken, and the line there
        for start, end in hits:
            lines = window.buffer.count(b"\n", done, start)
            line += lines
            reach = self._reach_of(window, start, end)
            if self._is_open:
                self._keep(window.copy(done, start), lines)
                if self._belongs(reach):
                    self._take_gap()
                else:
                    yield self._close()
            if not self._is_open:
                self._begin(window, start, line, self._back[reach])
            self._reach = max(self._reach, reach)
            self._hit = window.copy(start, end)
            self._data.append(self._hit)
            self._size += end - start
            done, line = end, line + 1
            if self._size > PIECE_BYTES:
                yield self._piece(line, window.offset + end)
        if self._is_open:
            rest = window.copy(done)
            self._keep(rest, window.line + window.lines - line)
            if self._gap_bytes > GAP_BYTES:
                self.gave_up_at = self.gave_up_at or self._line
                yield self._close()
            elif (self._reach < _WIDE and self._gap_lines > self._ahead[self._reach] + self._back[_WIDE]) or (
                self._gap_lines > self._merge and not self._is_block(rest)
            ):
                yield self._close()

    def _begin(self, window: Window, start: int, line: int, back: int) -> None:
        """Open a region at the hit that begins at `start`, with the lines before it."""
        near = window.copy(max(start - KEPT_BYTES, 0), start)
        if len(near) < KEPT_BYTES:
            near = (self._past.before + near)[-KEPT_BYTES:]
        if len(near) == KEPT_BYTES:
            near = near[near.find(b"\n") + 1 :]  # begins in the middle of a line
        before = last_lines(near, back)
        self._is_open, self._reach = True, _LONE
        self._data, self._size = [before], len(before)
        self._line = line - before.count(b"\n")
        self._offset = window.offset + start - len(before)

    def _keep(self, data: bytes, lines: int) -> None:
        if data:
            self._gap.append(data)
            self._gap_lines += lines
            self._gap_bytes += len(data)

    def _take_gap(self) -> None:
        """Count the lines since the last hit to the region."""
        self._data += self._gap
        self._size += self._gap_bytes
        self._gap, self._gap_lines, self._gap_bytes = [], 0, 0

    def _reach_of(self, window: Window, start: int, end: int) -> int:
        """What a hit's line needs around it."""
        if window.offset <= FULL_BYTES or self._wide.search(window.buffer, start, end):
            return _WIDE
        return _NEAR if self._in_parts is None or self._in_parts.search(window.buffer, start, end) else _LONE

    def _belongs(self, reach: int) -> bool:
        """True if the next hit, which needs so much around it, is of the open region."""
        if self._gap_lines <= self._ahead[self._reach] + self._back[reach]:
            return True
        if self._reach < _WIDE:
            return False
        gap = b"".join(self._gap)
        if self._gap_lines > self._merge and not self._is_block(gap):
            return False
        tied = self._hit + gap  # the last hit's line may be what announces the gap: a table's head
        return not self._markers.bridges or any(bridge in tied for bridge in self._markers.bridges)

    def _is_block(self, data: bytes) -> bool:
        """True if most of the lines are of a block that may be of any length."""
        return self._block is not None and 2 * len(self._block.findall(data)) >= data.count(b"\n")

    def _piece(self, line: int, offset: int) -> Region:
        """Hand on what is there of the open region, which goes on at `line`."""
        piece = Region(self._line, b"".join(self._data), self._offset, goes_on=True)
        self._data, self._size, self._line, self._offset = [], 0, line, offset
        return piece

    def _close(self) -> Region:
        ahead = first_lines(b"".join(self._gap), self._ahead[self._reach])
        region = Region(self._line, b"".join([*self._data, ahead]), self._offset)
        self._is_open, self._data, self._size = False, [], 0
        self._gap, self._gap_lines, self._gap_bytes = [], 0, 0
        return region


def _any_of(literals: Sequence[bytes]) -> "re.Pattern[bytes]":
    return re.compile(b"|".join(map(re.escape, literals)))


def marked_lines(windows: Iterable[Window], markers: Sequence[bytes]) -> Iterator[Region]:
    """The lines with a marker alone, the window's in one region; their numbers are not those of the input."""
    for window in windows:
        lines = lines_with(window.buffer, window.end, markers)
        if lines:
            yield Region(1, b"".join([window.copy(start, end) for start, end in lines]), window.offset)


def around(records: Iterable[Record], markers: Markers) -> Iterator[Record]:
    """The same for records that lines do not bound. Without markers, all."""
    hits, bridges = (
        [word.decode("utf-8", "surrogateescape") for word in words] for words in (markers.all, markers.bridges)
    )
    if not hits:
        yield from records
        return
    gap: list[Record] = []
    last: Record | None = None  # the last hit of the open region
    for record in records:
        if not any(word in record.text for word in hits):
            gap.append(record)
            if len(gap) > 2 * MERGE_LINES:
                yield from gap[:AHEAD_LINES] if last is not None else ()
                gap, last = gap[-BACK_LINES:], None
            continue
        if last is not None and _near(gap, last, bridges):
            yield from gap
        else:
            yield from gap[:AHEAD_LINES] if last is not None else ()
            yield from gap[-BACK_LINES:]
        yield record
        gap, last = [], record
    if last is not None:
        yield from gap[:AHEAD_LINES]


def _near(gap: Sequence[Record], last: Record, bridges: Sequence[str]) -> bool:
    if len(gap) <= BACK_LINES + AHEAD_LINES:
        return True
    return len(gap) <= MERGE_LINES and (
        not bridges or any(bridge in record.text for record in (last, *gap) for bridge in bridges)
    )


def last_lines(data: bytes, count: int) -> bytes:
    """Return the last `count` lines of the data."""
    at = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(count):
        at = data.rfind(b"\n", 0, max(at, 0))
        if at < 0:
            return data
    return data[at + 1 :]


def first_lines(data: bytes, count: int) -> bytes:
    """Return the first `count` lines of the data."""
    at = 0
    for _ in range(count):
        at = data.find(b"\n", at) + 1
        if not at:
            return data
    return data[:at]
