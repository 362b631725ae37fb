"""Key lines that a mail program, a forum or a terminal has wrapped: tried again with the lines that follow."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from oomscope.kernel.assembly.line_window import LineWindow
from oomscope.kernel.assembly.logical_lines import Line, is_stamped
from oomscope.patterns import lazy

T = TypeVar("T")


class Reading(Protocol):
    """What a line was read as, and how much of the line that holds."""

    @property
    def goodness(self) -> int: ...


R = TypeVar("R", bound=Reading)

MAX_TAILS = 4
MAX_PIECES = 12
"""Of a line without blanks: a pod's oom-kill line has 700 characters, and mail programs break words at 64 columns."""
MAX_VARIANTS = 4
"""Of those pieces: all joined as one word, and the last joints, which a process name may lie across, as blanks too."""

# A stamp in the middle of a line: something else wrote to the serial console before the kernel did. Or a stamp at its
# beginning that has lost its first bracket: whoever copied the text began one character late.
_INNER_STAMP = lazy(r"(?:\[|^)\s{0,12}\d{1,10}\.\d{6}\](?:\[\s{0,6}[TC]\d{1,8}\])? ")

# The lines of a report that begin something of their own and so can never be a wrapped tail.
_STARTER = lazy(
    r"(?:\[\s*\d+\]\s+-?\d+\s+\d+\s|\[\s*pid\s*\]|Tasks state|Mem-Info|oom-kill:|Memory cgroup |Out of memory|Call Trace|"
    r"CPU: |Pid: |Hardware name|Node \d|memory: |swap: |kmem: |memory\+swap: |oom_reaper: |Tasks in /|Task in /|```)"
)


_JOINT = lazy(r"[ \t]{0,80}\n[ \t]{0,80}")


def after_inner_stamp(text: str) -> str:
    """Return the text behind the last printk stamp that stands inside the line, or the text as it is."""
    end = 0
    for stamp in _INNER_STAMP.finditer(text):
        end = stamp.end()
    return text[end:]


def best(
    window: LineWindow, line: Line, parse: Callable[[str], R | None], enough: int, glue: tuple[str, str] = (" ", "")
) -> tuple[R | None, int]:
    """Return the reading of the line that holds most, and how many following lines it took.

    The first reading whose `goodness` reaches `enough` wins, so an undamaged line costs one try.
    """
    found = parse(line.text)
    if found is not None and found.goodness >= enough:
        return found, 0
    used, score = 0, -1 if found is None else found.goodness
    for text, taken in _with_following(window, line, glue):
        got = parse(text)
        if got is None:
            continue
        if got.goodness > score:
            found, score, used = got, got.goodness, taken
        if score >= enough:
            break
    return found, used


def first(
    window: LineWindow, line: Line, parse: Callable[[str], T | None], glue: tuple[str, str] = (" ", "")
) -> tuple[T | None, int]:
    """Return the first reading that the line and those after it give, and how many of them it took."""
    found = parse(line.text)
    if found is not None:
        return found, 0
    for text, taken in _with_following(window, line, glue):
        got = parse(text)
        if got is not None:
            return got, taken
    return None, 0


def _with_following(window: LineWindow, line: Line, glue: tuple[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the line joined with 1, 2, ... following lines, each with how many were taken.

    A following line is a possible tail if it brings no time of its own where the first one did, and does not begin
    something else. Each joint is tried as a word wrap and as a column cut, in the order that `glue` says. A line of the
    same record, which a newline inside a process name split, is joined by that newline.
    """
    variants = [line.text]
    stamped = is_stamped(line)
    if "\n" in line.text:  # lines of one record: a newline inside a name, or a paste's wrap under the record's prefix
        variants = [_JOINT.sub(between, line.text) for between in glue]
        for text in variants:
            yield text, 0
        variants = [line.text]
    for taken in range(1, (MAX_TAILS if glue[0] else MAX_PIECES) + 1):
        tail = window.ahead(taken)
        if tail is None or _STARTER.match(tail.text.lstrip()):
            return
        if stamped and is_stamped(tail):
            if not _of_one_record(line, tail):
                return
            variants = [f"{text}\n{tail.text}" for text in variants]
            yield variants[0], taken
            for between in glue:
                yield _JOINT.sub(between, variants[0]), taken
            continue
        part = tail.text.strip()
        variants = [text.rstrip() + between + part for text in variants for between in glue]
        if len(variants) > MAX_VARIANTS and not glue[0]:
            variants = [*variants[: MAX_VARIANTS - 1], variants[-1]]
        for text in variants:
            yield text, taken


def _of_one_record(a: Line, b: Line) -> bool:
    """True if two stamped lines can be pieces of one record: a console repeats the stamp on each line of it."""
    return a.monotonic_seconds is not None and (a.monotonic_seconds, a.caller, a.host) == (
        b.monotonic_seconds, b.caller, b.host,
    )  # fmt: skip
