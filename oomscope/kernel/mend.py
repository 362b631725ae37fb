"""Key lines that a mail program, a forum or a terminal has wrapped: tried again with the lines that follow."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from oomscope.kernel.lines import Line

T = TypeVar("T")

MAX_TAILS = 4

# A stamp in the middle of a line: something else wrote to the serial console before the kernel did.
_INNER_STAMP = re.compile(r"\[\s{0,12}\d{1,10}\.\d{6}\](?:\[\s{0,6}[TC]\d{1,8}\])? ")

# The lines of a report that begin something of their own and so can never be a wrapped tail.
_STARTER = re.compile(
    r"(?:\[\s*\d+\]\s+-?\d+\s+\d+\s|\[\s*pid\s*\]|Tasks state|Mem-Info|oom-kill:|Memory cgroup |Out of memory|Call Trace|"
    r"CPU: |Pid: |Hardware name|Node \d|memory: |swap: |kmem: |memory\+swap: |oom_reaper: |Tasks in /|Task in /|```)"
)


def after_inner_stamp(text: str) -> str:
    """The text behind the last printk stamp that stands inside the line, or the text as it is."""
    last = None
    for last in _INNER_STAMP.finditer(text):
        pass
    return text[last.end() :] if last else text


def widened(lines: Sequence[Line], at: int) -> Iterator[tuple[str, int]]:
    """The line at `at` joined with 0, 1, ... following lines, each with how many were taken.

    A following line is a possible tail if it brings no time of its own where the first one did, and does not begin
    something else. Each joint is tried with a space (a word wrap) and without (a column cut).
    """
    first = lines[at]
    variants = [first.text]
    yield first.text, 0
    for taken in range(1, MAX_TAILS + 1):
        if at + taken >= len(lines):
            return
        tail = lines[at + taken]
        if (tail.stamped and first.stamped) or _STARTER.match(tail.text.lstrip()):
            return
        part = tail.text.strip()
        variants = [joint for text in variants for joint in (f"{text.rstrip()} {part}", text.rstrip() + part)]
        for text in variants:
            yield text, taken


def best(
    lines: Sequence[Line], at: int, parse: Callable[[str], T | None], goodness: Callable[[T], int], enough: int
) -> tuple[T | None, int]:
    """The reading of the line at `at` that holds most, and how many following lines it took.

    `goodness` counts what a reading holds; the first that reaches `enough` wins, so an undamaged line costs one try.
    """
    found: T | None = None
    score, used = -1, 0
    for text, taken in widened(lines, at):
        got = parse(text)
        if got is None:
            continue
        value = goodness(got)
        if value > score:
            found, score, used = got, value, taken
        if score >= enough:
            break
    return found, used
