"""The `oom-kill:` line (5.0+), read from the right, and "Task in A killed as a result of limit of B" before it."""

import re

from oomscope.kernel.event import Summary
from oomscope.kernel.numbers import COMM_CHARS, comm_fits
from oomscope.patterns import lazy

# Linux kernel commit ef8444ea01d7 ("mm, oom: reorganize the oom report in dump_header") (in v5.0)
_TAIL = lazy(r",pid=(\d{1,10}),uid=?(-?\d{1,10})\W{0,4}$")  # "uid0": a terminal's last column ate the "="
_FRONT = lazy(
    r"oom-kill:\s?constraint=(?P<constraint>\w{1,60})"
    r"(?:,nodemask=(?P<nodemask>\(null\)|[\d,\-]{0,200}?)(?=,cpuset=|,global_oom|,oom_memcg=|,task_memcg=|,task=|,?$|,mems_allowed))?"
)


MAX_READINGS = 16  # of one line; no honest name holds a separator even once


def parse_summary(text: str, lines: tuple[int, int]) -> Summary | None:
    """The whole line, or as much of a cut one as is there (`complete` False).

    A process name may hold `,pid=1,uid=0` and a cgroup name any byte but `/` and newline: so the tail is bound at the
    end of the line, the name is the leftmost one of at most 15 bytes, and two readings of a path are marked.

    sample::

        oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=C,mems_allowed=0,oom_memcg=/A,task_memcg=/A/B,task=php,pid=27190,uid=0
        oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/x,task=java,pid=1,uid=0
    """
    front = _FRONT.match(text)
    if front is None:
        return None
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


def _comm_start(text: str, end: int) -> int | None:
    """Where `,task=` of the victim begins: the leftmost whose name up to `end` is no longer than a comm can be."""
    at = text.find(",task=", max(end - 6 - COMM_CHARS, 0))
    while 0 <= at < end:
        if comm_fits(text[at + 6 : end]):
            return at
        at = text.find(",task=", at + 1)
    return None


_MEMS = lazy(r",mems_allowed=([\d,\-]{0,200}?)(?=,global_oom|,oom_memcg=|,task_memcg=|,?$)")


def _cpuset(body: str) -> tuple[str | None, str | None, str, bool]:
    """(cpuset, mems_allowed, what follows, whether the name holds what looks like the words after it).

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
    oom, task, several = _within([(rest[:c], rest[c + len(",task_memcg=") :]) for c in cuts[:MAX_READINGS]])
    return oom, task or None, False, several


def _within(readings: list[tuple[str, str]]) -> tuple[str, str, bool]:
    """The reading whose second path lies in the first one's subtree, and whether there are several such."""
    fitting = [(o, t) for o, t in readings if t == o or t.startswith(o.rstrip("/") + "/")]
    return *(fitting or readings)[0], len(fitting or readings) > 1


# 2.6.30 (e222432bfa7d) to 4.20
_TASK_IN = lazy(r"(?:Task in )?(?P<task>/.{0,4095}?) killed as a result of limit of (?=/)")
_REACHED = lazy(r"Memory limit reached of cgroup (?P<oom>/.{0,4095})$")
_BETWEEN = " killed as a result of limit of "


def parse_task_in(text: str, lines: tuple[int, int]) -> Summary | None:
    """What kernels before 5.0 say instead of the `oom-kill:` line.

    sample::

        Task in /docker/8fce killed as a result of limit of /docker/8fce
        Memory limit reached of cgroup /docker/8fce
    """
    text = text.strip()
    if _TASK_IN.match(text) is not None:
        body = text.removeprefix("Task in ")
        parts = body.split(_BETWEEN, MAX_READINGS)
        readings = [(_BETWEEN.join(parts[n:]), _BETWEEN.join(parts[:n])) for n in range(1, len(parts))]
        oom, task, several = _within([r for r in readings if r[0].startswith("/")])
        return Summary(None, None, None, None, oom, task, False, None, None, None, lines, several)
    reached = _REACHED.match(text)
    if reached is None:
        return None
    return Summary(None, None, None, None, reached["oom"], None, False, None, None, None, lines)
