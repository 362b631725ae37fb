"""The task table: columns by the table's own header, rows by whitespace, the name as whatever is left."""

import re
from dataclasses import dataclass

from oomscope.kernel.event import Task

_HEADER = re.compile(r"\[\s{0,4}pid\s{0,4}\]\s+uid\s+tgid\s+(?P<columns>[\w()\s]{0,200})$")
_ROW = re.compile(r"\[\s{0,9}(?P<pid>\d{1,10})\]\s+(?P<rest>\S.*)$", re.DOTALL)
_INT = re.compile(r"-?\d{1,20}\b")

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
_SEVEN_PGTABLES = ("uid", "tgid", "total_vm", "rss", "pgtables_bytes", "swapents", "oom_score_adj")
_SEVEN_PTES = ("uid", "tgid", "total_vm", "rss", "nr_ptes", "swapents", "oom_score_adj")
_KNOWN_LAST = ("oom_score_adj", "oom_adj", "oom_score")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the integer columns after `[pid]`, and where they come from."""

    names: tuple[str, ...]
    source: str  # header | inferred
    complete: bool = True

    @property
    def goodness(self) -> int:
        """A whole header beats any number of columns."""
        return 100 if self.complete else len(self.names)


def parse_header(text: str) -> Columns | None:
    """The header of the table; `complete` is False where a terminal or a mail program has cut it.

    sample::

        [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
        [ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name
    """
    found = _HEADER.match(text.rstrip())
    if found is None:
        return None
    names = found["columns"].split()
    complete = bool(names) and names[-1] == "name"
    if complete:
        names = names[:-1]
    return Columns(("uid", "tgid", *names), "header", complete)


def infer(text: str) -> Columns | None:
    """The columns of a row whose header is lost, by counting; None if the row fits no table that was ever printed."""
    found = _ROW.match(text)
    if found is None:
        return None
    count, values = 0, []
    position, rest = 0, found["rest"]
    while match := _INT.match(rest, position):
        if match.end() < len(rest) and rest[match.end()] != " ":
            break
        values.append(int(match[0]))
        count += 1
        position = match.end()
        while position < len(rest) and rest[position] == " ":
            position += 1
    # A name of digits only looks like one integer more.
    for n in (count, count - 1):
        if n == 7:
            names = _SEVEN_PGTABLES if values[4] >= 4096 and values[4] % 4096 == 0 else _SEVEN_PTES
            return Columns(names, "inferred") if _plausible(values) else None
        if n in _BY_COUNT and _plausible(values):
            return Columns(_BY_COUNT[n], "inferred")
    return None


def _plausible(values: list[int]) -> bool:
    return len(values) >= 4 and 0 <= values[1] <= 1 << 22 and values[2] >= 0 and values[3] >= 0


def row_pattern(columns: Columns) -> re.Pattern[str]:
    """The pattern of a row under these columns: exactly one space before a name that may hold anything."""
    ints = r"\s+(-?\d{1,20})" * len(columns.names)
    return re.compile(rf"\[\s{{0,9}}(\d{{1,10}})\]{ints}(?: (.*))?$", re.DOTALL)


def parse_row(pattern: re.Pattern[str], columns: Columns, text: str, line: int) -> Task | None:
    """One row, or None.

    sample::

        [  10690]     0 10690    40037    38240    38240        0         0   352256        0           854 dotnet
    """
    found = pattern.match(text)
    if found is None:
        return None
    groups = found.groups()
    comm = groups[-1]
    if comm is None:
        return None
    v = {name: int(value) for name, value in zip(columns.names, groups[1:-1], strict=True)}
    get = v.get
    counts = [v[name] for name in ("nr_ptes", "nr_pmds", "nr_puds") if name in v]
    return Task(
        int(groups[0]), get("uid"), get("tgid"), comm.strip() if columns.source == "header" else comm, get("total_vm"), get("rss"),
        get("rss_anon"), get("rss_file"), get("rss_shmem"), get("pgtables_bytes"), sum(counts) if counts else None,
        get("swapents"), get("oom_score_adj"), get("oom_adj"), line,
    )  # fmt: skip


def looks_like_row(text: str) -> bool:
    """Whether the line can be a table row: a pid in brackets, a uid, a tgid, two sizes."""
    found = _ROW.match(text)
    return found is not None and len(re.findall(r"(?:^|\s)-?\d+(?=\s|$)", found["rest"][:80])) >= 4


def last_known(columns: Columns) -> bool:
    """Whether a header that was cut still names the last integer column."""
    return bool(columns.names) and columns.names[-1] in _KNOWN_LAST
