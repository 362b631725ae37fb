"""Finished reports that wait for what may still be said about them, such as by the reaper seconds later."""

import heapq
from collections.abc import Iterator

from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.stream import MachineStreams

MAX_REPORTS = 200
MAX_ROWS = 6_000  # of all their task tables together


class WaitingReports:
    """A queue of finished reports, bounded by their number and by the rows of their task tables.

    Reports are let go in the order in which they began, each as soon as no later line can add to it. One that is still
    open when 200 later ones are finished comes after them.
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

    def let_go(self, oldest_open: OpenReport | None) -> Iterator[OpenReport]:
        """Yield the reports that need not wait any longer; never the one that was finished last."""
        while len(self._heap) > 1:
            entry = self._heap[0]
            report = entry[1]
            if len(self._heap) <= MAX_REPORTS and self._rows <= MAX_ROWS:
                is_next = oldest_open is None or report.ordinal < oldest_open.ordinal
                if report is self._last or not is_next or not report.is_complete:
                    return
            heapq.heappop(self._heap)
            if report is self._last:
                entry = heapq.heapreplace(self._heap, entry)
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
