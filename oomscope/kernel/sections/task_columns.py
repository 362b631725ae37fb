"""The columns of the task table: by its own header, else by counting the numbers of a row."""

import re
from functools import lru_cache
from typing import NamedTuple

from oomscope.patterns import lazy

_HEADER = lazy(r"\[\s{0,4}pid\s{0,4}\]\s+uid\s+tgid\s+(?P<columns>[\w()\s]{0,200})$")
_ROW = lazy(r"\[\s{0,9}(?P<pid>\d{1,10})\]\s+(?P<rest>\S.*)$", re.DOTALL)
_INT = lazy(r"-?\d{1,15}(?= |$)")

# By the number of integers after the bracket, where the header is lost.
_BY_COUNT = {
    10: (
        "uid",
        "tgid",
        "total_vm",
        "rss",
        "rss_anon",
        "rss_file",
        "rss_shmem",
        "pgtables_bytes",
        "swapents",
        "oom_score_adj",
    ),
    8: ("uid", "tgid", "total_vm", "rss", "nr_ptes", "nr_pmds", "swapents", "oom_score_adj"),
    6: ("uid", "tgid", "total_vm", "rss", "cpu", "oom_adj"),
}
_SEVEN = {
    "pgtables": ("uid", "tgid", "total_vm", "rss", "pgtables_bytes", "swapents", "oom_score_adj"),
    "ptes": ("uid", "tgid", "total_vm", "rss", "nr_ptes", "swapents", "oom_score_adj"),
    "cpu": ("uid", "tgid", "total_vm", "rss", "cpu", "oom_adj", "oom_score_adj"),
}
_LAYOUTS = (*_BY_COUNT.values(), *_SEVEN.values())


class Columns(NamedTuple):
    """Names of the integer columns after `[pid]`, and where they come from."""

    names: tuple[str, ...]
    source: str  # header | inferred
    complete: bool = True

    @property
    def goodness(self) -> int:
        """Return how much of the header was read: a whole one beats any number of columns."""
        return 100 if self.complete else len(self.names)


@lru_cache(maxsize=64)
def parse_header(text: str) -> Columns | None:
    """Parse the header of the table; `complete` is False where a terminal or a mail program has cut it.

    What is left of a cut one names the table if only one that was ever printed begins so. If several do, the rows tell
    by their number of values, as they do without a header.

    sample::

        [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
        [ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
    """
    found = _HEADER.match(text.rstrip())
    if found is None:
        return None
    names = ("uid", "tgid", *found["columns"].split())
    if names[-1] == "name":
        return Columns(names[:-1], "header")
    *whole, last = names  # which may be half a name
    begun = [
        layout for layout in _LAYOUTS if layout[: len(whole)] == tuple(whole) and _goes_on(layout, len(whole), last)
    ]
    if begun:
        return Columns(begun[0], "inferred", complete=False) if len(begun) == 1 else None
    return Columns(tuple(whole), "header", complete=False)


def _goes_on(layout: tuple[str, ...], at: int, begins: str) -> bool:
    return (*layout, "name")[at].startswith(begins)


def infer(text: str) -> Columns | None:
    """Return the columns of a row whose header is lost, by counting; None if no table that was ever printed has such rows."""
    found = _ROW.match(text)
    if found is None:
        return None
    values, ends = _integers(text, found.start("rest"))
    if not _plausible(values):
        return None
    # A name that begins with digits looks like one integer more; where nothing follows them they are all of the name.
    count = len(values)
    for n in (count, count - 1) if text[ends[-1] :].strip() else (count - 1,):
        if n == 7:
            return Columns(_seven(values, ends), "inferred")
        if n in _BY_COUNT:
            return Columns(_BY_COUNT[n], "inferred")
    return None


def _integers(text: str, position: int) -> tuple[list[int], list[int]]:
    """Return the integers of a row from `position` on, and where each of them ends."""
    values, ends = [], []
    while match := _INT.match(text, position):
        values.append(int(match[0]))
        ends.append(match.end())
        position = match.end()
        while position < len(text) and text[position] == " ":
            position += 1
    return values, ends


def _seven(values: list[int], ends: list[int]) -> tuple[str, ...]:
    """Return which of the three tables of seven integers a row is of, by the width of the fifth, else by its value.

    `%3u` is a cpu (2.6.36 to 3.5), `%7lu` a count of page tables (3.6 to 4.0), `%8ld` their bytes (4.15 to 6.7).
    """
    if values[4] >= 4096 and values[4] % 4096 == 0:
        return _SEVEN["pgtables"]
    old = ends[4] - ends[3] == 4 and ends[5] - ends[4] == 8 and -17 <= values[5] <= 15
    return _SEVEN["cpu" if old else "ptes"]


def _plausible(values: list[int]) -> bool:
    return len(values) >= 4 and 0 <= values[1] <= 1 << 22 and values[2] >= 0 and values[3] >= 0
