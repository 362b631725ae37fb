"""What is open while a log is read: one stream of lines a caller, in each at most one unfinished report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import Draft
from oomscope.kernel.event import OomEvent, Reaped
from oomscope.kernel.sections.task_table import RowReader
from oomscope.patterns import lazy
from oomscope.read.record import Record

SAME_REPORT_SECONDS = 120.0  # a serial console prints a long table slowly; two reports so far apart are two
PANIC_SECONDS = 5.0
SYSRQ_SECONDS = 5.0

_QUOTED = lazy(r"invoked oom-killer:|Killed process \d{1,10}[ ,]|oom-kill:constraint=")


class TextFinding(NamedTuple):
    """A line that quotes the kernel's words but is not the kernel's, or cannot be believed."""

    line: int
    text: str
    ident: str | None
    reason: str


class Waiting(NamedTuple):
    """A task that the hung-task detector found waiting for memory of its cgroup."""

    comm: str
    pid: int
    seconds: int
    line: int


class Assembly(NamedTuple):
    """What the records of one input hold."""

    events: tuple[OomEvent, ...]
    text_findings: tuple[TextFinding, ...]
    orphan_reaps: tuple[Reaped, ...]  # the reaper names a victim whose kill line the log does not have
    waiting: tuple[Waiting, ...]  # tasks that hang because their cgroup may not kill


@dataclass(eq=False, repr=False)
class Stream:
    """Lines of one caller (or of a log without caller ids)."""

    draft: Draft | None = None
    foreign: bool = False  # inside the dump of a page allocation failure, or of SysRq-m
    rows: RowReader | None = None
    pending_summary: tuple[str, int] | None = None  # an oom-kill line whose tail has not come yet
    tracing: bool = False
    in_stat: bool = False
    sysrq: Line | None = None  # the announcement of SysRq-f

    def settle(self) -> None:
        """The trace and the statistics are over: a line came that stands behind them."""
        self.tracing = self.in_stat = False


@dataclass(eq=False, repr=False)
class State:
    """Every stream of one input, the reports that are finished, and what only looks like one."""

    lines: Sequence[Line]
    any_text: bool = False
    opened: int = 0
    done: list[Draft] = field(default_factory=list)
    texts: dict[int, TextFinding] = field(default_factory=dict)  # by line
    orphans: list[Reaped] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    streams: dict[tuple[str | None, str | None, int, str | None], Stream] = field(default_factory=dict)

    def stream_of(self, record: Record) -> Stream:
        """The stream that the record belongs to."""
        key = (record.host, record.boot_id, record.boot, record.caller)
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream()
        return stream

    def beside(self, record: Record) -> list[Stream]:
        """All streams of the record's machine."""
        return [s for key, s in self.streams.items() if key[:3] == (record.host, record.boot_id, record.boot)]

    def open(self, stream: Stream) -> Draft:
        """A new report in this stream; the one before it is finished."""
        self.close(stream)
        stream.foreign = False
        self.opened += 1
        stream.draft = Draft(self.opened)
        return stream.draft

    def close(self, stream: Stream) -> None:
        """Finish the stream's report; a first line that nothing followed is a quotation."""
        draft, stream.draft = stream.draft, None
        stream.settle()
        stream.rows = stream.pending_summary = None
        if draft is None:
            return
        if draft.is_report:
            self.done.append(draft)
        elif draft.head is not None and draft.head_line is not None:
            self.quoted(draft.head_line, "nothing that the kernel prints after this line follows it")

    def draft_for(self, stream: Stream, taken: Callable[[Draft], bool]) -> Draft:
        """The open draft, or a new one where none is open, it has ended, or what comes is there already."""
        draft = stream.draft
        if draft is None or draft.ended or taken(draft):
            return self.open(stream)
        stream.foreign = False
        return draft

    def keep(self, draft: Draft, at: int, took: int, key: bool = False) -> int:
        """Count the line at `at` and the `took` lines after it to the draft; returns `took`."""
        for line in self.lines[at : at + took + 1]:
            draft.note(line)
        if key:
            draft.records.append(self.lines[at].record)
        return took

    def quoted(self, line: Line, reason: str = "does not begin like the kernel's line") -> None:
        """Remember a line that holds the kernel's words and is no line of the kernel's."""
        if _QUOTED.search(line.text):
            self.texts[line.number] = TextFinding(line.number, line.text, line.record.ident, reason)

    def last_done(self, line: Line) -> Draft | None:
        """The last finished report, if this line of the same machine comes within seconds of it."""
        now = line.record.monotonic_seconds
        draft = self.done[-1] if self.done else None
        if draft is None or now is None or draft.last_seconds is None or not draft.of_machine(line.record):
            return None
        return draft if 0 <= now - draft.last_seconds < PANIC_SECONDS else None

    def asked(self, line: Line) -> Line | None:
        """The announcement of SysRq-f just before: the work runs in a kworker, so on another caller's stream."""
        now = line.record.monotonic_seconds
        for stream in self.beside(line.record):
            said, stream.sysrq = stream.sysrq, None
            if said is not None:
                then = said.record.monotonic_seconds
                if now is None or then is None or 0 <= now - then <= SYSRQ_SECONDS:
                    return said
        return None


def too_far(draft: Draft, line: Line) -> bool:
    """Whether the line's time cannot be that of the open report."""
    now = line.record.monotonic_seconds
    if now is None or draft.last_seconds is None:
        return False
    return now - draft.last_seconds > SAME_REPORT_SECONDS or draft.last_seconds - now > 1.0
