"""One report while its lines come in, and the event that it becomes."""

from dataclasses import dataclass, field, replace

from oomscope.kernel.event import (
    Counter,
    Gap,
    Invoker,
    Lines,
    Machine,
    MemcgReport,
    MemInfo,
    OomEvent,
    Reaped,
    Selected,
    Summary,
    Task,
    TaskTable,
    Victim,
)  # fmt: skip
from oomscope.kernel.gfp import decode
from oomscope.kernel.invocation import CpuLine, Head, architecture
from oomscope.kernel.lines import Line
from oomscope.kernel.memcg import hierarchical, version_of
from oomscope.kernel.meminfo import MemInfoReader
from oomscope.kernel.pagesize import page_size
from oomscope.kernel.tasks import Columns
from oomscope.log.record import Record, Trust

MAX_RAW = 20_000
MAX_UNKNOWN = 200
_RANK: dict[Trust, int] = {"kernel": 3, "likely": 2, "tag": 1, "text": 0}
# 5.3 to 6.4 print memory.stat as one record of at most ~990 bytes.
_STAT_RECORD_MAX = 900


@dataclass(slots=True)
class Draft:
    """What has been read of one report so far."""

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
    stat_memcgs: int = 0
    stat_one_record: int = 0  # bytes of stat text that arrived in one record
    protection: tuple[int, int] | None = None
    meminfo: MemInfoReader = field(default_factory=MemInfoReader)
    columns: Columns | None = None
    table_head: int | None = None
    tasks: list[Task] = field(default_factory=list)
    summary: Summary | None = None
    selected: Selected | None = None
    victims: list[Victim] = field(default_factory=list)
    group: str | None = None
    no_killable: bool = False
    panic: str | None = None
    sysrq: bool = False
    exiting: str | None = None
    rate_limited: bool = False
    findings: list[tuple[str, str, int | None]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    raw: list[tuple[int, str]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)  # of the lines that carry the verdict: head, summary, kill
    last_seconds: float | None = None
    last_line: int = 0

    @property
    def ended(self) -> bool:
        """Whether the report has come to what ends it."""
        return bool(self.victims) or self.no_killable or self.panic is not None or self.exiting is not None

    @property
    def is_report(self) -> bool:
        """Whether what was read can only come from an OOM report: Mem-Info alone can not, nor a lone first line."""
        body = bool(self.counters or self.tasks or self.stat or self.trace or self.cpu or not self.meminfo.empty)
        return bool(
            self.victims or self.selected or self.no_killable or self.panic or self.tasks or self.summary
            or "memory" in self.counters or (self.head is not None and body)
        )  # fmt: skip

    def note(self, line: Line) -> None:
        """Keep the raw line."""
        if len(self.raw) < MAX_RAW:
            self.raw.append((line.number, line.text))
        self.last_line = line.number
        seconds = line.record.monotonic_seconds
        if seconds is not None:
            self.last_seconds = seconds

    def add_stat(self, key: str, value: int, line: int) -> None:
        """One statistic; a second cgroup's (before 5.3 each descendant has a line of its own) is added up."""
        self.stat[key] = self.stat.get(key, 0) + value if self.stat_memcgs > 1 else value
        self.stat_line_of.setdefault(key, line)
        self.stat_lines.append(line)

    def event(self) -> OomEvent:
        """The finished event."""
        table = self._table()
        memcg = self._memcg()
        info = None if self.meminfo.empty else self.meminfo.info
        trace = tuple(self.trace)
        arch = architecture(self.cpu.release if self.cpu else None, trace)
        pages = info.hugepages if info else ()
        size, source = page_size(self.meminfo.buddy_page_bytes, table, self.victims, memcg, pages, arch)
        victims = self._victims(table)
        anchor = self._anchor()
        return OomEvent(
            lines=self._span(),
            trust=min((r.trust for r in self.records if r.trust != "text"), key=_RANK.__getitem__, default="likely"),
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
            sysrq=self.sysrq or (self.head is not None and self.head.order == -1),
            trace=trace,
            gaps=tuple(self._gaps(memcg, info, table)),
            unknown=tuple(self.unknown),
            raw=tuple(self.raw),
            findings=tuple(self.findings),
        )

    def _anchor(self) -> Record | None:
        """The record that gives the event its time: the kill's, else the last of the key lines."""
        return self.records[-1] if self.records else None

    def _span(self) -> Lines:
        numbers = [n for n, _ in self.raw]
        return (min(numbers), max(numbers)) if numbers else (0, 0)

    def _summary(self) -> Summary | None:
        summary = self.summary
        if summary is None or self.cpuset is None:
            return summary
        return replace(
            summary, cpuset=summary.cpuset or self.cpuset[0], mems_allowed=summary.mems_allowed or self.cpuset[1]
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
        cut = self.stat_one_record >= _STAT_RECORD_MAX and len(stat) > 4
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

    def _victims(self, table: TaskTable | None) -> tuple[Victim, ...]:
        """The victims; what the kill line does not print (before 5.4) is taken from the victim's own row."""
        victims = list(self.victims)
        summary = self.summary
        if not victims and summary is not None and summary.pid is not None and summary.comm is not None:
            anchor = self._anchor()
            victims.append(
                Victim(
                    summary.pid, summary.comm, summary.uid, None, None, None, None, None, None, summary.lines[0], "oom-kill", None,
                    anchor.monotonic_seconds if anchor else None, anchor.wall_seconds if anchor else None,
                )
            )  # fmt: skip
        rows = {t.pid: t for t in table.tasks} if table else {}
        out = []
        for victim in victims:
            row = rows.get(victim.pid)
            uid = victim.uid
            if uid is None and summary is not None and summary.pid == victim.pid:
                uid = summary.uid
            if row is not None:
                victim = replace(
                    victim,
                    oom_score_adj=row.oom_score_adj if victim.oom_score_adj is None else victim.oom_score_adj,
                    pgtables_bytes=row.pgtables_bytes if victim.pgtables_bytes is None else victim.pgtables_bytes,
                    uid=row.uid if uid is None else uid,
                )
            else:
                victim = replace(victim, uid=uid)
            out.append(_mislabelled_pgtables(victim))
        return tuple(out)

    def _gaps(self, memcg: MemcgReport | None, info: MemInfo | None, table: TaskTable | None) -> list[Gap]:
        why = "not in the log"
        if self.victims and self.head is None and table is None and memcg is None and info is None:
            why = "only the kill line is left: the kernel rate-limits reports, or the log was filtered by level"
        gaps = []
        if self.head is None and not self.panic:
            gaps.append(Gap("invocation", why))
        if memcg is None and info is None:
            gaps.append(Gap("memory", why))
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
        if not self.victims and not self.no_killable and not self.panic and not self.exiting:
            gaps.append(Gap("kill", "the line that names the victim is not in the log"))
        return gaps


def _mislabelled_pgtables(victim: Victim) -> Victim:
    """5.4.0 to 5.4.8 print the bytes of the page tables and call them kB (fixed by 941f762bcb27)."""
    pages, vm = victim.pgtables_bytes, victim.total_vm_bytes
    if pages is not None and vm and pages > max(vm, 64 << 20) and pages % (4096 << 10) == 0:
        return replace(victim, pgtables_bytes=pages >> 10)
    return victim


def with_reaped(victim: Victim, reaped: Reaped) -> Victim:
    """The victim with what the oom_reaper said of it."""
    return replace(victim, reaped=reaped)
