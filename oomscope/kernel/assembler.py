"""Which line belongs to which invocation of the oom-killer.

By caller id where the log has it, by what a report may hold once, by time; never by adjacency alone.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oomscope.kernel.assembly.line_window import LineWindow
from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams, is_too_far
from oomscope.kernel.event import OomEvent, Reaped
from oomscope.kernel.findings import TextFinding, WaitingTask
from oomscope.kernel.finished_event import event_of
from oomscope.kernel.sections import (
    allocation_failure,
    cgroup_counters,
    cpu_line,
    damaged,
    first_line,
    group_line,
    hung_tasks,
    kill_line,
    mem_info,
    memory_stat,
    oom_kill_line,
    panic_or_no_victims,
    reaper,
    selected_line,
    spared,
    sysrq,
    task_in_line,
    task_table,
    trace,
)
from oomscope.patterns import lazy
from oomscope.read.record import Record

# Literals that stand in every piece of a report worth looking at; `read` looks for the regions around them.
MARKERS: tuple[bytes, ...] = (
    b"oom-kill", b"oom_reaper", b"illed process", b"ill process", b"ut of memory", b"tgid total_vm", b"memory: usage ",
    b"Manual OOM", b"as a result of limit", b"memory.oom.group set", b"deadlocked on memory", b"mem_cgroup_oom_sync", b"mem_cgroup_handle_oom",
)  # fmt: skip

CORE_MARKERS: tuple[bytes, ...] = (b"oom", b"ut of memory", b"illed process")
"""Any report, and any kill line without one, holds one of these words."""

REPORT_WORDS: tuple[bytes, ...] = (
    b"invoked oom-killer", b"oom-kill:constraint=", b"Killed process ", b"Kill process ", b"oom_reaper: reaped process ",
    b" killed as a result of limit of ", b" are going to be killed due to memory.oom.group set",
    b"ut of memory: Kill", b"emory cgroup out of memory", b"oom_kill_process+", b"oom_kill_process.cold+", b"tgid total_vm",
)  # fmt: skip
"""What little else than a report, what is left of one, or a quotation of one holds."""

LONG_BLOCK = rb"\[ *\d{1,10}\] +\d{1,10} +\d{1,10} +\d|Memory cgroup stats for |Node \d+ "
"""Rows of the task table, statistics of each cgroup below (before 5.3), memory of each NUMA node: any number of lines."""

WIDE = b"|".join(
    rb"ut of [Mm]emory(?::| \(| in UB |\.| and no killable)" if word == b"ut of memory" else re.escape(word)
    for word in MARKERS
)
"""A line of a report: programs say "out of memory" too, and then nothing is around it."""

# After these a report may go on for thousands of lines before the next marker: a task table, a stat block a cgroup.
BRIDGES: tuple[bytes, ...] = (b"tgid total_vm", b"Memory cgroup stats for", b"invoked oom-killer")

# A line that does not begin like any of them is offered to each in this order; the first that takes it has it.
SECTIONS: tuple[Section, ...] = (
    task_table.ROW_SECTION,
    first_line.SECTION,
    oom_kill_line.SECTION,
    kill_line.SECTION,
    selected_line.SECTION,
    task_in_line.SECTION,
    group_line.SECTION,
    reaper.SECTION,
    panic_or_no_victims.SECTION,
    sysrq.SECTION,
    spared.SECTION,
    allocation_failure.SECTION,
    hung_tasks.SECTION,
    cgroup_counters.SECTION,
    memory_stat.HEADING_SECTION,
    task_table.HEADER_SECTION,
    task_table.DAMAGED_ROW_SECTION,
    oom_kill_line.TAIL_SECTION,
    memory_stat.SECTION,
    cpu_line.CPU_SECTION,
    cpu_line.CPUSET_SECTION,
    mem_info.SECTION,
    cgroup_counters.PROTECTION_SECTION,
    memory_stat.OLD_SECTION,
    task_table.HEADING_SECTION,
    trace.SECTION,
    damaged.SECTION,
)
_BY_NAME = {section.name: section for section in SECTIONS}
_START = lazy("|".join(f"(?P<{section.name}>{section.start})" for section in SECTIONS if section.start))
_PREFIX = 4  # characters by which sections are looked up


def _by_prefix() -> dict[str, tuple[tuple[str, Section], ...]]:
    found: dict[str, tuple[tuple[str, Section], ...]] = {}
    for section in SECTIONS:
        for start in section.starts:
            found[start[:_PREFIX]] = (*found.get(start[:_PREFIX], ()), (start, section))
    return found


_BY_PREFIX = _by_prefix()
_BY_WORD = tuple((word, section) for section in SECTIONS for word in section.words)
_WITHOUT_WORDS = tuple(section for section in SECTIONS if not section.words)


BAD_VALUES = (RecursionError, ArithmeticError, MemoryError, ValueError, TypeError, LookupError)
"""What values that no kernel prints may lead to. Of one line they cost that line, of one report that report."""


class LeftOut(NamedTuple):
    """How many findings of each kind were beyond what is listed."""

    text_findings: int = 0
    orphan_reaps: int = 0
    waiting: int = 0
    damaged_lines: int = 0  # that were not tried by fuzzy matching
    unreadable: tuple[int, ...] = ()  # lines whose values cannot be, and the first lines of reports that they spoil


class Assembly:
    """The OOM events of one input: an iterator over them, and what else the records hold.

    Events come in the order in which their reports began, each as soon as no later line can say more about it. The
    other findings are complete when the iterator has come to its end; whoever asks for them earlier makes it go there,
    and the events that it passes are kept for `events`.
    """

    def __init__(self, records: Iterable[Record], any_text: bool = False) -> None:
        self._any_text = any_text
        self._window = LineWindow(records, any_text)
        self._streams = Streams(self._window)
        self._iterator = self._read()
        self._passed: list[OomEvent] = []
        self._unreadable: list[int] = []

    def __iter__(self) -> Iterator[OomEvent]:
        return self._iterator

    @property
    def events(self) -> tuple[OomEvent, ...]:
        """Return all events that the iterator has not handed out."""
        self._passed.extend(self._iterator)
        return tuple(self._passed)

    @property
    def text_findings(self) -> tuple[TextFinding, ...]:
        """Return the lines that only look like the kernel's, in the order of the log."""
        self._passed.extend(self._iterator)
        return tuple(sorted(self._streams.texts.values(), key=lambda text: text.line))

    @property
    def orphan_reaps(self) -> tuple[Reaped, ...]:
        """Return what the reaper says of victims whose kill line the log does not have."""
        self._passed.extend(self._iterator)
        return tuple(self._streams.orphan_reaps.items)

    @property
    def waiting(self) -> tuple[WaitingTask, ...]:
        """Return the tasks that hang because their cgroup may not kill."""
        self._passed.extend(self._iterator)
        return tuple(self._streams.waiting_tasks.items)

    @property
    def left_out(self) -> LeftOut:
        """Return how many findings there were beyond those that are listed."""
        self._passed.extend(self._iterator)
        streams = self._streams
        return LeftOut(
            text_findings=streams.texts_left_out,
            orphan_reaps=streams.orphan_reaps.left_out,
            waiting=streams.waiting_tasks.left_out,
            damaged_lines=streams.damaged_left_out,
            unreadable=tuple(self._unreadable),
        )

    def _read(self) -> Iterator[OomEvent]:
        lines, streams = self._window.lines, self._streams
        line = next(lines, None)
        while line is not None:
            here = line.line
            try:
                line = self._place(line) or next(lines, None)
            except BAD_VALUES:
                self._unreadable.append(here)
                line = next(lines, None)
            if streams.has_finished:
                yield from self._events(streams.let_go())
        streams.close_all()
        yield from self._events(streams.waiting_reports.let_all_go())

    def _events(self, reports: Iterable[OpenReport]) -> Iterator[OomEvent]:
        """Return the events of finished reports, without those that cannot be worked out."""
        for report in reports:
            try:
                event = event_of(report)
            except BAD_VALUES:
                self._unreadable.append(report.line_runs[0][0] if report.line_runs else report.last_line)
                continue
            yield event

    def _place(self, line: Line) -> Line | None:
        """Place one line, and those after it that go on with the same block; return the next if it was read already."""
        streams, text = self._streams, line.text
        if line.trust == "text" and not self._any_text:
            streams.quoted(line, _writer(line))
            return None
        stream = streams.stream_of(line)
        report = stream.report
        if report is not None and line.monotonic_seconds != report.last_seconds and is_too_far(report, line):
            streams.close(stream)
            report = None
        section = _section_of(text)
        unfinished = report is not None and not (report.ended or stream.foreign)
        if section is None or (section.inside and not unfinished) or not section.place(streams, stream, line):
            section = self._offer(stream, line)
        if section is None or section.read_on is None:
            return None
        report = stream.report
        if report is None or report.ended or stream.foreign:
            return None
        return section.read_on(streams, stream, report)

    def _offer(self, stream: Stream, line: Line) -> Section | None:
        """Place a line that does not begin like an undamaged one of any section, or that its section has refused.

        Return the section that has taken the line, or None.
        """
        text = line.text
        for word, section in _BY_WORD:
            if word in text and section.place(self._streams, stream, line):
                return section
        for section in _WITHOUT_WORDS:
            if section.inside and stream.unfinished is None:
                continue
            if section.place(self._streams, stream, line):
                return section
        report = stream.unfinished
        if report is not None and text.strip():
            report.note_unknown(line)
        return None


def _writer(line: Line) -> str:
    """Return why the words of a line are not taken for the kernel's."""
    if line.ident == "kernel":
        return "calls itself kernel, but its other fields say that a program wrote it"
    return f"written by {line.ident}, not by the kernel" if line.ident else "not a kernel message"


def _section_of(text: str) -> Section | None:
    """Return the section whose undamaged lines begin like this one, or None."""
    for start, section in _BY_PREFIX.get(text[:_PREFIX], ()):
        if text.startswith(start):
            return section
    found = _START.match(text)
    return _BY_NAME[found.lastgroup or ""] if found is not None else None


def assemble(records: Iterable[Record], *, any_text: bool = False) -> Assembly:
    """Return the OOM events of these records, which are of one input and in its order.

    With `any_text` text that nothing attests is read like the kernel's own.
    """
    return Assembly(records, any_text)
