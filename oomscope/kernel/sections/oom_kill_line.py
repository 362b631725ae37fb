"""The `oom-kill:` line (5.0+), read from the right."""

import re

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import best
from oomscope.kernel.event import Summary
from oomscope.kernel.numbers import COMM_CHARS, comm_fits
from oomscope.kernel.sections.cgroup_paths import MAX_READINGS, first_in_subtree
from oomscope.patterns import lazy

# Linux kernel commit ef8444ea01d7 ("mm, oom: reorganize the oom report in dump_header") (in v5.0)
_TAIL = lazy(r",pid=(\d{1,10}),uid=?(-?\d{1,10})\W{0,4}$")  # "uid0": a terminal's last column ate the "="
_FRONT = lazy(
    r"oom-kill:\s?constraint=(?P<constraint>\w{1,60})"
    r"(?:,nodemask=(?P<nodemask>\(null\)|[\d,\-]{0,200}?)(?=,cpuset=|,global_oom|,oom_memcg=|,task_memcg=|,task=|,?$|,mems_allowed))?"
)
# A line whose names hold no separator can be read in one way only.
_PLAIN = lazy(
    r"oom-kill:constraint=(?P<constraint>\w{1,60}),nodemask=(?P<nodemask>\(null\)|[\d,\-]{1,200}),cpuset=(?P<cpuset>/|[^,=/\n]{1,255}),"
    r"mems_allowed=(?P<mems_allowed>[\d,\-]{1,200}),(?:oom_memcg=(?P<oom_memcg>[^,=\n]+)|global_oom),"
    r"task_memcg=(?P<task_memcg>[^,=\n]+),task=(?P<comm>[ -+\--<>-~]{0,15}),pid=(?P<pid>\d{1,10}),uid=(?P<uid>-?\d{1,10})$",
    re.ASCII,
)
_KEYS = "constraint|nodemask|cpuset|mems_allowed|oom_memcg|task_memcg|task|pid|uid"
_JOINT = lazy(rf"\s{{0,3}}[,;]\s{{0,3}}(?=(?:{_KEYS})\s{{0,2}}=|global_oom\s{{0,2}}[,;])")
_EQUALS = lazy(rf"(?<=[,:])({_KEYS})\s{{0,2}}=\s{{0,2}}")
_CUT_NAME = lazy(r",(?:t(?:a(?:s(?:k=?)?)?)?)?$")
_MAX_PIECES = 64
_FRAGMENT = lazy(r",(?:cpuset|mems_allowed|oom_memcg|task_memcg|task)=|,global_oom|/\S")


def parse_summary(text: str, lines: tuple[int, int]) -> Summary | None:
    """Parse the whole line, or as much of a cut one as is there (`complete` False).

    A process name may hold `,pid=1,uid=0` and a cgroup name any byte but `/` and newline: so the tail is bound at the
    end of the line, the name is the leftmost one of at most 15 bytes, and two readings of a path are marked.

    sample::

        oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=C,mems_allowed=0,oom_memcg=/A,task_memcg=/A/B,task=php,pid=27190,uid=0
        oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/x,task=java,pid=1,uid=0
    """
    plain = _PLAIN.match(text)
    if plain is not None:
        return _plain_summary(plain, lines)
    front = _FRONT.match(text)
    return _tolerant_summary(front, text, lines) if front is not None else None


def _tolerant_summary(front: re.Match[str], text: str, lines: tuple[int, int]) -> Summary | None:
    """Return what a line says whose names may hold its separators, or that is cut."""
    tail = _TAIL.search(text, max(len(text) - 40, 0))
    body = text[front.end() :]
    comm = pid = uid = None
    if tail is not None:
        split = _comm_start(text, tail.start())
        if split is None:
            tail = None
        else:
            comm, pid, uid = text[split + 6 : tail.start()], int(tail[1]), int(tail[2])
            body = text[front.end() : split]
    if "\n" in body:  # a process name may hold one, no path and no list can
        return None
    if tail is None:  # the line is cut: what is left of the next name is no part of a path
        body = _CUT_NAME.sub("", body)
    cpuset, mems, body, forged = _cpuset(body)
    oom_memcg, task_memcg, global_oom, ambiguous = _memcgs(body)
    return Summary(
        constraint=front["constraint"],
        nodemask=None if front["nodemask"] in (None, "(null)") else front["nodemask"],
        cpuset=cpuset,
        mems_allowed=mems,
        oom_memcg=oom_memcg,
        task_memcg=task_memcg,
        global_oom=global_oom,
        comm=comm,
        pid=pid,
        uid=uid,
        lines=lines,
        ambiguous=ambiguous or forged,
        complete=tail is not None,
    )


def parse_respaced_summary(text: str, lines: tuple[int, int]) -> Summary | None:
    """Parse the line also where a program has put blanks at its commas and equals signs, or has other commas."""
    exact = parse_summary(text, lines)
    if exact is not None and exact.complete:
        return exact
    plain = _EQUALS.sub(r"\1=", _JOINT.sub(",", text))
    closed_up = parse_summary(plain, lines) if plain != text else None
    return closed_up if closed_up is not None and closed_up.complete else exact


def _plain_summary(found: re.Match[str], lines: tuple[int, int]) -> Summary | None:
    constraint, nodemask, cpuset, mems_allowed, oom_memcg, task_memcg, comm, pid, uid = found.groups()
    return Summary(
        constraint=constraint,
        nodemask=None if nodemask == "(null)" else nodemask,
        cpuset=cpuset,
        mems_allowed=mems_allowed,
        oom_memcg=oom_memcg,
        task_memcg=task_memcg,
        global_oom=oom_memcg is None,
        comm=comm,
        pid=int(pid),
        uid=int(uid),
        lines=lines,
    )


def _comm_start(text: str, end: int) -> int | None:
    """Return where `,task=` of the victim begins: the leftmost whose name up to `end` is no longer than a comm can be."""
    at = text.find(",task=", max(end - 6 - COMM_CHARS, 0))
    while 0 <= at < end:
        if comm_fits(text[at + 6 : end]):
            return at
        at = text.find(",task=", at + 1)
    return None


_MEMS = lazy(r",mems_allowed=([\d,\-]{0,200}?)(?=,global_oom|,oom_memcg=|,task_memcg=|,?$)")


def _cpuset(body: str) -> tuple[str | None, str | None, str, bool]:
    """Return (cpuset, mems_allowed, what follows, whether the name holds what looks like the words after it).

    The cpuset is one name, not a path, so the first "/" of the line comes after it: the words that count are the last
    before that.
    """
    if not body.startswith(",cpuset="):
        return None, None, body, False
    slash = body.find("/", len(",cpuset=/"))
    found = list(_MEMS.finditer(body, 0, slash + 1 if slash >= 0 else len(body)))
    if not found:
        return body[8:] or None, None, "", False
    last = found[-1]
    return body[8 : last.start()], last[1] or None, body[last.end() :], len(found) > 1


def _memcgs(body: str) -> tuple[str | None, str | None, bool | None, bool]:
    if body.startswith(",global_oom"):
        rest = body[len(",global_oom") :]
        task = rest[len(",task_memcg=") :] if rest.startswith(",task_memcg=") else None
        return None, task or None, True, False
    if body.startswith(",task_memcg="):
        return None, body[len(",task_memcg=") :] or None, None, False
    if not body.startswith(",oom_memcg="):
        return None, None, None, False
    rest = body[len(",oom_memcg=") :]
    cuts = [m.start() for m in re.finditer(",task_memcg=", rest)]
    if not cuts:
        return rest or None, None, False, False
    # The victim lives in the subtree of the cgroup over its limit, which settles most forgeries.
    oom, task, several = first_in_subtree([(rest[:c], rest[c + len(",task_memcg=") :]) for c in cuts[:MAX_READINGS]])
    return oom, task or None, False, several


def _place(streams: Streams, stream: Stream, line: Line) -> bool:
    """Place the whole line or the first piece of it."""
    text = line.text.lstrip()
    if not text.startswith("oom-kill:"):
        streams.quoted(line)
        return False
    place = (line.line, line.line)
    got, following = best(
        streams.window, line, lambda t: parse_respaced_summary(t.lstrip(), place), 100, glue=("", " ")
    )
    if got is None:
        return False
    if not got.complete:
        got, following = parse_summary(text.rstrip(), place) or got, 0
    report = stream.report
    if report is not None and report.summary is not None and report.summary._replace(lines=place) == got:
        return streams.keep(report, line, following)
    has_one = report is not None and report.summary is not None and report.summary.constraint is not None
    report = streams.report_for(stream, line, has_one)
    report.summary = got
    stream.settle()
    stream.torn_line, stream.torn_at = None if got.complete else [text.rstrip()], line.line
    return streams.keep(report, line, following, key=True)


def _place_tail(streams: Streams, stream: Stream, line: Line) -> bool:
    """Place a piece of the line that pr_cont lost to another CPU: it starts at one of the line's own joints."""
    if stream.torn_line is None or stream.report is None or not _FRAGMENT.match(line.text):
        return False
    pieces = stream.torn_line
    pieces.append(line.text.strip())
    got = parse_summary("".join(pieces), (stream.torn_at, line.line))
    if got is not None and got.complete:
        stream.report.summary = got
    if (got is not None and got.complete) or len(pieces) >= _MAX_PIECES:
        stream.torn_line = None
    return streams.keep(stream.report, line)


SECTION = Section(name="oom_kill_line", place=_place, starts=("oom-kill:constraint=",), words=("oom-kill:",))
TAIL_SECTION = Section(name="oom_kill_line_tail", place=_place_tail)
