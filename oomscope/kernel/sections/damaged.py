"""Damaged lines of a report: where a line fits no exact form, what can be read of it all the same.

What is found here never takes the place of what an exact line says, and each event that has some of it says so.
"""

from oomscope.kernel import damaged_lines
from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.event import Counter, Summary
from oomscope.kernel.sections import first_line, kill_line

MAX_TRIED = 1_000  # lines of one input: fuzzy matching takes up to some milliseconds a line


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    text = line.text
    report = stream.unfinished
    if (
        report is not None
        and report.table is not None
        and text[:1] in "[(|"
        and _place_row(streams, stream, report, line)
    ):
        return True
    if report is not None and "usage " in text and _place_counter(streams, stream, line):
        return True
    if not damaged_lines.has_kernel_words(text):
        return " invoked oom" in text and _place_cut_head(streams, stream, line)
    if streams.is_quotation(line):
        return False  # it holds the kernel's words undamaged, and its section has refused it
    if streams.damaged_tried >= MAX_TRIED:
        streams.damaged_left_out += 1
        return False
    streams.damaged_tried += 1
    return (
        _place_kill(streams, stream, line)
        or _place_oom_kill(streams, stream, line)
        or _place_head(streams, stream, line)
    )


def _note(report: OpenReport, section: str, line: Line) -> None:
    report.note_damage(section, line)
    report.is_misread = True


def _place_kill(streams: Streams, stream: Stream, line: Line) -> bool:
    got = damaged_lines.read_killed(line.text)
    if got is None:
        return False
    report = stream.report
    if report is not None and report.victims:
        return False
    if report is None and (got.message is None or not {"total-vm", "anon-rss"} <= got.sizes.keys()):
        return False  # too little to be a kill on its own
    if report is not None and (pid := damaged_lines.settled(got.pid_text, _pids(report))) is not None:
        got = got._replace(pid=pid)
    victim = kill_line.victim_of(kill_line.of_damaged(got), line, evidence="damaged")
    report = report or streams.open(stream, line)
    kill_line.add_victim(stream, report, victim)
    _note(report, "kill line", line)
    stream.settle()
    return streams.keep(report, line, key=True)


def _pids(report: OpenReport) -> set[int]:
    """The process ids that other lines of a report name as chosen or list as candidates."""
    rows = report.table.tasks if report.table is not None else []
    named = [chosen.pid for chosen in (report.summary, report.selected) if chosen is not None]
    return {pid for pid in (*named, *(task.pid for task in rows)) if pid is not None}


def _place_oom_kill(streams: Streams, stream: Stream, line: Line) -> bool:
    got = damaged_lines.read_oom_kill(line.text)
    report = stream.unfinished
    if got is None or report is None or report.summary is not None:
        return False
    report.summary = Summary(
        constraint=None, nodemask=None, cpuset=None, mems_allowed=None, oom_memcg=got.oom_memcg, task_memcg=got.task_memcg,
        global_oom=None, comm=got.comm, pid=got.pid, uid=got.uid, lines=(line.line, line.line),
    )  # fmt: skip
    _note(report, "oom-kill line", line)
    stream.settle()
    return streams.keep(report, line, key=True)


def _place_head(streams: Streams, stream: Stream, line: Line) -> bool:
    got = damaged_lines.read_invoked(line.text)
    return got is not None and _open(streams, stream, line, got)


def _place_cut_head(streams: Streams, stream: Stream, line: Line) -> bool:
    got = damaged_lines.read_cut_invoked(line.text)
    return got is not None and _open(streams, stream, line, got)


def _open(streams: Streams, stream: Stream, line: Line, got: damaged_lines.Invoked) -> bool:
    """Open a report if one of the next lines is what the kernel prints after the first line of one."""
    if stream.unfinished is not None or not first_line.is_followed(streams, 0):
        return False
    report = streams.open(stream, line)
    report.head_line = line
    report.head = first_line.Head(
        comm=got.comm, gfp_mask=got.gfp_mask, names=got.names, nodemask=None, order=got.order, oom_adj=None,
        oom_score_adj=got.oom_score_adj,
    )  # fmt: skip
    _note(report, "invocation", line)
    stream.tracing = True
    return streams.keep(report, line, key=True)


def _place_counter(streams: Streams, stream: Stream, line: Line) -> bool:
    got = damaged_lines.read_counter(line.text)
    report = stream.unfinished
    if got is None or report is None or got[0] in report.counters:
        return False
    name, usage, limit, failcnt = got
    report.counters[name] = Counter(usage_bytes=usage, limit_bytes=limit, failcnt=failcnt, line=line.line)
    _note(report, "counters", line)
    stream.tracing = False
    return streams.keep(report, line)


def _place_row(streams: Streams, stream: Stream, report: OpenReport, line: Line) -> bool:
    if report.table is None:
        return False
    task = report.table.reader.read(damaged_lines.with_digits(line.text), line.line)
    if task is None:
        return False
    report.table.add(report, task)
    streams.count_rows(stream, 1)
    _note(report, "tasks", line)
    return streams.keep(report, line)


SECTION = Section(name="damaged", place=_place)
