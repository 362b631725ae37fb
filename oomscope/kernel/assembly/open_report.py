"""One report while its lines come in: where each section puts what it has read."""

from typing import TYPE_CHECKING

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.event import Counter, Selected, Summary, Victim

if TYPE_CHECKING:
    from oomscope.kernel.sections.cpu_line import CpuLine
    from oomscope.kernel.sections.first_line import Head
    from oomscope.kernel.sections.mem_info import MemInfoReader
    from oomscope.kernel.sections.stat_block import StatBlock
    from oomscope.kernel.sections.task_table import OpenTable

MAX_LINE_RUNS = 10_000
MAX_UNKNOWN_LINES = 200
MAX_KEY_LINES = 200
SURE_ROWS = 3  # without a header, fewer lines that look like rows are no table


class OpenReport:
    """What has been read of one report so far. A field that no line has filled is None, False or empty."""

    head: "Head | None" = None
    head_line: Line | None = None
    cpuset: tuple[str, str] | None = None
    cpu: "CpuLine | None" = None
    hardware: str | None = None
    stat: "StatBlock | None" = None
    protection: tuple[int, int] | None = None
    mem_info: "MemInfoReader | None" = None
    table: "OpenTable | None" = None
    summary: Summary | None = None
    selected: Selected | None = None
    group: str | None = None
    no_killable = False
    panic: str | None = None
    announcement: Line | None = None  # of SysRq-f, just before the report
    spared: str | None = None
    interrupted = False  # by the dump of an allocation failure, which looks like the rest of this report
    ended = False  # it has come to what ends it: a kill, a panic, or that nobody is killed
    is_misread = False  # a key line or a number was read approximately, from letters that look like others
    closed = False
    last_seconds: float | None = None
    last_line = 0
    body_line: Line | None = None  # of the counters or the statistics: for a report whose key lines are all lost

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal  # in the order in which the reports of one input began
        self.trace: list[str] = []
        self.counters: dict[str, Counter] = {}
        self.victims: list[Victim] = []
        self.victims_of_pid: dict[int, list[int]] = {}  # places in `victims`
        self.unknown: list[tuple[int, str]] = []
        self.line_runs: list[list[int]] = []  # [first, last] in the order of the records
        self._run = [0, 0]  # the last of them
        self.key_lines: list[Line] = []  # that carry the verdict: the first line, the oom-kill line, the kill
        self.damage: dict[str, int] = {}  # sections that were read from a damaged line, with that line
        self.caps: dict[str, str] = {}  # what of the report was too long to keep, and the cap that it met

    @property
    def rows(self) -> int:
        """Return how many rows of the task table the report holds."""
        return len(self.table.tasks) if self.table is not None else 0

    @property
    def is_complete(self) -> bool:
        """True if the reaper has nothing more to say about the victims."""
        return all(victim.reaped is not None and victim.reaped.done for victim in self.victims)

    @property
    def is_report(self) -> bool:
        """True if what was read can only come from an OOM report: Mem-Info alone can not, nor a first line alone."""
        table = self.rows >= SURE_ROWS or (self.table is not None and bool(self.rows) and self.table.header is not None)
        if self.victims or self.selected or self.ended or table or self.summary or "memory" in self.counters:
            return True
        if self.head is None:
            return False
        stat = self.stat is not None and not self.stat.is_empty
        return bool(self.counters or stat or self.trace or self.cpu or self.mem_info is not None)

    def note(self, line: Line) -> None:
        """Count one line to the report."""
        number, last = line.line, line.last_line
        run = self._run
        if number == run[1] + 1 and run[0] > 0:
            run[1] = last
        else:
            self._add_run(number, last)
        self.last_line = last
        seconds = line.monotonic_seconds
        if seconds is not None:
            self.last_seconds = seconds

    def note_run(self, numbers: list[int], last: Line) -> None:
        """Count lines that came one after the other to the report; `last` is the last of them."""
        first_number, last_number = numbers[0], last.last_line
        if last_number - first_number == len(numbers) - 1:
            self._add_run(first_number, last_number)
        else:
            for number in numbers:
                self._add_run(number, number)
            self._add_run(last.line, last_number)
        self.last_line = last_number
        seconds = last.monotonic_seconds
        if seconds is not None:
            self.last_seconds = seconds

    def note_late(self, line: Line) -> None:
        """Count a line that came after the report, such as the reaper's."""
        self._add_run(line.line, line.last_line)

    def _add_run(self, first: int, last: int) -> None:
        run = self._run
        if 0 < run[0] <= first <= run[1] + 1:
            run[1] = max(run[1], last)
        elif len(self.line_runs) < MAX_LINE_RUNS:
            self._run = [first, last]
            self.line_runs.append(self._run)
        else:
            words = f"its lines stand in more than {MAX_LINE_RUNS:,} places of the log: the later ones are not shown"
            self.cap("line runs", words)

    def note_key_line(self, line: Line) -> None:
        """Remember a line that tells how far the report can be believed, and when it was."""
        if len(self.key_lines) < MAX_KEY_LINES:
            self.key_lines.append(line)
        else:
            self.key_lines[-1] = line
            self.cap("key lines", f"more than {MAX_KEY_LINES} lines that end a report: not all are weighed")

    def note_unknown(self, line: Line) -> None:
        """Keep a line inside the report that fits nothing."""
        if len(self.unknown) < MAX_UNKNOWN_LINES:
            self.unknown.append((line.line, line.text))
        else:
            words = f"more than {MAX_UNKNOWN_LINES} lines inside the report were not understood; the first are listed"
            self.cap("unknown lines", words)

    def note_damage(self, section: str, line: Line) -> None:
        """Remember that a line of the report is damaged and was read as well as that goes."""
        self.damage.setdefault(section, line.line)

    def cap(self, section: str, reason: str) -> None:
        """Remember that a part of the report was too long to keep."""
        self.caps.setdefault(section, reason)

    def replace_victim(self, victim: Victim) -> None:
        """Put the victim in the place of the only one, which was read from a damaged line."""
        self.victims, self.victims_of_pid, self.is_misread = [victim], {victim.pid: [0]}, False
        self.damage.pop("kill line", None)

    def add_victim(self, victim: Victim) -> None:
        """Add one who died: that ends the report."""
        self.ended = True
        self.victims_of_pid.setdefault(victim.pid, []).append(len(self.victims))
        self.victims.append(victim)
