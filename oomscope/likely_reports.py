"""Parts of an input that look like an OOM report, to be held against what was read of them: nothing is lost silently."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from oomscope.kernel import REPORT_WORDS
from oomscope.read import InputWarning, Record

_TEXTS = [word.decode() for word in REPORT_WORDS]


class _Part(NamedTuple):
    first: int
    last: int
    line: int  # where the words stand


class LikelyReports:
    """The parts with a report's words, by their lines."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._without_record: int | None = None  # the line of bytes with such words, of which no record has them

    def look(self, data: bytes, records: Sequence[Record]) -> None:
        """Take a look at bytes, and at the records that were read from them."""
        if not records or not any(word in data for word in REPORT_WORDS):
            return
        ends = records[0], records[-1]
        hit = next((record for record in records if any(word in record.text for word in _TEXTS)), None)
        if hit is None:
            self._without_record = self._without_record or records[0].line
            return
        lines = (*(one.line for one in ends), *(one.last_line for one in ends), hit.line)
        self._parts.append(_Part(min(lines), max(lines), hit.line))

    def without(self, read: Sequence[tuple[int, int]]) -> Iterator[InputWarning]:
        """Say that there are parts in which none of the lines that were `read` stands."""
        runs = sorted(read)
        firsts = [first for first, _ in runs]
        lost = [part.line for part in self._parts if not _meets(part, runs, firsts)]
        if not self._parts and not runs and self._without_record is not None:
            lost = [self._without_record]
        if lost:
            what, of = ("1 part looks", "it") if len(lost) == 1 else (f"{len(lost):,} parts look", "them")
            words = f"{what} like an OOM report, but no report could be read from {of}; please look at the log there"
            yield InputWarning("report-without-incident", words, lost[0])


def _meets(part: _Part, runs: Sequence[tuple[int, int]], firsts: Sequence[int]) -> bool:
    """True if one of the runs, which are in order, has a line in the part."""
    n = bisect_left(firsts, part.first)
    before = n > 0 and runs[n - 1][1] >= part.first
    return before or (n < len(runs) and firsts[n] <= part.last)
