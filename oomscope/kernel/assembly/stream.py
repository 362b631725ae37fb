"""One stream of lines a caller, and the streams of one machine."""

from dataclasses import dataclass, field

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport


@dataclass(eq=False, repr=False)
class MachineStreams:
    """The streams of one machine, which is one host in one boot, and what its later lines may still refer to."""

    streams: dict[str | None, "Stream"] = field(default_factory=dict)  # by caller; only those with an open report
    announcements: dict[str | None, Line] = field(default_factory=dict)  # of SysRq-f, by caller
    reports_of_pid: dict[int, list[OpenReport]] = field(default_factory=dict)  # by pid of a victim
    last_finished: OpenReport | None = None

    @property
    def is_idle(self) -> bool:
        """True if nothing of the machine is open."""
        return not (self.streams or self.announcements or self.reports_of_pid or self.last_finished)

    def add_victim_of(self, report: OpenReport, pid: int) -> None:
        """Remember in which report a process died: its reaper may speak much later."""
        reports = self.reports_of_pid.setdefault(pid, [])
        if not reports or reports[-1] is not report:
            reports.append(report)

    def report_of_victim(self, pid: int) -> OpenReport | None:
        """Return the report that a victim died in: an open one if there is one, else the latest."""
        reports = self.reports_of_pid.get(pid)
        if not reports:
            return None
        return next((report for report in reports if not report.closed), reports[-1])

    def forget(self, report: OpenReport) -> None:
        """Drop a report that has been let go."""
        if self.last_finished is report:
            self.last_finished = None
        for pid in report.victims_of_pid:
            reports = self.reports_of_pid.get(pid, [])
            if report in reports:
                reports.remove(report)
            if not reports:
                self.reports_of_pid.pop(pid, None)


@dataclass(eq=False, repr=False)
class Stream:
    """Lines of one caller, or of a log without caller ids."""

    machine: MachineStreams
    caller: str | None
    report: OpenReport | None = None
    foreign: bool = False  # inside the dump of a page allocation failure, or of SysRq-m
    torn_line: list[str] | None = None  # the pieces of an oom-kill line whose tail has not come yet
    torn_at: int = 0  # line of the first piece
    tracing: bool = False
    in_stat: bool = False

    @property
    def unfinished(self) -> OpenReport | None:
        """Return the report that the next line may be inside of: open, not ended, and not in another dump."""
        report = self.report
        return None if report is None or self.foreign or report.ended else report

    def settle(self) -> None:
        """End the trace and the statistics: a line came that stands behind them."""
        self.tracing = self.in_stat = False
