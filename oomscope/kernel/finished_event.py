"""A finished report as the event that the other rooms read."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.derive.architecture import architecture
from oomscope.kernel.derive.badness import release_version
from oomscope.kernel.derive.forgery import asked_by, forgeries, trust_in
from oomscope.kernel.derive.gaps import gaps_of
from oomscope.kernel.derive.gfp import decode
from oomscope.kernel.derive.page_size import page_size
from oomscope.kernel.derive.victims import victims_of
from oomscope.kernel.event import Invoker, Lines, Machine, MemcgReport, OomEvent, Summary, Victim
from oomscope.kernel.sections.cgroup_counters import version_of
from oomscope.read.record import TRUST_RANK, Record, Trust

COMM_BYTES = 15
_NOWHERE = Record("", 0, 0)


def event_of(report: OpenReport) -> OomEvent:
    """Return the report as a frozen event, with what can be derived from its own lines."""
    table = report.table.finished() if report.table is not None else None
    memcg = _memcg(report)
    info = report.mem_info.info if report.mem_info is not None else None
    trace = tuple(report.trace)
    arch = architecture(_release(report), trace)
    buddy_page = report.mem_info.buddy_page_bytes if report.mem_info is not None else None
    size, source = page_size(buddy_page, table, report.victims, memcg, info.hugepages if info else (), arch)
    anchor, runs = _anchor(report) or _NOWHERE, _merged(report.line_runs)
    victims = _victims(report)
    return OomEvent(
        lines=(runs[0][0], max(runs[-1][1], report.last_line)) if runs else (0, 0),
        trust=_trust(report, table is not None),
        monotonic_seconds=anchor.monotonic_seconds,
        wall_seconds=anchor.wall_seconds,
        wall_source=anchor.wall_source,
        boot_id=anchor.boot_id,
        host=anchor.host,
        invoker=_invoker(report),
        machine=_machine(report),
        architecture=arch,
        page_size_bytes=size,
        page_size_source=source,
        summary=_summary(report),
        memcg=memcg,
        mem_info=info,
        tasks=table,
        selected=report.selected,
        victims=victims,
        oom_group=report.group,
        no_killable=report.no_killable,
        panic=report.panic,
        sysrq=_is_by_hand(report),
        trace=trace,
        gaps=gaps_of(report, memcg, info, table),
        unknown=tuple(report.unknown),
        line_runs=runs,
        findings=(*asked_by(report.announcement, table), *forgeries(victims, info, size)),
        spared=report.spared,
        boot=anchor.boot,
    )


def _victims(report: OpenReport) -> tuple[Victim, ...]:
    rows = report.table.task_of if report.table is not None else {}
    return victims_of(report.victims, None if report.spared else report.summary, _anchor(report), rows)


def _anchor(report: OpenReport) -> Line | None:
    """Return the line that gives the event its time: the kill's, else the last of the key lines, else one of the body."""
    return report.key_lines[-1] if report.key_lines else report.body_line


def _trust(report: OpenReport, has_table: bool) -> Trust:
    """Return how far the event can be believed; what was read approximately counts no more than a syslog tag."""
    lines = report.key_lines or ([report.body_line] if report.body_line is not None else [])
    trust = trust_in(lines, report.head is not None and bool(report.victims) and has_table)
    return "tag" if report.is_misread and TRUST_RANK[trust] > TRUST_RANK["tag"] else trust


def _release(report: OpenReport) -> str | None:
    return report.cpu.release if report.cpu is not None else None


def _machine(report: OpenReport) -> Machine:
    return Machine(
        release=_release(report), hardware=report.hardware, tainted=report.cpu.taint if report.cpu is not None else None
    )


def _is_by_hand(report: OpenReport) -> bool:
    """True if SysRq-f asked for the kill: 4.2 on print order -1, before that only the announcement tells."""
    head, is_announced = report.head, report.announcement is not None
    if head is None or head.order is None or head.order < 0:
        return is_announced or (head is not None and head.order is not None)
    if not is_announced:
        return False
    version = release_version(_release(report))
    return version is None or version < (4, 2)


def _merged(runs: list[list[int]]) -> tuple[Lines, ...]:
    """Return runs of line numbers in the order of the log, with those that touch made into one."""
    if len(runs) == 1:
        return ((runs[0][0], runs[0][1]),)
    merged: list[Lines] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _summary(report: OpenReport) -> Summary | None:
    """Return the oom-kill line; before 5.0 the cpuset stands on a line of its own."""
    summary, cpuset = report.summary, report.cpuset
    if summary is None or cpuset is None:
        return summary
    return summary._replace(cpuset=summary.cpuset or cpuset[0], mems_allowed=summary.mems_allowed or cpuset[1])


def _invoker(report: OpenReport) -> Invoker | None:
    head = report.head
    if head is None or report.head_line is None:
        return None
    cpu = report.cpu if report.cpu is not None and report.cpu.comm[:COMM_BYTES] == head.comm[:COMM_BYTES] else None
    summary, cpuset = report.summary, report.cpuset or (None, None)
    mask = head.gfp_mask or ""
    return Invoker(
        comm=head.comm,
        pid=cpu.pid if cpu else None,
        uid=cpu.uid if cpu else None,
        gfp_mask=mask,
        gfp_flags=head.names or (decode(mask, _release(report)) if mask else ()),
        order=head.order,
        oom_score_adj=head.oom_score_adj,
        oom_adj=head.oom_adj,
        nodemask=None if head.nodemask == "(null)" else head.nodemask,
        cpuset=(summary.cpuset if summary else None) or cpuset[0],
        mems_allowed=(summary.mems_allowed if summary else None) or cpuset[1],
        line=report.head_line.line,
    )


def _memcg(report: OpenReport) -> MemcgReport | None:
    """Return the counters and the statistics of the cgroup, or None if neither was printed."""
    counters, block = report.counters, report.stat
    if not counters and (block is None or block.is_empty):
        return None
    stat, cut = block.finished(_release(report)) if block is not None else ((), False)
    places = [counter.line for counter in counters.values()]
    stat_lines = None
    if block is not None and block.first_line is not None:
        stat_lines = (block.first_line, block.last_line)
        places += stat_lines
    low = report.protection or (None, None)
    return MemcgReport(
        memory=counters.get("memory"),
        memsw=counters.get("memory+swap"),
        kmem=counters.get("kmem"),
        swap=counters.get("swap"),
        version=1 if block is not None and block.is_v1 else version_of(set(counters), counters.get("memory+swap")),
        stat=stat,
        stat_lines=stat_lines,
        stat_line_of=block.lines() if block is not None else (),
        stat_path=block.path if block is not None else None,
        stat_cut=cut,
        stat_memcgs=max(block.cgroups, 1) if block is not None else 1,
        min_protection_bytes=low[0],
        low_protection_bytes=low[1],
        lines=(min(places), max(places)) if places else None,
    )
