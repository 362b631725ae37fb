"""Lines that were misread by a screen reader's OCR, mistyped from a screenshot, or cut in mid-word by a screen.

A second way, for lines that fit no exact form but hold enough of the kernel's words. What it finds is approximate, and
whoever uses it must say so. `regex` is imported only here, and only when a line has come that far.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import regex

MAX_LENGTH = 1_200  # of a line: no oom-kill line is longer, and the time grows with it
MAX_KILL_LENGTH = 400  # of a kill line, or the first line of a report
TIMEOUT_SECONDS = 0.1  # of one match
_MISREAD_DIGITS = str.maketrans("lI|!OoQSsBZz", "111100055822")
_D = r"[0-9lI|!OoQSsBZz]"

# Letters and digits that look alike are one, so that a misread word keeps its fragments.
_ALIKE = str.maketrans("i1|!05$86z2", "llllossbb22")
_FRAGMENTS = tuple(
    word.lower().translate(_ALIKE)
    for word in (
        "lled proc", "process", "total-v", "tal-vm", "anon-rs", "non-rss", "file-r", "shmem-r", "pgtabl", "core_adj", "oom-k", "om-kill",
        "voked oo", "gfp_m", "fp_mask", "constra", "task_mem", "oom_mem", "out of mem", "ory cgro", "usage", "failcnt",
    )
)  # fmt: skip
_ENOUGH = 3  # of these fragments in one line


def looks_damaged(text: str) -> bool:
    """True if a line of the text holds enough of the kernel's words, read with letters and digits that look alike as one.

    For inputs in which no exact marker was found; such a scan costs microseconds a line, so it is for small ones.
    """
    return any(has_kernel_words(line) for line in text.split("\n"))


def has_kernel_words(line: str) -> bool:
    """True if the line holds enough of the kernel's words to be worth a fuzzy match."""
    if not 20 <= len(line) <= MAX_LENGTH:
        return False
    folded = line.lower().translate(_ALIKE)
    return sum(fragment in folded for fragment in _FRAGMENTS) >= _ENOUGH


def digits(text: str | None) -> int | None:
    """Return a number whose digits may have been misread as letters; None if it may as well be a word."""
    if not text or (len(text) > 1 and not any(c.isdecimal() for c in text)):
        return None
    plain = text.translate(_MISREAD_DIGITS)
    return int(plain) if plain.lstrip("-").isdecimal() else None


def settled(read: str, known: Iterable[int]) -> int | None:
    """Return the one known number that a misread one can be, going by the digits that were read as digits."""
    could = {
        n
        for n in known
        if len(str(n)) == len(read) and all(c == d or not c.isdecimal() for c, d in zip(read, str(n), strict=True))
    }
    return could.pop() if len(could) == 1 else None


class Killed(NamedTuple):
    """What a damaged kill line says. Sizes are bytes."""

    pid: int
    pid_text: str  # as it stands in the line, misread digits and all
    comm: str
    message: str | None
    sizes: dict[str, int]  # by the kernel's names: total-vm, anon-rss, ...


class Invoked(NamedTuple):
    """What a damaged first line of a report says."""

    comm: str
    gfp_mask: str | None
    names: tuple[str, ...]
    order: int | None
    oom_score_adj: int | None


class OomKill(NamedTuple):
    """What a damaged oom-kill line says."""

    oom_memcg: str | None
    task_memcg: str | None
    comm: str
    pid: int
    uid: int | None


_KILL = (
    r"\W{0,3}(?:(?P<message>(?:Memory cgroup out of memory){e<=4}|(?:Out of memory){e<=2})[\s:;.,]{1,3})?"
    rf"(?:Killed process){{s<=3,i<=1,d<=2,e<=3}}\s{{0,3}}(?P<pid>{_D}{{1,10}})\s{{0,2}}[(\[{{](?P<comm>[^()\[\]{{}}]{{1,15}})[)\]}}](?P<rest>.*)"
)
_SIZES = {
    name: rf"(?:{name}){{e<=2}}\s{{0,2}}[:;.=]?\s{{0,2}}(?P<number>{_D}{{1,13}})\s?[kK][bB83]"
    for name in ("total-vm", "anon-rss", "file-rss", "shmem-rss", "pgtables")
} | {
    "UID": rf"\b[UV][I1l|][DO0]\s?[:;.]\s?(?P<number>{_D}{{1,10}})\b",
    "oom_score_adj": rf"(?:oom_score_adj){{e<=3}}\s{{0,2}}[:;.=]\s{{0,2}}(?P<number>-?{_D}{{1,4}})\b",
}
_HEAD = (
    r"\W{0,2}(?P<comm>\S.{0,14}?)\s{1,2}(?:invoked oom-killer){s<=4,i<=1,d<=2,e<=4}[\s:;.,]{0,3}"
    r"(?:gfp_mask){e<=2}\s?[=-]?\s?(?P<rest>.*)"
)
_CUT_HEAD = r"(?P<comm>\S.{0,14}?) invoked oom-killer: gfp_mask=0x[0-9a-f]{1,8}"
_ORDER = rf"(?:order){{e<=1}}\s?[=:-]\s?(?P<number>-?{_D}{{1,2}})\b"
_OOM_KILL = (
    r"\W{0,2}(?:oom-kill:constraint=){s<=4,i<=1,d<=2,e<=4}(?P<body>.*)[,.;]\s?(?:task){e<=1}\s?[=:-]\s?(?P<comm>[^,;=]{1,15})[,.;]\s?"
    rf"(?:pid){{e<=1}}\s?[=:-]\s?(?P<pid>{_D}{{1,10}})[,.;]\s?(?:uid){{e<=1}}\s?[=:-]?\s?(?P<uid>{_D}{{1,10}})\W{{0,3}}$"
)
_MEMCG = r"[,.;]\s?(?:{}_memcg){{e<=2}}\s?[=:-]\s?(?P<path>/[^,;]*)"
_COUNTER = (
    rf"\W{{0,2}}(?P<name>memory\+swap|memory|kmem|swap){{e<=2}}\s?[:;.]\s?(?:usage){{e<=1}}\s(?P<usage>{_D}{{1,13}})\s?[kK][bB83]\s?[,.;]?\s?"
    rf"(?:limit){{e<=1}}\s(?P<limit>{_D}{{1,13}})\s?[kK][bB83]\s?[,.;]?\s?(?:failcnt){{e<=2}}\s(?P<failcnt>{_D}{{1,12}})\b"
)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    import regex

    return regex.compile(pattern, regex.BESTMATCH | regex.DOTALL)


def _match(pattern: str, text: str) -> "regex.Match[str] | None":
    try:
        return _compiled(pattern).match(text, timeout=TIMEOUT_SECONDS)
    except TimeoutError:
        return None


def _search(pattern: str, text: str) -> "regex.Match[str] | None":
    try:
        return _compiled(pattern).search(text, timeout=TIMEOUT_SECONDS)
    except TimeoutError:
        return None


def read_killed(text: str) -> Killed | None:
    """Read a damaged kill line; None unless a pid, a name and one of its sizes are there.

    sample::

        Out of memory: Kil1ed process 4l7 (recorder) tota1-vm:9O0000kB, anon-rss:3O0000kB, file-rss:100kB
    """
    found = _match(_KILL, text) if len(text) <= MAX_KILL_LENGTH else None
    pid = digits(found["pid"]) if found else None
    if found is None or pid is None:
        return None
    sizes = read_sizes(found["rest"])
    if "total-vm" not in sizes and "anon-rss" not in sizes:
        return None
    message = None
    if found["message"] is not None:
        message = "Memory cgroup out of memory" if len(found["message"]) > len("Out of memory") + 4 else "Out of memory"
    return Killed(pid=pid, pid_text=found["pid"], comm=found["comm"], message=message, sizes=sizes)


def read_sizes(text: str) -> dict[str, int]:
    """Return the numbers of a kill line that stand behind a name, however both are misread; sizes in bytes."""
    sizes: dict[str, int] = {}
    for name, pattern in _SIZES.items():
        found = _search(pattern, text[:MAX_KILL_LENGTH])
        number = digits(found["number"]) if found else None
        if number is not None:
            sizes[name] = number if name in ("UID", "oom_score_adj") else number << 10
    return sizes


def read_invoked(text: str) -> Invoked | None:
    """Read a damaged first line of a report; None unless `invoked oom-killer` and `gfp_mask` are there.

    sample::

        agent invoked oom-ki11er: gfp_rnask=0x100cca(GFP_HIGHUSER_MOVABLE), order=O, oom_score_adj=0
    """
    found = _match(_HEAD, text) if len(text) <= MAX_KILL_LENGTH else None
    if found is None:
        return None
    rest = found["rest"]
    mask = _search(r"0x(?P<mask>[0-9a-f]{1,8})\b", rest)
    names = _search(r"\((?P<names>[A-Z_0-9|]{3,300})\)", rest)
    order, adj = _search(_ORDER, rest), _search(_SIZES["oom_score_adj"], rest)
    return Invoked(
        comm=found["comm"],
        gfp_mask=f"0x{mask['mask']}" if mask else None,
        names=tuple(names["names"].split("|")) if names else (),
        order=digits(order["number"]) if order else None,
        oom_score_adj=digits(adj["number"]) if adj else None,
    )


def read_cut_invoked(text: str) -> Invoked | None:
    """Read the first line of a report that a screen has cut in the middle of `oom-killer: gfp_mask=`.

    sample::

        agent invoked oom-kil
    """
    if " invoked oom" not in text:
        return None
    try:
        found = _compiled(_CUT_HEAD).fullmatch(text.rstrip(" >$"), partial=True, timeout=TIMEOUT_SECONDS)
    except TimeoutError:
        return None
    if found is None:
        return None
    comm = text.partition(" invoked oom")[0]
    return Invoked(comm=comm, gfp_mask=None, names=(), order=None, oom_score_adj=None) if len(comm) <= 15 else None


def read_oom_kill(text: str) -> OomKill | None:
    """Read a damaged oom-kill line; None unless its end names the victim.

    sample::

        oom-ki11:constraint=CONSTRAINT_MEMCG,nodemask=(nul1),cpuset=/,mems_a11owed=0,oom_memcg=/a,task_memcg=/a,task=x,pid=4l7,uid=0
    """
    found = _match(_OOM_KILL, text)
    pid = digits(found["pid"]) if found else None
    if found is None or pid is None:
        return None
    body = f",{found['body']}"
    oom_memcg, task_memcg = _search(_MEMCG.format("oom"), body), _search(_MEMCG.format("task"), body)
    return OomKill(
        oom_memcg=oom_memcg["path"] if oom_memcg else None,
        task_memcg=task_memcg["path"] if task_memcg else None,
        comm=found["comm"],
        pid=pid,
        uid=digits(found["uid"]),
    )


def read_counter(text: str) -> tuple[str, int, int, int] | None:
    """Read a damaged page counter: its name, usage and limit in bytes, failcnt.

    sample::

        rnemory: usage 1536OOkB, limit 153600kB, failcnt l8
    """
    found = _match(_COUNTER, text)
    numbers = [digits(found[name]) for name in ("usage", "limit", "failcnt")] if found else []
    usage, limit, failcnt = numbers if len(numbers) == 3 else (None, None, None)
    if found is None or usage is None or limit is None or failcnt is None:
        return None
    names = ("memory+swap", "memory", "kmem", "swap")
    name = next((name for name in names if found["name"].endswith(name[-4:])), None)
    return (name, usage << 10, limit << 10, failcnt) if name is not None else None


def with_digits(row: str) -> str:
    """Return a row of the task table with the misread digits of its numbers turned back; the name stays as it is."""
    bracket, closing, rest = row.partition("]")
    if not closing:
        return row
    out, before_name = [], True
    for part in rest.split(" "):
        number = digits(part) if before_name and part else None
        before_name = before_name and (not part or number is not None)
        out.append(part if number is None else str(number).rjust(len(part)))
    return f"{bracket.translate(_MISREAD_DIGITS)}{closing}{' '.join(out)}"
