"""The rows of the task table: numbers by whitespace, the name as whatever is left."""

import re
from functools import lru_cache
from operator import itemgetter

from oomscope.kernel.assembly.logical_lines import ROW_START, Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import best, first
from oomscope.kernel.event import Task, TaskTable
from oomscope.kernel.sections.task_columns import Columns, infer, parse_header

MAX_ROWS = 100_000
_COLUMN_OF_FIELD = {
    "uid": "uid",
    "tgid": "tgid",
    "total_vm_pages": "total_vm",
    "rss_pages": "rss",
    "anon_pages": "rss_anon",
    "file_pages": "rss_file",
    "shmem_pages": "rss_shmem",
    "pgtables_bytes": "pgtables_bytes",
    "swap_pages": "swapents",
    "oom_score_adj": "oom_score_adj",
    "oom_adj": "oom_adj",
}
_PAGE_TABLE_COUNTS = ("nr_ptes", "nr_pmds", "nr_puds")


class RowReader:
    """Reads the rows of one table: exactly one space stands before a name that may hold anything."""

    def __init__(self, columns: Columns) -> None:
        count = len(columns.names)
        self._match_plain = re.compile(
            r"\[ {0,9}(\d{1,10})\]" + r" +(-?\d{1,15})" * count + r" (.*)$", re.DOTALL | re.A
        ).match
        numbers = r"\s{1,40}(-?\d{1,15})" * count
        self._match = re.compile(rf"\[\s{{0,9}}(\d{{1,10}})\]{numbers}(?: (.*))?$", re.DOTALL).match
        place = {name: n for n, name in enumerate(columns.names, 1)}
        self._counts = tuple(place[name] for name in _PAGE_TABLE_COUNTS if name in place)
        # A row is (pid, the numbers, name, line, page tables, None); each field of a Task is picked out of it.
        after = len(columns.names) + 1
        others = {"pid": 0, "comm": after, "line": after + 1, "page_tables": after + 2}
        self._pick = itemgetter(
            *(
                others[field] if field in others else place.get(_COLUMN_OF_FIELD[field], after + 3)
                for field in Task._fields
            )
        )
        self._strip = columns.source == "header"
        self._knows_all = columns.complete or not self._strip  # else there are more columns than the header shows

    def read(self, text: str, line: int) -> Task | None:
        """Parse one row; None if the line is none, or is cut.

        sample::

            [  10690]     0 10690    40037    38240    38240        0         0   352256        0           854 dotnet
        """
        found = (self._match_plain(text) or self._match(text)) if self._knows_all else None
        if found is None:
            return None
        groups = found.groups()
        comm = groups[-1]
        if comm is None or not (self._strip or comm.strip()):
            return None  # cut in front of the name: then the last number may be cut as well
        numbers = tuple(map(int, groups[:-1]))
        counts = sum(numbers[n] for n in self._counts) if self._counts else None
        row = (*numbers, comm.strip() if self._strip else comm, line, counts, None)
        return tuple.__new__(Task, self._pick(row))  # one value a field: half the time of Task._make


@lru_cache(maxsize=64)
def _reader_of(columns: Columns) -> RowReader:
    return RowReader(columns)


class OpenTable:
    """The task table of one report while its rows come in."""

    def __init__(self, columns: Columns, header: int | None, printed_at: float | None) -> None:
        self.columns = columns
        self.header = header  # line of the header, if the log has it
        self.printed_at = printed_at
        self.reader = _reader_of(columns)
        self.tasks: list[Task] = []
        self.task_of: dict[int, Task] = {}  # the last row of each pid

    def add(self, report: OpenReport, task: Task) -> None:
        """Add one row; the very same row twice is the log's doing."""
        old = self.task_of.setdefault(task.pid, task)
        if old is not task:
            if old.comm == task.comm and _sizes(old) == _sizes(task):
                return
            self.task_of[task.pid] = task
        if len(self.tasks) < MAX_ROWS:
            self.tasks.append(task)
        else:
            report.cap("tasks", f"more than {MAX_ROWS:,} rows of the task table: the later ones are left out")

    def finished(self) -> TaskTable | None:
        """Return the table, or None if it has no row."""
        if not self.tasks:
            return None
        first_line = self.header if self.header is not None else self.tasks[0].line
        return TaskTable(
            columns=self.columns.names,
            columns_source=self.columns.source,
            tasks=tuple(self.tasks),
            lines=(first_line, self.tasks[-1].line),
        )


def _sizes(task: Task) -> tuple[int | None, ...]:
    return (task.uid, task.tgid, task.total_vm_pages, task.rss_pages, task.swap_pages, task.oom_score_adj)


def _place_heading(streams: Streams, stream: Stream, line: Line) -> bool:
    """sample:: `Tasks state (memory values in pages):`"""
    report = stream.report
    if report is None or not line.text.startswith("Tasks state"):
        return False
    stream.settle()
    return streams.keep(report, line)


def _place_header(streams: Streams, stream: Stream, line: Line) -> bool:
    if "tgid" not in line.text or "pid" not in line.text:
        return False
    columns, following = best(streams.window, line, parse_header, enough=100)
    if columns is None:
        return False
    if not columns.complete:
        columns, following = parse_header(line.text) or columns, 0
    report, now = stream.report, line.monotonic_seconds
    table = report.table if report is not None else None
    is_same = table is not None and table.columns == columns and now is not None and now == table.printed_at
    if report is not None and is_same and not report.ended:
        return streams.keep(report, line, following)
    report = streams.report_for(stream, line, table is not None and bool(table.tasks))
    report.table = OpenTable(columns, line.line, now)
    stream.settle()
    return streams.keep(report, line, following)


def _place_row(streams: Streams, stream: Stream, line: Line) -> bool:
    """Place a row of the table that is being read: nine lines of ten are this."""
    report = stream.report
    if report is None or report.table is None or report.ended or not line.text.startswith("["):
        return False
    task = report.table.reader.read(line.text, line.line)
    if task is None:
        return False
    _add(streams, stream, report, report.table, task)
    return streams.keep(report, line)


def _place_damaged_row(streams: Streams, stream: Stream, line: Line) -> bool:
    """Place the first row of a table without a header, or one that is damaged."""
    if not line.text.startswith("[") or not ROW_START.match(line.text):
        return False
    report = stream.report
    if report is None or report.ended or report.table is None:
        columns = infer(line.text)
        if columns is None:
            return False
        report = streams.report_for(stream, line, False)
        report.table = OpenTable(columns, None, None)
    table = report.table
    task, following = first(streams.window, line, lambda text: table.reader.read(text, line.line))
    if task is None:
        report.note_unknown(line)
        return streams.keep(report, line)
    _add(streams, stream, report, table, task)
    stream.settle()
    return streams.keep(report, line, following)


def _add(streams: Streams, stream: Stream, report: OpenReport, table: OpenTable, task: Task) -> None:
    before = len(table.tasks)
    table.add(report, task)
    streams.count_rows(stream, len(table.tasks) - before)


def _read_on(streams: Streams, stream: Stream, report: OpenReport) -> Line | None:
    """Take the lines that follow as long as they are rows of the table; return the first that is none."""
    table = report.table
    if table is None:
        return None
    window, read = streams.window, table.reader.read
    numbers: list[int] = []
    before = len(table.tasks)
    last = behind = None
    for line in window.lines:
        number = line.line
        task = read(line.text, number) if window.follows else None
        if task is None:
            behind = line
            break
        table.add(report, task)
        numbers.append(number)
        last = line
    if last is not None:
        report.note_run(numbers, last)
        streams.count_rows(stream, len(table.tasks) - before)
    return behind


HEADING_SECTION = Section(name="task_table_heading", place=_place_heading, starts=("Tasks state",), inside=True)
HEADER_SECTION = Section(
    name="task_table_header", place=_place_header, start=r"\[\s{0,4}pid\s{0,4}\]", read_on=_read_on
)
ROW_SECTION = Section(name="task_table_row", place=_place_row, start=r"\[\s{0,9}\d{1,10}\]\s", read_on=_read_on)
DAMAGED_ROW_SECTION = Section(name="damaged_task_table_row", place=_place_damaged_row, read_on=_read_on)
