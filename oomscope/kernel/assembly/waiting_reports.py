"""Finished reports that wait for what may still be said about them, such as by the reaper seconds later."""

import heapq
from collections.abc import Iterator

from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.stream import MachineStreams

MAX_REPORTS = 200
MAX_ROWS = 20_000  # of all their task tables together


class WaitingReports:
    """A queue of finished reports, bounded by their number and by the rows of their task tables.

    Reports are let go in the order in which they began. One that was still open when 200 later ones were finished comes
    after them.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, OpenReport, MachineStreams]] = []
        self._rows = 0
        self._last: OpenReport | None = None

    def add(self, report: OpenReport, machine: MachineStreams) -> None:
        """Queue a report that was finished just now."""
        heapq.heappush(self._heap, (report.ordinal, report, machine))
        self._rows += report.rows
        self._last = report

    @property
    def is_full(self) -> bool:
        """True if `let_go` has something to yield before the end."""
        return len(self._heap) > MAX_REPORTS or (self._rows > MAX_ROWS and len(self._heap) > 1)

    def let_go(self) -> Iterator[OpenReport]:
        """Yield reports until the queue is within its bounds; never the one that was finished last."""
        while self.is_full:
            entry = heapq.heappop(self._heap)
            if entry[1] is self._last:
                last, entry = entry, heapq.heappop(self._heap)
                heapq.heappush(self._heap, last)
            yield self._leaves(entry)

    def let_all_go(self) -> Iterator[OpenReport]:
        """Yield all reports."""
        while self._heap:
            yield self._leaves(heapq.heappop(self._heap))

    def _leaves(self, entry: tuple[int, OpenReport, MachineStreams]) -> OpenReport:
        _, report, machine = entry
        self._rows -= report.rows
        machine.forget(report)
        return report
