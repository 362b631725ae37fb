"""One report while its lines come in, and the event that it becomes."""

from dataclasses import dataclass, field

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.derive.badness import release_version
from oomscope.kernel.derive.forgery import asked_by, forgeries, trust_in
from oomscope.kernel.derive.gfp import decode
from oomscope.kernel.derive.page_size import page_size
from oomscope.kernel.derive.victims import victims_of
from oomscope.kernel.event import (  # fmt: skip
    Counter,
    Gap,
    Invoker,
    Lines,
    Machine,
    MemcgReport,
    MemInfo,
    OomEvent,
    Selected,
    Summary,
    Task,
    TaskTable,
    Victim,
)
from oomscope.kernel.sections.counters import hierarchical, version_of
from oomscope.kernel.sections.first_line import CpuLine, Head, architecture
from oomscope.kernel.sections.mem_info import MemInfoReader
from oomscope.kernel.sections.task_table import Columns
from oomscope.read.record import Record

MAX_RAW = 20_000
MAX_UNKNOWN = 200
SURE_ROWS = 3  # without a header, fewer lines that look like rows are no table
# 5.3 to 6.4 print memory.stat as one record of at most ~990 bytes; syslog(2) and consoles pay for a prefix on each line.
_STAT_RECORD_MAX = 900
PREFIX_BYTES = len("<6>[12345.123456] ")


@dataclass(eq=False, repr=False)
class Draft:
    """What has been read of one report so far."""

    ordinal: int = 0  # among the reports of one input, in the order of its records: a log may be written newest first
    head: Head | None = None
    head_line: Line | None = None
    cpuset: tuple[str, str] | None = None
    cpu: CpuLine | None = None
    hardware: str | None = None
    trace: list[str] = field(default_factory=list)
    counters: dict[str, Counter] = field(default_factory=dict)
    stat: dict[str, int] = field(default_factory=dict)
    stat_line_of: dict[str, int] = field(default_factory=dict)
    stat_path: str | None = None
    stat_lines: list[int] = field(default_factory=list)
    stat_paths: set[str] = field(default_factory=set)
    stat_memcgs: int = 0
    stat_bytes: int = 0  # of the stat text and of what stands before each of its lines
    stat_stamps: set[float | None] = field(default_factory=set)  # more than one: it came in several records
    protection: tuple[int, int] | None = None
    meminfo: MemInfoReader = field(default_factory=MemInfoReader)
    columns: Columns | None = None
    table_head: int | None = None
    table_at: float | None = None
    tasks: list[Task] = field(default_factory=list)
    rows: dict[int, Task] = field(default_factory=dict)  # the last row of each pid
    summary: Summary | None = None
    selected: Selected | None = None
    victims: list[Victim] = field(default_factory=list)
    group: str | None = None
    no_killable: bool = False
    panic: str | None = None
    announced: Line | None = None  # SysRq-f, just before the report
    spared: str | None = None
    interrupted: bool = False  # by the dump of an allocation failure, which looks like the rest of this report
    unknown: list[tuple[int, str]] = field(default_factory=list)
    raw: list[tuple[int, str]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)  # of the lines that carry the verdict: head, summary, kill
    last_seconds: float | None = None
    last_line: int = 0

    @property
    def ended(self) -> bool:
        """Whether the report has come to what ends it."""
        return bool(self.victims) or self.no_killable or self.panic is not None or self.spared is not None

    @property
    def is_report(self) -> bool:
        """Whether what was read can only come from an OOM report: Mem-Info alone can not, nor a lone first line."""
        table = len(self.tasks) >= SURE_ROWS or bool(self.tasks and self.table_head is not None)
        body = bool(self.counters or table or self.stat or self.trace or self.cpu or not self.meminfo.empty)
        return bool(
            self.victims or self.selected or self.no_killable or self.panic or table or self.summary or self.spared
            or "memory" in self.counters or (self.head is not None and body)
        )  # fmt: skip

    def note(self, line: Line) -> None:
        """Keep the raw line."""
        if len(self.raw) < MAX_RAW:
            self.raw.append((line.number, line.text))
        self.last_line = max(line.number, 0 if "\n" in line.record.text else line.record.last_line)
        seconds = line.record.monotonic_seconds
        if seconds is not None:
            self.last_seconds = seconds

    def not_understood(self, line: Line) -> None:
        """Count a line inside the report that fits nothing."""
        if len(self.unknown) < MAX_UNKNOWN:
            self.unknown.append((line.number, line.text))

    def of_machine(self, record: Record) -> bool:
        """Whether the record is of the machine and the boot that this report is of."""
        mine = self.records[0] if self.records else None
        return mine is None or (mine.host, mine.boot_id, mine.boot) == (record.host, record.boot_id, record.boot)

    def add_task(self, task: Task) -> None:
        """One row; the very same row twice is the log's doing."""
        old = self.rows.get(task.pid)
        if old is not None and old.comm == task.comm and _sizes(old) == _sizes(task):
            return
        self.rows[task.pid] = task
        self.tasks.append(task)

    def add_stat(self, key: str, value: int, line: Line) -> None:
        """One statistic; a second cgroup's (before 5.3 each descendant has a line of its own) is added up."""
        self.stat[key] = self.stat.get(key, 0) + value if self.stat_memcgs > 1 else value
        self.stat_line_of.setdefault(key, line.number)
        self.stat_lines.append(line.number)

    def add_stat_line(self, key: str, value: int, line: Line) -> None:
        """One line of memory.stat, with what tells whether all of them were one record."""
        self.add_stat(key, value, line)
        alone = line.stamped and "\n" not in line.record.text
        self.stat_bytes += len(line.text.strip()) + 1 + (PREFIX_BYTES if alone else 0)
        self.stat_stamps.add(line.record.monotonic_seconds if alone else None)
        if alone and line.record.monotonic_seconds is None:
            self.stat_bytes = -(1 << 30)  # whole seconds do not tell one record from many

    def event(self) -> OomEvent:
        """The finished event."""
        table = self._table()
        memcg = self._memcg()
        info = None if self.meminfo.empty else self.meminfo.info
        trace = tuple(self.trace)
        arch = architecture(self.cpu.release if self.cpu else None, trace)
        pages = info.hugepages if info else ()
        size, source = page_size(self.meminfo.buddy_page_bytes, table, self.victims, memcg, pages, arch)
        anchor = self._anchor()
        victims = victims_of(self.victims, None if self.spared else self.summary, anchor, table)
        return OomEvent(
            lines=self._span(),
            trust=trust_in(self.records, self.head is not None and bool(self.victims) and bool(self.tasks)),
            monotonic_seconds=anchor.monotonic_seconds if anchor else None,
            wall_seconds=anchor.wall_seconds if anchor else None,
            wall_source=anchor.wall_source if anchor else None,
            boot_id=anchor.boot_id if anchor else None,
            host=anchor.host if anchor else None,
            invoker=self._invoker(),
            machine=Machine(
                self.cpu.release if self.cpu else None, self.hardware, self.cpu.taint if self.cpu else None
            ),
            architecture=arch,
            page_size_bytes=size,
            page_size_source=source,
            summary=self._summary(),
            memcg=memcg,
            mem_info=info,
            tasks=table,
            selected=self.selected,
            victims=victims,
            oom_group=self.group,
            no_killable=self.no_killable,
            panic=self.panic,
            sysrq=self._by_hand(),
            trace=trace,
            gaps=tuple(self._gaps(memcg, info, table)),
            unknown=tuple(self.unknown),
            raw=tuple(self.raw),
            findings=(
                *asked_by(self.announced, table),
                *forgeries(victims, info, size),
            ),
            spared=self.spared,
            boot=anchor.boot if anchor else 0,
        )

    def _by_hand(self) -> bool:
        """Whether SysRq-f asked for it: 4.2 on print order -1, before that only the announcement tells."""
        if self.head is None or self.head.order is None or self.head.order < 0:
            return self.announced is not None or (self.head is not None and self.head.order is not None)
        version = release_version(self.cpu.release if self.cpu else None)
        return self.announced is not None and (version is None or version < (4, 2))

    def _anchor(self) -> Record | None:
        """The record that gives the event its time: the kill's, else the last of the key lines."""
        return self.records[-1] if self.records else None

    def _span(self) -> Lines:
        numbers = [n for n, _ in self.raw]
        return (min(numbers), max(*numbers, self.last_line)) if numbers else (0, 0)

    def _summary(self) -> Summary | None:
        summary = self.summary
        if summary is None or self.cpuset is None:
            return summary
        return summary._replace(
            cpuset=summary.cpuset or self.cpuset[0], mems_allowed=summary.mems_allowed or self.cpuset[1]
        )

    def _invoker(self) -> Invoker | None:
        head = self.head
        if head is None or self.head_line is None:
            return None
        cpu = self.cpu if self.cpu is not None and self.cpu.comm[:15] == head.comm[:15] else None
        summary = self.summary
        mask = head.gfp_mask or ""
        names = head.names or (decode(mask, self.cpu.release if self.cpu else None) if mask else ())
        return Invoker(
            comm=head.comm, pid=cpu.pid if cpu else None, uid=cpu.uid if cpu else None, gfp_mask=mask, gfp_flags=names,
            order=head.order, oom_score_adj=head.oom_score_adj, oom_adj=head.oom_adj,
            nodemask=None if head.nodemask == "(null)" else head.nodemask,
            cpuset=(summary.cpuset if summary else None) or (self.cpuset[0] if self.cpuset else None),
            mems_allowed=(summary.mems_allowed if summary else None) or (self.cpuset[1] if self.cpuset else None),
            line=self.head_line.number,
        )  # fmt: skip

    def _table(self) -> TaskTable | None:
        if self.columns is None or not self.tasks:
            return None
        first = self.table_head if self.table_head is not None else self.tasks[0].line
        return TaskTable(self.columns.names, self.columns.source, tuple(self.tasks), (first, self.tasks[-1].line))

    def _memcg(self) -> MemcgReport | None:
        if not self.counters and not self.stat:
            return None
        stat = hierarchical(self.stat)
        cut = self.stat_bytes >= _STAT_RECORD_MAX and len(stat) > 4 and self._stat_was_one_record()
        if cut:
            stat = dict(list(stat.items())[:-1])  # never trust the last number of a block that hit the record limit
        places = [c.line for c in self.counters.values()] + self.stat_lines
        low = self.protection or (None, None)
        return MemcgReport(
            memory=self.counters.get("memory"), memsw=self.counters.get("memory+swap"), kmem=self.counters.get("kmem"),
            swap=self.counters.get("swap"), version=version_of(set(self.counters), self.counters.get("memory+swap")),
            stat=tuple(stat.items()), stat_lines=(min(self.stat_lines), max(self.stat_lines)) if self.stat_lines else None,
            stat_line_of=tuple(self.stat_line_of.items()), stat_path=self.stat_path, stat_cut=cut, stat_memcgs=max(self.stat_memcgs, 1),
            min_protection_bytes=low[0], low_protection_bytes=low[1], lines=(min(places), max(places)) if places else None,
        )  # fmt: skip

    def _stat_was_one_record(self) -> bool:
        """Whether all of memory.stat was one printk: no stamps of their own, or one and the same on every line."""
        version = release_version(self.cpu.release if self.cpu else None)
        if self.stat_memcgs != 1 or (version is not None and version >= (6, 5)):
            return False
        return len(self.stat_stamps) == 1

    def _gaps(self, memcg: MemcgReport | None, info: MemInfo | None, table: TaskTable | None) -> list[Gap]:
        why = "not in the log"
        if self.victims and self.head is None and table is None and memcg is None and info is None:
            why = "only the kill line is left: the kernel rate-limits reports, or the log was filtered by level"
        gaps = []
        if self.head is None and not self.panic:
            gaps.append(Gap("invocation", why))
        if memcg is None and info is None:
            gaps.append(Gap("memory", why))
        elif self.interrupted and info is not None:
            gaps.append(Gap("memory", "the dump of an allocation failure stands inside the report"))
        elif memcg is not None and memcg.memory is None:
            gaps.append(Gap("counters", why))
        elif memcg is not None and not memcg.stat and info is None:
            gaps.append(Gap("stat", why))
        if memcg is not None and memcg.stat_cut:
            gaps.append(Gap("stat", "cut: kernels 5.3 to 6.4 print memory.stat as one record of limited size"))
        if table is None:
            gaps.append(Gap("tasks", why))
        elif table.columns_source == "inferred":
            gaps.append(Gap("task header", "lost; the columns are inferred from the number of values"))
        if self.summary is not None and not self.summary.complete:
            gaps.append(Gap("oom-kill line", "cut"))
        if not self.victims and not self.no_killable and not self.panic and not self.spared:
            gaps.append(Gap("kill", "the line that names the victim is not in the log"))
        return gaps


def _sizes(task: Task) -> tuple[int | None, ...]:
    return (task.uid, task.tgid, task.total_vm_pages, task.rss_pages, task.swap_pages, task.oom_score_adj)
