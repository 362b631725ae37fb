"""The body of a report: trace, counters, memory.stat, Mem-Info, task table, each line by its own shape."""

from oomscope.kernel.assembly.open_report import Draft
from oomscope.kernel.assembly.openings import summary_tail
from oomscope.kernel.assembly.streams import State, Stream
from oomscope.kernel.assembly.unwrap import best, first
from oomscope.kernel.sections import counters, first_line, task_table
from oomscope.patterns import lazy

_TRACE = lazy(
    r"\s|Call [Tt]race:|Hardware name:|Tainted: \[|Workqueue:|Stopper:|Sched_ext:|R[A-Z0-9]{2}: |E[A-Z]{2}: |Code: |RIP: |RSP: |"
    r"EIP: |ORIG_|CR2: |\[<|\[c0|\?|NIP |LR |Krnl |\(\[|Backtrace:|[0-9a-f]{8,16} [0-9a-f]{8,16}|#\d|---\[|<\w+>|"
    r"[\w.]{1,100}\+0x[0-9a-f]+/0x|pstate:|sp : |x\d+ ?: |pc : |lr : |Exception|Interrupt|syscall|COMPACTION"
)


def section(state: State, stream: Stream, at: int) -> int | None:
    """Any line of the body; None if it is not understood."""
    line = state.lines[at]
    text = line.text
    if "usage " in text and (took := _counter(state, stream, at)) is not None:
        return took
    if text.startswith("Memory cgroup stats"):
        return _stats_head(state, stream, at)
    if "tgid" in text and "pid" in text:
        return _table_head(state, stream, at)
    if text.startswith("[") and task_table.looks_like_row(text):
        return _row(state, stream, at)
    if stream.pending_summary is not None and (took := summary_tail(state, stream, at)) is not None:
        return took
    if (took := _stat(state, stream, at)) is not None:
        return took
    if stream.foreign:
        return 0
    draft = stream.draft
    return None if draft is None or draft.ended else _of_open_report(state, stream, draft, at)


def row(state: State, stream: Stream, at: int) -> bool:
    """A row of the table that is being read: nine lines of ten are this."""
    line, draft = state.lines[at], stream.draft
    if draft is None or stream.rows is None or draft.ended:
        return False
    task = stream.rows.read(line.text, line.number)
    if task is None:
        return False
    draft.add_task(task)
    draft.note(line)
    return True


def _counter(state: State, stream: Stream, at: int) -> int | None:
    number = state.lines[at].number
    if not state.lines[at].text.lstrip().startswith(("memory", "swap", "kmem")):
        return None
    got, took = first(state.lines, at, lambda text: counters.parse_counter(text, number))
    if got is None:
        return None
    name, value = got

    def taken(draft: Draft) -> bool:
        old = draft.counters.get(name)
        return old is not None and (old.usage_bytes, old.limit_bytes, old.failcnt) != (
            value.usage_bytes, value.limit_bytes, value.failcnt,
        )  # fmt: skip

    draft = state.draft_for(stream, taken)
    draft.counters.setdefault(name, value)
    stream.tracing = False
    return state.keep(draft, at, took)


def _stats_head(state: State, stream: Stream, at: int) -> int | None:
    line = state.lines[at]
    got = counters.parse_stats_head(line.text)
    if got is None:
        return None
    path, pairs = got
    # Before 5.3 the values stand on the heading's line, one line a cgroup; a wrapped one has them on the next.
    one_of_many = bool(pairs) or _old_values_follow(state, at)
    draft = state.draft_for(stream, lambda d: bool(d.stat) and not one_of_many and path not in d.stat_paths)
    stream.tracing, stream.in_stat = False, True
    if path is None or path not in draft.stat_paths:
        draft.stat_paths.add(path or "")
        draft.stat_path = draft.stat_path or path
        draft.stat_memcgs += 1
        for key, value in pairs.items():
            draft.add_stat(key, value, line)
    return state.keep(draft, at, 0)


def _old_values_follow(state: State, at: int) -> bool:
    return at + 1 < len(state.lines) and state.lines[at + 1].text.lstrip().startswith(("cache:", "rss:"))


def _stat(state: State, stream: Stream, at: int) -> int | None:
    line, draft = state.lines[at], stream.draft
    text = line.text.strip()
    if not stream.in_stat:
        if (draft is not None and draft.ended) or stream.foreign or not counters.is_stat(text):
            return None
        draft = draft or state.open(stream)
        draft.stat_memcgs = max(draft.stat_memcgs, 1)
        stream.tracing, stream.in_stat = False, True
    stat = counters.parse_stat(text) if draft is not None else None
    if stat is None or draft is None:
        return None
    draft.add_stat_line(stat[0], stat[1], line)
    return state.keep(draft, at, 0)


def _table_head(state: State, stream: Stream, at: int) -> int | None:
    line = state.lines[at]
    columns, took = best(state.lines, at, task_table.parse_header, enough=100)
    if columns is None:
        return None
    if not columns.complete:
        columns, took = task_table.parse_header(line.text) or columns, 0
    draft = stream.draft
    now = line.record.monotonic_seconds
    if draft is not None and not draft.ended and draft.columns == columns and now is not None and now == draft.table_at:
        return state.keep(draft, at, took)
    draft = state.draft_for(stream, lambda d: bool(d.tasks))
    draft.columns, draft.table_head, draft.table_at = columns, line.number, now
    stream.rows = task_table.RowReader(columns)
    stream.settle()
    return state.keep(draft, at, took)


def _row(state: State, stream: Stream, at: int) -> int | None:
    """A row where `row` read none: the first of a table without a header, or one that is damaged."""
    line, draft = state.lines[at], stream.draft
    if draft is None or draft.ended or draft.columns is None or stream.rows is None:
        columns = task_table.infer(line.text)
        if columns is None:
            return None
        draft = state.draft_for(stream, lambda d: False)
        draft.columns, stream.rows = columns, task_table.RowReader(columns)
    rows = stream.rows
    task, took = first(state.lines, at, lambda t: rows.read(t, line.number))
    if task is None:
        draft.not_understood(line)
        return state.keep(draft, at, 0)
    draft.add_task(task)
    stream.settle()
    return state.keep(draft, at, took)


def _of_open_report(state: State, stream: Stream, draft: Draft, at: int) -> int | None:
    """What says nothing without a report around it."""
    line = state.lines[at]
    text = line.text
    if stream.tracing and (took := _machine(state, draft, at)) is not None:
        return took
    if draft.meminfo.feed(text, line.number):
        stream.settle()
        return state.keep(draft, at, 0)
    if text.startswith("Memory cgroup min protection") and (low := counters.parse_protection(text)):
        draft.protection = low
        return state.keep(draft, at, 0)
    if stream.in_stat and ":" in text and (pairs := counters.parse_old_stats(text)):
        for key, value in pairs.items():
            draft.add_stat(key, value, line)
        return state.keep(draft, at, 0)
    if text.startswith("Tasks state"):
        stream.settle()
        return state.keep(draft, at, 0)
    if stream.tracing and _TRACE.match(text):
        if text.startswith("Hardware name:"):
            draft.hardware = text[14:].strip()
        draft.trace.append(text)
        return state.keep(draft, at, 0)
    return None


def _machine(state: State, draft: Draft, at: int) -> int | None:
    """The CPU line, also wrapped, and the cpuset line of kernels up to 4.20."""
    text = state.lines[at].text
    if text.startswith(("CPU: ", "Pid: ")):
        cpu, took = first(state.lines, at, first_line.parse_cpu)
        if cpu is not None:
            draft.cpu = draft.cpu or cpu
            return state.keep(draft, at, took)
    if " cpuset=" in text and (found := first_line.parse_cpuset(text)) is not None:
        draft.cpuset = draft.cpuset or found
        return state.keep(draft, at, 0)
    return None
