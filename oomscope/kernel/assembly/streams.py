"""Every stream of one input: which report is open in each, which are finished, and what only looks like a report."""

from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

from oomscope.kernel.assembly.line_window import CLOCK_STEP_BACK_SECONDS, SAME_REPORT_SECONDS, LineWindow
from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.stream import MachineStreams, Stream
from oomscope.kernel.assembly.waiting_reports import WaitingReports
from oomscope.kernel.event import Reaped
from oomscope.kernel.findings import TextFinding, WaitingTask
from oomscope.patterns import lazy

PANIC_SECONDS = 5.0
SYSRQ_SECONDS = 5.0
MAX_OPEN_REPORTS = 256  # each caller can have one, and a log can name any number of callers
MAX_OPEN_ROWS = 200_000
MAX_LISTED = 10_000  # of each kind of finding that is no report
MAX_IDLE_MACHINES = 1_000
MAX_ANNOUNCEMENTS = 100  # of SysRq-f on one machine, that no report has followed

_QUOTED = lazy(r"invoked oom-killer:|Killed process \d{1,10}[ ,]|oom-kill:constraint=")
T = TypeVar("T")


class Capped(Generic[T]):
    """A list of at most `MAX_LISTED` items that counts those that it left out."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self.left_out = 0

    def add(self, item: T) -> None:
        """Keep the item, or count it."""
        if len(self.items) < MAX_LISTED:
            self.items.append(item)
        else:
            self.left_out += 1


class Streams:
    """Every stream of one input, the reports that wait to be let go, and what only looks like a report."""

    def __init__(self, window: LineWindow) -> None:
        self.window = window
        self.waiting_reports = WaitingReports()
        self.has_finished = False  # since `let_go` was called
        self.orphan_reaps: Capped[Reaped] = Capped()
        self.waiting_tasks: Capped[WaitingTask] = Capped()
        self.texts: dict[int, TextFinding] = {}  # by line
        self.texts_left_out = 0
        self.damaged_tried = 0  # lines that were read by fuzzy matching, or could not be
        self.damaged_left_out = 0
        self._machines: dict[tuple[str | None, str | None, int, bool, bool], MachineStreams] = {}
        self._machines_kept = MAX_IDLE_MACHINES
        self._open: dict[Stream, None] = {}  # in the order in which their reports began
        self._opened = 0
        self._open_rows = 0
        self._current: Stream | None = None

    def stream_of(self, line: Line) -> Stream:
        """Return the stream that the line belongs to."""
        if self.window.follows and self._current is not None:
            return self._current
        key = (
            line.host,
            line.boot_id,
            line.boot,
            line.contained,
            line.trust == "tag",
        )  # who may write the one need not the other
        machine = self._machines.get(key)
        if machine is None:
            machine = self._machines[key] = self._new_machine()
        caller = line.caller
        stream = machine.streams.get(caller)
        if stream is None:
            stream = Stream(machine, caller)
        self._current = stream
        return stream

    def _new_machine(self) -> MachineStreams:
        """Return the streams of a machine that was not met before; idle ones are dropped when there are many."""
        if len(self._machines) >= self._machines_kept:
            self._machines = {key: machine for key, machine in self._machines.items() if not machine.is_idle}
            self._machines_kept = 2 * len(self._machines) + MAX_IDLE_MACHINES
        return MachineStreams()

    def open(self, stream: Stream, line: Line) -> OpenReport:
        """Begin a new report in this stream; the one before it is finished."""
        self.close(stream)
        self._close_stale(stream.machine, line)
        while len(self._open) >= MAX_OPEN_REPORTS:
            self._close_early(f"more than {MAX_OPEN_REPORTS} reports were open at once; this one was closed early")
        stream.foreign = False
        self._opened += 1
        report = stream.report = OpenReport(self._opened)
        self._open[stream] = None
        stream.machine.streams[stream.caller] = stream
        return report

    def close(self, stream: Stream, stale: bool = False) -> None:
        """Finish the stream's report; a first line that nothing followed is a quotation."""
        report, stream.report = stream.report, None
        stream.settle()
        stream.torn_line = None
        if report is None:
            return
        report.closed = True
        del self._open[stream]
        stream.machine.streams.pop(stream.caller, None)
        self._open_rows -= report.rows
        if report.is_report:
            self.waiting_reports.add(report, stream.machine)
            self.has_finished = True
            if not stale:
                stream.machine.last_finished = report
        elif report.head_line is not None:
            self.quoted(report.head_line, "nothing that the kernel prints after this line follows it")

    def let_go(self) -> Iterator[OpenReport]:
        """Yield the finished reports that need not wait any longer."""
        self.has_finished = False
        oldest = next(iter(self._open), None)
        return self.waiting_reports.let_go(oldest.report if oldest is not None else None)

    def close_all(self) -> None:
        """Finish every report: the log is at its end."""
        for stream in list(self._open):
            self.close(stream)

    def _close_stale(self, machine: MachineStreams, line: Line) -> None:
        """Finish the machine's oldest reports that no later line can belong to any more."""
        now = line.monotonic_seconds
        for stream in list(islice(machine.streams.values(), 2)):
            then = stream.report.last_seconds if stream.report is not None else None
            if now is None or then is None or now - then <= SAME_REPORT_SECONDS:
                return
            self.close(stream, stale=True)

    def _close_early(self, reason: str) -> None:
        stream = next(iter(self._open))
        if stream.report is not None and not stream.report.ended:
            stream.report.cap("report", reason)
        self.close(stream)

    def report_for(self, stream: Stream, line: Line, has_one: bool) -> OpenReport:
        """Return the open report; a new one where none is open, it has ended, or it `has_one` of what comes."""
        report = stream.report
        if report is None or report.ended or has_one:
            return self.open(stream, line)
        stream.foreign = False
        return report

    def keep(self, report: OpenReport, line: Line, following: int = 0, key: bool = False) -> bool:
        """Count the line, and as many of the following ones, to the report."""
        report.note(line)
        if following:
            for _ in range(following):
                report.note(self.window.take())
        if key:
            report.note_key_line(line)
        return True

    def count_rows(self, stream: Stream, rows: int) -> None:
        """Remember that a report holds more rows; too many in all reports together close the oldest of the others."""
        self._open_rows += rows
        while self._open_rows > MAX_OPEN_ROWS and len(self._open) > 1:
            if next(iter(self._open)) is stream:
                self._open[stream] = self._open.pop(stream)
            else:
                self._close_early(
                    f"more than {MAX_OPEN_ROWS:,} rows of task tables were open; this one was closed early"
                )

    def is_quotation(self, line: Line) -> bool:
        """True if the line holds the kernel's words undamaged."""
        return _QUOTED.search(line.text) is not None

    def quoted(self, line: Line, reason: str = "does not begin like the kernel's line") -> None:
        """Remember a line that holds the kernel's words and is no line of the kernel's."""
        if not self.is_quotation(line):
            return
        if line.line in self.texts or len(self.texts) < MAX_LISTED:
            self.texts[line.line] = TextFinding(line.line, line.text, line.ident, reason)
        else:
            self.texts_left_out += 1

    def last_finished(self, stream: Stream, line: Line) -> OpenReport | None:
        """Return the report that was finished last, if this line of the same machine comes within seconds of it."""
        now, report = line.monotonic_seconds, stream.machine.last_finished
        if report is None or now is None or report.last_seconds is None:
            return None
        return report if 0 <= now - report.last_seconds < PANIC_SECONDS else None

    def announce(self, stream: Stream, line: Line) -> None:
        """Remember that somebody asked for a kill by SysRq-f."""
        announcements = stream.machine.announcements
        announcements.pop(stream.caller, None)
        announcements[stream.caller] = line
        if len(announcements) > MAX_ANNOUNCEMENTS:
            del announcements[next(iter(announcements))]

    def take_announcement(self, stream: Stream, line: Line) -> Line | None:
        """Return the announcement of SysRq-f just before: the work runs in a kworker, so on another caller's stream."""
        now, announcements = line.monotonic_seconds, stream.machine.announcements
        while announcements:
            announced = announcements.pop(next(iter(announcements)))
            then = announced.monotonic_seconds
            if now is None or then is None or 0 <= now - then <= SYSRQ_SECONDS:
                return announced
        return None


def is_too_far(report: OpenReport, line: Line) -> bool:
    """True if the line's time cannot be that of the open report."""
    now, then = line.monotonic_seconds, report.last_seconds
    if now is None or then is None:
        return False
    return now - then > SAME_REPORT_SECONDS or then - now > CLOCK_STEP_BACK_SECONDS
