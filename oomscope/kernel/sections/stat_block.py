"""The statistics of one report while their lines come in."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from oomscope.kernel.assembly.logical_lines import Line, Piece, is_stamped
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.derive.badness import release_version

MAX_KEYS = 2_000
KNOWN_KEYS: dict[str, str] = {}
"""Keys that were met before, so that all events share one string a key."""

_TOO_LARGE = 10**19
_LINE_BY_LINE = (6, 5)  # from it on memory.stat is printed a line a record
# 5.3 to 6.4 print memory.stat as one record of at most ~990 bytes; syslog(2) and consoles pay for a prefix on each line.
_RECORD_BYTES = 900
_PREFIX_BYTES = len("<6>[12345.123456] ")


def known_key(key: str) -> str:
    """Return the key as the string that all events share."""
    return KNOWN_KEYS.setdefault(key, key) if len(KNOWN_KEYS) < MAX_KEYS else KNOWN_KEYS.get(key, key)


class _Order(NamedTuple):
    """The keys of one kernel's memory.stat in their order, and which of their values count."""

    keys: tuple[str, ...]
    counting: tuple[str, ...]
    pick: Callable[[Sequence[int]], tuple[int, ...]]


class _Whole(NamedTuple):
    """A block that was read in one piece."""

    order: _Order
    values: list[int]
    lines: list[int]


@lru_cache(maxsize=64)
def _order_of(keys: tuple[str, ...]) -> _Order | None:
    """Return the order of these keys, which all reports of one kernel share; None if a key is printed twice."""
    keys = tuple(map(known_key, keys))
    places = {key: n for n, key in enumerate(keys)}
    if len(places) != len(keys) or len(keys) < 2:
        return None
    counting = _hierarchical(places)
    return _Order(
        keys, tuple(counting), itemgetter(*counting.values()) if len(counting) > 1 else lambda values: tuple(values)
    )


class StatBlock:
    """What has been read of the statistics of one report."""

    path: str | None = None
    cgroups = 0  # before 5.3 each descendant has a line of its own; they are summed
    first_line: int | None = None
    last_line = 0
    printed_bytes = 0  # of the text and of what stands before each of its lines
    may_be_one_record = True
    _stamp: float | None = None
    _stamped = False

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self._values: dict[str, int] = {}
        self._line_of: dict[str, int] = {}
        self._whole: _Whole | None = None  # instead of the two, where the block was read in one piece

    @property
    def is_empty(self) -> bool:
        """True if no statistic was read."""
        return not self._values and self._whole is None

    @property
    def is_v1(self) -> bool:
        """True if it has the sums over the subtree, which only cgroup v1 prints (6.5 and newer)."""
        keys = self._whole.order.keys if self._whole is not None else self._line_of
        return any(key in keys for key in ("total_rss", "total_cache", "total_unevictable", "total_inactive_anon"))

    def add(self, report: OpenReport, key: str, value: int, line: int) -> None:
        """Add one statistic; a second cgroup's is added up."""
        if self._whole is not None:
            self._values = dict(zip(self._whole.order.keys, self._whole.values, strict=True))
            self._line_of = dict(zip(self._whole.order.keys, self._whole.lines, strict=True))
            self._whole = None
        if key not in self._line_of:
            if len(self._values) >= MAX_KEYS:
                report.cap("stat", f"more than {MAX_KEYS:,} statistics of the cgroup: the later ones are left out")
                return
            self._line_of[key] = line
        self._values[key] = self._values.get(key, 0) + value if self.cgroups > 1 else value
        self.note(line, line)

    def add_run(self, report: OpenReport, texts: list[str], run: list[Line]) -> bool:
        """Add lines that came one after the other, each of one known key; False if one of them has no plain number."""
        words = " ".join(texts).split(" ")
        digits = words[1::2]
        joined = "".join(digits)
        if len(words) != 2 * len(texts) or "" in digits or not (joined.isascii() and joined.isdecimal()):
            return False
        values, numbers = list(map(int, digits)), [line.line for line in run]
        if max(values) >= _TOO_LARGE:
            return False
        order = _order_of(tuple(words[::2]))
        if self.is_empty and order is not None:
            self._whole = _Whole(order, values, numbers)
        else:
            for key, value, number in zip(words[::2], values, numbers, strict=True):
                self.add(report, known_key(key), value, number)
        self.note(numbers[0], numbers[-1])
        if self.may_be_one_record:
            self._note_records(report, texts, run)
        report.note_run(numbers, run[-1])
        return True

    def _note_records(self, report: OpenReport, texts: list[str], run: list[Line]) -> None:
        version = release_version(report.cpu.release) if report.cpu is not None else None
        if version is not None and version >= _LINE_BY_LINE:
            self.may_be_one_record = False
            return
        stamps = {line.monotonic_seconds for line in run}
        if len(set(map(type, run))) == 1:
            self.note_record(run[0], sum(map(len, texts)), len(run), len(stamps) == 1)
        else:
            for text, line in zip(texts, run, strict=True):
                self.note_record(line, len(text))

    def note(self, first: int, last: int) -> None:
        """Remember which lines the block stands on."""
        self.first_line = first if self.first_line is None else min(first, self.first_line)
        self.last_line = max(last, self.last_line)

    def note_record(self, line: Line, text_bytes: int, lines: int = 1, one_stamp: bool = True) -> None:
        """Remember what tells whether all lines were one record of the kernel: their length and their stamps."""
        alone = is_stamped(line) and not isinstance(line, Piece)
        stamp = line.monotonic_seconds if alone else None
        if (alone and (stamp is None or not one_stamp)) or (self._stamped and stamp != self._stamp):
            self.may_be_one_record = False  # whole seconds do not tell one record from many; more than one stamp does
        self._stamp, self._stamped = stamp, True
        self.printed_bytes += text_bytes + lines * (1 + (_PREFIX_BYTES if alone else 0))

    def finished(self, release: str | None) -> tuple[tuple[tuple[str, int], ...], bool]:
        """Return the statistics, and whether the record limit cut them: then the last number is not to be trusted."""
        whole = self._whole
        if whole is not None:
            stat = tuple(zip(whole.order.counting, whole.order.pick(whole.values), strict=True))
        else:
            stat = tuple(_hierarchical(self._values).items())
        version = release_version(release)
        one_record = self.may_be_one_record and self.cgroups == 1 and (version is None or version < _LINE_BY_LINE)
        if one_record and self._stamped and self.printed_bytes >= _RECORD_BYTES and len(stat) > 4:
            return stat[:-1], True
        return stat, False

    def lines(self) -> tuple[tuple[str, int], ...]:
        """Return the line that each statistic stands on."""
        if self._whole is not None:
            return tuple(zip(self._whole.order.keys, self._whole.lines, strict=True))
        return tuple(self._line_of.items())


def _hierarchical(stat: dict[str, int]) -> dict[str, int]:
    """Return the statistics that count: v1 since 6.5 prints each for the cgroup alone and again as total_KEY for the subtree."""
    if "total_rss" not in stat and "total_cache" not in stat:
        return stat
    plain = {key: value for key, value in stat.items() if not key.startswith("total_")}
    for key, value in stat.items():
        if key.startswith("total_"):
            plain[known_key(key[6:])] = value
    return plain
