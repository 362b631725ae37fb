"""`Task in A killed as a result of limit of B`, before 5.0: whose limit was hit, and where the victim lived."""

from oomscope.kernel.assembly.logical_lines import Line, is_stamped
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.event import Summary
from oomscope.kernel.sections.cgroup_paths import MAX_READINGS, first_in_subtree
from oomscope.patterns import lazy

# 2.6.30 (e222432bfa7d) to 4.20
_TASK_IN = lazy(r"(?:Task in )?(?P<task>/.{0,4095}?) killed as a result of limit of (?=/)")
_REACHED = lazy(r"Memory limit reached of cgroup (?P<oom>/.{0,4095})$")
_BETWEEN = " killed as a result of limit of "


def parse_task_in(text: str, lines: tuple[int, int]) -> Summary | None:
    """Parse what kernels before 5.0 say instead of the `oom-kill:` line.

    sample::

        Task in /docker/8fce killed as a result of limit of /docker/8fce
        Memory limit reached of cgroup /docker/8fce
    """
    text = text.strip()
    if _TASK_IN.match(text) is not None:
        body = text.removeprefix("Task in ")
        parts = body.split(_BETWEEN, MAX_READINGS)
        readings = [(_BETWEEN.join(parts[n:]), _BETWEEN.join(parts[:n])) for n in range(1, len(parts))]
        oom, task, several = first_in_subtree([r for r in readings if r[0].startswith("/")])
        return _summary(oom, task, lines, several)
    reached = _REACHED.match(text)
    if reached is None:
        return None
    return _summary(reached["oom"], None, lines)


def _summary(oom_memcg: str, task_memcg: str | None, lines: tuple[int, int], ambiguous: bool = False) -> Summary:
    return Summary(
        constraint=None, nodemask=None, cpuset=None, mems_allowed=None, oom_memcg=oom_memcg, task_memcg=task_memcg,
        global_oom=False, comm=None, pid=None, uid=None, lines=lines, ambiguous=ambiguous,
    )  # fmt: skip


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    text = line.text.strip()
    if not text.startswith(("Task in", "Memory limit reached of cgroup ", "/")):
        return False
    place = (line.line, line.line)
    got, following = parse_task_in(text, place), 0
    if got is None and text.startswith("Task in"):
        got, following = _in_pieces(streams, text, place)
    elif got is not None and not _is_within(got):
        got, following = _with_the_rest_of_its_path(streams, line, got)
    if got is None:
        return False
    report = stream.report
    summary = report.summary if report is not None else None
    if report is not None and summary is not None and not report.ended and summary._replace(lines=place) == got:
        return streams.keep(report, line, following)
    report = streams.report_for(stream, line, summary is not None)
    report.summary = got
    stream.tracing = False
    return streams.keep(report, line, following, key=True)


def _is_within(got: Summary) -> bool:
    """True if the victim lives in the cgroup whose limit was hit, as each does: else a paste has cut the path."""
    path, task = got.oom_memcg or "", got.task_memcg
    return task is None or task == path or path == "/" or (path[-1:] != "/" and task.startswith(path + "/"))


def _with_the_rest_of_its_path(streams: Streams, line: Line, got: Summary) -> tuple[Summary, int]:
    """Return the line with what a hard wrap put below it, where that makes the victim live in the cgroup."""
    tail = streams.window.ahead(1)
    if tail is None or (is_stamped(line) and is_stamped(tail)):
        return got, 0
    whole = parse_task_in(line.text.strip() + tail.text.strip(), (line.line, line.line))
    return (whole, 1) if whole is not None and _is_within(whole) else (got, 0)


def _in_pieces(streams: Streams, text: str, place: tuple[int, int]) -> tuple[Summary | None, int]:
    """Return the line in the two to four records that 2.6.30 to 4.20 print it in, and how many follow the first."""
    variants = [text]
    for following in range(1, 5):
        part = streams.window.ahead(following)
        if part is None:
            break
        # A record of its own, or what a hard wrap has cut off inside a word.
        variants = [f"{one}{between}{part.text.strip()}".strip() for one in variants for between in (" ", "")]
        found = [got for one in variants if (got := parse_task_in(one, place)) is not None]
        whole = [got for got in found if (got.oom_memcg or "").startswith("/")]
        if whole:
            return next((got for got in whole if _is_within(got)), whole[0]), following
    return None, 0


SECTION = Section(
    name="task_in_line",
    place=_place,
    starts=("Task in /", "Memory limit reached of cgroup "),
    words=("limit of", "Task in", "limit reached of"),
)
