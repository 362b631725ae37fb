"""The one state machine: which line belongs to which invocation of the oom-killer.

By caller id where the log has it, by what a report may hold once, by time; never by adjacency alone.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from oomscope.kernel import invocation, kills, memcg, tasks
from oomscope.kernel.draft import MAX_UNKNOWN, Draft
from oomscope.kernel.event import OomEvent, Reaped, Selected, Summary, Victim
from oomscope.kernel.lines import Line, logical_lines
from oomscope.kernel.mend import after_inner_stamp, best, first, has_inner_stamp
from oomscope.kernel.summary import parse_summary, parse_task_in
from oomscope.log.record import Record

# Literals that stand in every piece of a report worth looking at; `log` reads the regions around them.
MARKERS: tuple[bytes, ...] = (
    b"oom-kill", b"oom_reaper", b"illed process ", b"ill process ", b"ut of memory", b"tgid total_vm", b"Task in /",
    b"memory: usage ", b"memory.oom.group", b"panic_on_oom", b"Manual OOM", b"deadlocked on memory",
)  # fmt: skip

# After these a report may go on for thousands of lines before the next marker: a task table, a stat block a cgroup.
BRIDGES: tuple[bytes, ...] = (b"tgid total_vm", b"Memory cgroup stats for", b"invoked oom-killer")

SAME_REPORT_SECONDS = 120.0  # a serial console prints a long table slowly; two reports so far apart are two
GROUP_SECONDS = 30.0

_TRACE = re.compile(
    r"\s|Call [Tt]race:|Hardware name:|Tainted: \[|Workqueue:|Stopper:|Sched_ext:|R[A-Z0-9]{2}: |E[A-Z]{2}: |Code: |RIP: |RSP: |"
    r"EIP: |ORIG_|CR2: |\[<|\[c0|\?|NIP |LR |Krnl |\(\[|Backtrace:|[0-9a-f]{8,16} [0-9a-f]{8,16}|#\d|---\[|<\w+>|"
    r"[\w.]+\+0x[0-9a-f]+/0x|pstate:|sp : |x\d+ ?: |pc : |lr : |Exception|Interrupt|syscall|COMPACTION"
)
_QUOTED = re.compile(r"invoked oom-killer:|Killed process \d+[ ,]|oom-kill:constraint=")
_FRAGMENT = re.compile(r",(?:cpuset|mems_allowed|oom_memcg|task_memcg|task)=|,global_oom|/\S")


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A line that quotes the kernel's words but is not the kernel's, or cannot be believed."""

    line: int
    text: str
    ident: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Assembly:
    events: tuple[OomEvent, ...]
    text_findings: tuple[TextFinding, ...]
    orphan_reaps: tuple[Reaped, ...]  # the reaper names a victim whose kill line the log does not have


@dataclass(slots=True)
class _Stream:
    """Lines of one caller (or of a log without caller ids)."""

    draft: Draft | None = None
    foreign: bool = False  # inside the dump of a page allocation failure, or of SysRq-m
    pattern: re.Pattern[str] | None = None
    pending_summary: tuple[str, int] | None = None  # an oom-kill line whose tail has not come yet
    pending_task_in: tuple[str, int] | None = None
    tracing: bool = False
    in_stat: bool = False
    sysrq_at: float | None = None
    sysrq: bool = False


@dataclass(slots=True)
class Assembler:
    """Feed it lines in order; `finish` gives the events in the order of the log."""

    done: list[Draft] = field(default_factory=list)
    texts: list[TextFinding] = field(default_factory=list)
    orphans: list[Reaped] = field(default_factory=list)
    streams: dict[tuple[str | None, str | None, str | None], _Stream] = field(default_factory=dict)
    lines: Sequence[Line] = ()

    def run(self, records: Iterable[Record]) -> Assembly:
        """All events of these records."""
        self.lines = logical_lines(records)
        at = 0
        while at < len(self.lines):
            at += 1 + self._line(at)
        for stream in self.streams.values():
            self._close(stream)
        self.done.sort(key=lambda d: d.raw[0][0] if d.raw else 0)
        return Assembly(tuple(d.event() for d in self.done), tuple(self.texts), tuple(self.orphans))

    # -- one line -----------------------------------------------------------------------------------------------

    def _line(self, at: int) -> int:
        """Place the line at `at`; how many of the following lines were taken with it."""
        line = self.lines[at]
        record = line.record
        if record.trust == "text" and (record.ident is not None or not has_inner_stamp(line.text)):
            self._text_only(line)
            return 0
        key = (record.host, record.boot_id, record.caller)
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = _Stream()
        if stream.draft is not None and self._too_far(stream.draft, line):
            self._close(stream)
        text = line.text
        for marker, handler in _KEYS:
            if marker in text:
                took = handler(self, stream, at)
                if took is not None:
                    return took
        if (took := self._section(stream, at)) is not None:
            return took
        self._unknown(stream, line)
        return 0

    def _too_far(self, draft: Draft, line: Line) -> bool:
        now = line.record.monotonic_seconds
        if now is None or draft.last_seconds is None:
            return False
        return now - draft.last_seconds > SAME_REPORT_SECONDS or draft.last_seconds - now > 1.0

    def _text_only(self, line: Line) -> None:
        if _QUOTED.search(line.text):
            reason = (
                f"written by {line.record.ident}, not by the kernel" if line.record.ident else "not a kernel message"
            )
            self.texts.append(TextFinding(line.number, line.text, line.record.ident, reason))

    def _quoted(self, line: Line, reason: str = "does not begin like the kernel's line") -> None:
        if _QUOTED.search(line.text):
            self.texts.append(TextFinding(line.number, line.text, line.record.ident, reason))

    # -- drafts -------------------------------------------------------------------------------------------------

    def _close(self, stream: _Stream) -> None:
        draft, stream.draft = stream.draft, None
        stream.tracing = stream.in_stat = False
        stream.pattern = stream.pending_summary = stream.pending_task_in = None
        if draft is None:
            return
        if draft.is_report:
            self.done.append(draft)
        elif draft.head is not None and draft.head_line is not None:
            self._quoted(draft.head_line, "nothing that the kernel prints after this line follows it")

    def _open(self, stream: _Stream) -> Draft:
        self._close(stream)
        stream.foreign = False
        stream.draft = Draft()
        return stream.draft

    def _for(self, stream: _Stream, taken: Callable[[Draft], bool]) -> Draft:
        """The open draft, or a new one where none is open, it has ended, or what comes is there already."""
        draft = stream.draft
        if draft is None or draft.ended or taken(draft):
            return self._open(stream)
        stream.foreign = False
        return draft

    def _keep(self, draft: Draft, at: int, took: int, key: bool = False) -> int:
        for line in self.lines[at : at + took + 1]:
            draft.note(line)
        if key:
            draft.records.append(self.lines[at].record)
        return took

    # -- key lines ----------------------------------------------------------------------------------------------

    def _head(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        text = line.text
        if "oom-killer" not in text and not text.rstrip().endswith("invoked"):
            return None
        unstamped = not line.stamped

        def parse(joined: str) -> invocation.Head | None:
            return invocation.parse_head(joined) or (
                invocation.parse_head(after_inner_stamp(joined)) if unstamped else None
            )

        head, took = best(self.lines, at, parse, enough=3)
        if head is None:
            self._quoted(line)
            return None
        draft = self._open(stream)
        draft.head, draft.head_line = head, line
        draft.sysrq = head.order == -1 or self._take_sysrq(stream, line)
        stream.tracing = True
        return self._keep(draft, at, took, key=True)

    def _take_sysrq(self, stream: _Stream, line: Line) -> bool:
        """Whether SysRq-f was announced just before: the work runs in a kworker, so on another caller's stream."""
        now = line.record.monotonic_seconds
        for other in self.streams.values():
            if other.sysrq:
                near = now is None or other.sysrq_at is None or 0 <= now - other.sysrq_at <= 5
                other.sysrq = False
                if near:
                    return True
        return False

    def _summary(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        text = line.text.lstrip()
        if not text.startswith("oom-kill:"):
            self._quoted(line)
            return None
        place = (line.number, line.number)
        got, took = best(self.lines, at, lambda t: parse_summary(t.lstrip(), place), 100, glue=("", " "))
        if got is None:
            return None
        if not got.complete:
            took = 0
            got = parse_summary(text.rstrip(), place) or got
        draft = self._for(stream, lambda d: d.summary is not None and d.summary.constraint is not None)
        draft.summary = got
        stream.pending_summary = None if got.complete else (text.rstrip(), line.number)
        stream.tracing = stream.in_stat = False
        return self._keep(draft, at, took, key=True)

    def _summary_tail(self, stream: _Stream, at: int) -> int | None:
        """A piece of an oom-kill line that pr_cont lost to another CPU: it starts at one of the line's own joints."""
        if stream.pending_summary is None or stream.draft is None or not _FRAGMENT.match(self.lines[at].text):
            return None
        start, number = stream.pending_summary
        line = self.lines[at]
        for joint in (start + line.text.strip(), start.rsplit(",task_memcg=", 1)[0] + line.text.strip()):
            got = parse_summary(joint, (number, line.number))
            if got is not None and got.complete:
                if "," in line.text[:1] and not got.task_memcg:
                    got = replace(got, task_memcg=None)
                stream.draft.summary, stream.pending_summary = got, None
                return self._keep(stream.draft, at, 0)
        stream.pending_summary = (start + line.text.strip(), number)
        return self._keep(stream.draft, at, 0)

    def _task_in(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        text = line.text.strip()
        if not text.startswith(("Task in ", "Memory limit reached of cgroup ", "/", "killed as a result of limit")):
            return None
        place = (line.number, line.number)
        got = parse_task_in(text, place)
        took = 0
        if got is None and text.startswith("Task in "):
            got, took = self._task_in_pieces(at, text, place)
        if got is None:
            return None
        draft = self._for(stream, lambda d: d.summary is not None)
        draft.summary = got
        stream.tracing = False
        return self._keep(draft, at, took, key=True)

    def _task_in_pieces(self, at: int, text: str, place: tuple[int, int]) -> tuple[Summary | None, int]:
        """The line in the two to four records that 2.6.30 to 4.20 print it in."""
        joined = text
        for took in range(1, 5):
            if at + took >= len(self.lines):
                break
            part = self.lines[at + took].text.strip()
            joined = f"{joined} {part}".strip()
            got = parse_task_in(joined, place)
            if got is not None and (got.oom_memcg or "").startswith("/"):
                return got, took
        return None, 0

    def _killed(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        got, took = best(self.lines, at, self._kill_reader(line), enough=7)
        if got is None:
            self._quoted(line)
            return None
        if line.stamped and got.goodness and "\n" not in line.text:
            took = min(took, 4)
        victim = _victim(got, line)
        stream.tracing = stream.in_stat = False
        draft = stream.draft
        if draft is not None and draft.victims:
            if draft.group is not None and self._in_group(draft, line):
                if any(v.pid == victim.pid for v in draft.victims):
                    return self._keep(draft, at, took)  # the first victim is met again while the group is walked
                draft.victims.append(replace(victim, group=True))
                return self._keep(draft, at, took)
            draft = None
        elif draft is not None and (draft.no_killable or _contradicts(draft, victim)):
            draft = None
        if draft is None:
            draft = self._open(stream)
        draft.victims.append(victim)
        return self._keep(draft, at, took, key=True)

    def _kill_reader(self, line: Line) -> Callable[[str], kills.KillLine | None]:
        if line.stamped:
            return kills.parse_killed
        return lambda text: kills.parse_killed(text) or kills.parse_killed(after_inner_stamp(text))

    def _in_group(self, draft: Draft, line: Line) -> bool:
        now = line.record.monotonic_seconds
        return now is None or draft.last_seconds is None or now - draft.last_seconds <= GROUP_SECONDS

    def _selected(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        got, took = best(self.lines, at, kills.parse_selected, enough=2)
        if got is None or got.sharing:
            return None
        draft = self._for(stream, lambda d: d.selected is not None)
        draft.selected = Selected(got.pid, got.comm, got.score, line.number, got.message)
        stream.tracing = stream.in_stat = False
        return self._keep(draft, at, took, key=True)

    def _group(self, stream: _Stream, at: int) -> int | None:
        got, took = first(self.lines, at, kills.parse_group)
        if got is None:
            return None
        draft = stream.draft or self._open(stream)
        draft.group = got
        return self._keep(draft, at, took if took else self._group_tail(at))

    def _group_tail(self, at: int) -> int:
        rest = self.lines[at].text
        tail = at + 1 < len(self.lines) and self.lines[at + 1].text.strip().startswith("to memory.oom.group")
        return 1 if tail and not rest.rstrip().endswith("set") else 0

    def _reaper(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        got, took = first(self.lines, at, lambda t: kills.parse_reaped(t, line.number))
        if got is None:
            return None
        drafts = [s.draft for s in self.streams.values() if s.draft is not None] + self.done[:-200:-1]
        for draft in drafts:
            for n, victim in enumerate(draft.victims):
                if victim.pid == got.pid and victim.reaped is None:
                    draft.victims[n] = replace(victim, reaped=got)
                    if draft is stream.draft:
                        return self._keep(draft, at, took)
                    draft.raw.append((line.number, line.text))
                    return took
        self.orphans.append(got)
        return took

    def _no_killable(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        text = line.text
        panic = kills.parse_panic(text)
        if panic is None and not kills.is_no_killable(text):
            return None
        draft = stream.draft or self._recent(line)
        if draft is None or (draft.ended and not (draft.no_killable and panic)):
            draft = self._open(stream)
        if panic is not None:
            draft.panic = draft.panic or panic
        draft.no_killable = draft.no_killable or "no killable processes" in text or "deadlocked on memory" in text
        return self._keep(draft, at, 0, key=True)

    def _recent(self, line: Line) -> Draft | None:
        """The last report, if this line comes within seconds of it."""
        if not self.done:
            return None
        draft = self.done[-1]
        now = line.record.monotonic_seconds
        return (
            draft if now is not None and draft.last_seconds is not None and 0 <= now - draft.last_seconds < 5 else None
        )

    def _sysrq(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        if not kills.is_sysrq_oom(line.text):
            return None
        stream.sysrq, stream.sysrq_at = True, line.record.monotonic_seconds
        return 0

    def _exiting(self, stream: _Stream, at: int) -> int | None:
        draft, text = stream.draft, self.lines[at].text
        if draft is None or "OOM victim" not in text:
            return None
        draft.exiting = text
        return self._keep(draft, at, 0, key=True)

    def _failure(self, stream: _Stream, at: int) -> int | None:
        """An allocation failure prints the same trace and Mem-Info: not a kill, and not part of an open report."""
        stream.foreign = True
        stream.tracing = False
        return 0

    # -- sections -----------------------------------------------------------------------------------------------

    def _section(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        text = line.text
        if "usage " in text and (counter := memcg.parse_counter(text, line.number)) is not None:
            name, value = counter
            draft = self._for(stream, lambda d: name in d.counters)
            draft.counters[name] = value
            stream.tracing = False
            return self._keep(draft, at, 0)
        if text.startswith("Memory cgroup stats"):
            return self._stats_head(stream, at)
        if "tgid" in text and "pid" in text:
            return self._table_head(stream, at)
        if text.startswith("["):
            return self._row(stream, at)
        draft = stream.draft
        if stream.pending_summary is not None and (took := self._summary_tail(stream, at)) is not None:
            return took
        if stream.in_stat and draft is not None and (stat := memcg.parse_stat(text.strip())) is not None:
            draft.add_stat(stat[0], stat[1], line.number)
            if not line.stamped or "\n" in line.record.text:  # a line of a record that holds the whole block
                draft.stat_one_record += len(text.strip()) + 1
            return self._keep(draft, at, 0)
        if stream.foreign:
            return 0
        return self._other_section(stream, at)

    def _other_section(self, stream: _Stream, at: int) -> int | None:
        line, draft = self.lines[at], stream.draft
        text = line.text
        if draft is None or draft.ended:
            return None
        if stream.tracing:
            if (cpu := invocation.parse_cpu(text)) is not None or (took := self._cpu_wrapped(at)) is not None:
                if cpu is None and took is not None:
                    cpu, extra = took
                    draft.cpu = draft.cpu or cpu
                    return self._keep(draft, at, extra)
                draft.cpu = draft.cpu or cpu
                return self._keep(draft, at, 0)
            if " cpuset=" in text and (found := invocation.parse_cpuset(text)) is not None:
                draft.cpuset = found
                return self._keep(draft, at, 0)
        if draft.meminfo.feed(text, line.number):
            stream.tracing = stream.in_stat = False
            return self._keep(draft, at, 0)
        if text.startswith("Memory cgroup min protection") and (low := memcg.parse_protection(text)):
            draft.protection = low
            return self._keep(draft, at, 0)
        if stream.in_stat and ":" in text and (pairs := memcg.parse_old_stats(text)):
            for key, value in pairs.items():
                draft.add_stat(key, value, line.number)
            return self._keep(draft, at, 0)
        if text.startswith("Tasks state"):
            stream.in_stat = stream.tracing = False
            return self._keep(draft, at, 0)
        if stream.tracing and _TRACE.match(text):
            if text.startswith("Hardware name:"):
                draft.hardware = text[14:].strip()
            draft.trace.append(text)
            return self._keep(draft, at, 0)
        return None

    def _cpu_wrapped(self, at: int) -> tuple[invocation.CpuLine, int] | None:
        text = self.lines[at].text
        if not text.startswith(("CPU: ", "Pid: ")):
            return None
        got, took = first(self.lines, at, invocation.parse_cpu)
        return (got, took) if got is not None else None

    def _stats_head(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        got = memcg.parse_stats_head(line.text)
        if got is None:
            return None
        path, pairs = got
        draft = self._for(stream, lambda d: bool(d.stat) and not pairs)
        draft.stat_path = draft.stat_path or path
        draft.stat_memcgs += 1
        for key, value in pairs.items():
            draft.add_stat(key, value, line.number)
        stream.tracing, stream.in_stat = False, True
        return self._keep(draft, at, 0)

    def _table_head(self, stream: _Stream, at: int) -> int | None:
        line = self.lines[at]
        columns, took = best(self.lines, at, tasks.parse_header, enough=100)
        if columns is None:
            return None
        if not columns.complete:
            columns, took = tasks.parse_header(line.text) or columns, 0
        draft = self._for(stream, lambda d: bool(d.tasks))
        draft.columns, draft.table_head = columns, line.number
        stream.pattern = tasks.row_pattern(columns)
        stream.tracing = stream.in_stat = False
        return self._keep(draft, at, took)

    def _row(self, stream: _Stream, at: int) -> int | None:
        line, draft = self.lines[at], stream.draft
        if not tasks.looks_like_row(line.text):
            return self._other_section(stream, at) if not stream.foreign else 0
        if draft is None or draft.ended or draft.columns is None or stream.pattern is None:
            columns = tasks.infer(line.text)
            if columns is None:
                return None
            draft = self._for(stream, lambda d: False)
            draft.columns, stream.pattern = columns, tasks.row_pattern(columns)
        pattern, columns = stream.pattern, draft.columns
        task, took = first(self.lines, at, lambda t: tasks.parse_row(pattern, columns, t, line.number))
        if task is None:
            return self._keep(draft, at, 0)
        draft.tasks.append(task)
        return self._keep(draft, at, took)

    def _unknown(self, stream: _Stream, line: Line) -> None:
        draft = stream.draft
        if draft is None or draft.ended or stream.foreign or not line.text.strip():
            return
        if len(draft.unknown) < MAX_UNKNOWN:
            draft.unknown.append((line.number, line.text))


def _contradicts(draft: Draft, victim: Victim) -> bool:
    """Whether the open report named another victim: since 5.0 the oom-kill line and the kill line agree."""
    summary = draft.summary
    return summary is not None and summary.pid is not None and summary.complete and summary.pid != victim.pid


def _victim(got: kills.KillLine, line: Line) -> Victim:
    return Victim(
        pid=got.pid, comm=got.comm, uid=got.uid, total_vm_bytes=got.total_vm_bytes, anon_rss_bytes=got.anon_rss_bytes,
        file_rss_bytes=got.file_rss_bytes, shmem_rss_bytes=got.shmem_rss_bytes, pgtables_bytes=got.pgtables_bytes,
        oom_score_adj=got.oom_score_adj, line=line.number, evidence="killed", message=got.message,
        monotonic_seconds=line.record.monotonic_seconds, wall_seconds=line.record.wall_seconds,
    )  # fmt: skip


_Handler = Callable[[Assembler, _Stream, int], int | None]
# Tried in this order: a line is dispatched by literals before any pattern runs.
_KEYS: tuple[tuple[str, _Handler], ...] = (
    ("invoked", Assembler._head),
    ("oom-kill:", Assembler._summary),
    ("illed process ", Assembler._killed),
    ("ill process ", Assembler._selected),
    ("limit of", Assembler._task_in),
    ("Task in ", Assembler._task_in),
    ("limit reached of", Assembler._task_in),
    ("are going to be killed", Assembler._group),
    ("oom_reaper: ", Assembler._reaper),
    ("no killable processes", Assembler._no_killable),
    ("not syncing: ", Assembler._no_killable),
    ("Manual OOM execution", Assembler._sysrq),
    ("already exiting", Assembler._exiting),
    ("page allocation failure", Assembler._failure),
    ("page allocation stall", Assembler._failure),
    ("Show Memory", Assembler._failure),
)


def assemble(records: Iterable[Record]) -> Assembly:
    """Every OOM event of these records, which are of one input and in its order."""
    return Assembler().run(records)
