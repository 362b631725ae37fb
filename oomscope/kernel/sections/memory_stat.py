"""The statistics of the cgroup whose limit was hit: memory.stat, a line a key, or one line a cgroup before 5.3."""

import re

from oomscope.kernel.assembly.logical_lines import Line, Piece, is_stamped
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.derive.badness import release_version
from oomscope.patterns import lazy

_HEADING = lazy(
    r"Memory cgroup stats(?: for (?P<path>[/(].{0,4200}?))?:(?= cache:|\s*$| ?anon \d| ?cache \d| ?rss:)\s?(?P<rest>.*)$",
    re.DOTALL,
)
_OLD_PAIR = lazy(r"(?P<key>[a-z_]{2,40}):(?P<value>-?\d{1,15})KB")
_STAT = lazy(r"(?P<key>[a-z][a-z0-9_]{1,40}) (?P<value>\d{1,19})$")
_JOINED = lazy(r"\b(?P<key>[a-z][a-z0-9_]{1,40}) (?P<value>\d{1,19})\b")
_FIRST_KEYS = lazy(
    r"(?:total_)?(?:(?:in)?active_(?:anon|file)|unevictable|anon|file|kernel|kernel_stack|pagetables|sec_pagetables|percpu|"
    r"slab|slab_(?:un)?reclaimable|sock|vmalloc|shmem|file_(?:mapped|dirty|writeback)|swapcached|(?:anon|file|shmem)_thp|cache|rss|"
    r"rss_huge|mapped_file|workingset_\w{1,30}|pg[a-z_]{2,30}|thp_[a-z_]{2,30}|hierarchical_mem\w{1,12}_limit) \d{1,19}$"
)
_FOR = "Memory cgroup stats for "
MAX_KEYS = 2_000
MAX_CGROUPS = 20_000
_TOO_LARGE = 10**19
# 5.3 to 6.4 print memory.stat as one record of at most ~990 bytes; syslog(2) and consoles pay for a prefix on each line.
_RECORD_BYTES = 900
_PREFIX_BYTES = len("<6>[12345.123456] ")

_known_keys: dict[str, str] = {}  # keys that were met before, so that all events share one string a key


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
        self.values: dict[str, int] = {}
        self.line_of: dict[str, int] = {}
        self.paths: set[str] = set()

    def add(self, report: OpenReport, key: str, value: int, line: int) -> None:
        """Add one statistic; a second cgroup's is added up."""
        if key not in self.line_of:
            if len(self.values) >= MAX_KEYS:
                report.cap("stat", f"more than {MAX_KEYS:,} statistics of the cgroup: the later ones are left out")
                return
            self.line_of[key] = line
        self.values[key] = self.values.get(key, 0) + value if self.cgroups > 1 else value
        self.note(line, line)

    def add_run(self, report: OpenReport, texts: list[str], run: list[Line]) -> bool:
        """Add lines that came one after the other, each of one known key; False if one of them has no plain number."""
        words = " ".join(texts).split(" ")
        digits = words[1::2]
        if len(words) != 2 * len(texts) or not "".join(digits).isdecimal():
            return False
        keys, values, numbers = [_known_keys[key] for key in words[::2]], list(map(int, digits)), [n.line for n in run]
        if max(values) >= _TOO_LARGE:
            return False
        if not self.values and len(set(keys)) == len(keys):
            self.values.update(zip(keys, values, strict=True))
            self.line_of.update(zip(keys, numbers, strict=True))
        else:
            for key, value, number in zip(keys, values, numbers, strict=True):
                self.add(report, key, value, number)
        self.note(numbers[0], numbers[-1])
        self._note_records(texts, run)
        report.note_run(list(zip(numbers, texts, strict=True)), run[-1])
        return True

    def _note_records(self, texts: list[str], run: list[Line]) -> None:
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

    def finished(self, release: str | None) -> tuple[dict[str, int], bool]:
        """Return the statistics, and whether the record limit cut them: then the last number is not to be trusted."""
        stat = hierarchical(self.values)
        version = release_version(release)
        one_record = self.may_be_one_record and self.cgroups == 1 and (version is None or version < (6, 5))
        if not (one_record and self._stamped and self.printed_bytes >= _RECORD_BYTES and len(stat) > 4):
            return stat, False
        return dict(list(stat.items())[:-1]), True


def hierarchical(stat: dict[str, int]) -> dict[str, int]:
    """v1 since 6.5 prints each key for the cgroup alone and again as total_KEY for the subtree: the subtree counts."""
    if "total_rss" not in stat and "total_cache" not in stat:
        return stat
    plain = {key: value for key, value in stat.items() if not key.startswith("total_")}
    for key, value in stat.items():
        if key.startswith("total_"):
            plain[_known_keys.get(key[6:], key[6:])] = value
    return plain


def parse_heading(text: str) -> tuple[str | None, dict[str, int]] | None:
    """Parse the heading: its path, and the statistics if they stand on the same line (3.9 to 5.2).

    sample::

        Memory cgroup stats for /lxc/foo: cache:32KB rss:3040KB rss_huge:0KB mapped_file:0KB
        Memory cgroup stats for /kubepods/burstable/pod1:
    """
    if text.endswith(":") and text.startswith(_FOR) and text.count(":") == 1:
        return text[len(_FOR) : -1], {}
    found = _HEADING.match(text)
    if found is None:
        return None
    rest = found["rest"]
    if not rest:
        return found["path"], {}
    return found["path"], parse_old_stats(rest) if "KB" in rest else _joined(rest)


def parse_old_stats(text: str) -> dict[str, int]:
    """Return `key:NKB` pairs in bytes; a counter that went below zero for a moment is 0."""
    return {m["key"]: max(int(m["value"]), 0) << 10 for m in _OLD_PAIR.finditer(text)}


def _joined(text: str) -> dict[str, int]:
    """Return the lines of a memory.stat that a collector has joined into one: `anon 1 file 2 ...`."""
    return {m["key"]: int(m["value"]) for m in _JOINED.finditer(text)}


def parse_stat(text: str) -> tuple[str, int] | None:
    """Parse one `key value` line of memory.stat: bytes for sizes, plain counts for events.

    sample::

        anon 156786688
        workingset_refault_file 0
    """
    found = _STAT.match(text)
    if found is None:
        return None
    key, value = found.groups()
    return _known_key(key), int(value)


def _known_key(key: str) -> str:
    """Return the key as the string that all events share."""
    return _known_keys.setdefault(key, key) if len(_known_keys) < MAX_KEYS else _known_keys.get(key, key)


def is_stat(text: str) -> bool:
    """True if the line can only be of a memory.stat, whose heading may be lost."""
    return _FIRST_KEYS.match(text) is not None


def _place_heading(streams: Streams, stream: Stream, line: Line) -> bool:
    got = parse_heading(line.text) if line.text.startswith("Memory cgroup stats") else None
    if got is None:
        return False
    path, pairs = got
    # Before 5.3 the values stand on the heading's line, one line a cgroup; a wrapped one has them on the next.
    one_of_many = bool(pairs) or _old_values_follow(streams)
    block = stream.report.stat if stream.report is not None else None
    full = block is not None and bool(block.values) and not one_of_many and path not in block.paths
    report = streams.report_for(stream, line, full)
    block = report.stat = report.stat or StatBlock()
    stream.tracing, stream.in_stat = False, True
    if path is None or path not in block.paths:
        if len(block.paths) < MAX_CGROUPS:
            block.paths.add(path or "")
        block.path = block.path or path
        block.cgroups += 1
        for key, value in pairs.items():
            block.add(report, _known_keys.get(key, key), value, line.line)
    return streams.keep(report, line)


def _old_values_follow(streams: Streams) -> bool:
    line = streams.window.ahead(1)
    return line is not None and line.text.lstrip().startswith(("cache:", "rss:"))


def _place_stat(streams: Streams, stream: Stream, line: Line) -> bool:
    text = line.text.strip()
    report = stream.report
    if not stream.in_stat:
        if (report is not None and report.ended) or stream.foreign or not is_stat(text):
            return False
        report = report or streams.open(stream, line)
        block = report.stat = report.stat or StatBlock()
        block.cgroups = max(block.cgroups, 1)
        stream.tracing, stream.in_stat = False, True
    stat = parse_stat(text)
    if stat is None or report is None or report.stat is None:
        return False
    report.stat.add(report, *stat, line.line)
    report.stat.note_record(line, len(text))
    return streams.keep(report, line)


def _place_old_stats(streams: Streams, stream: Stream, line: Line) -> bool:
    """Place values of before 5.3 that were wrapped off their heading."""
    report = stream.report
    if report is None or report.stat is None or not stream.in_stat or ":" not in line.text:
        return False
    pairs = parse_old_stats(line.text)
    for key, value in pairs.items():
        report.stat.add(report, key, value, line.line)
    return bool(pairs) and streams.keep(report, line)


def _read_on(streams: Streams, stream: Stream, report: OpenReport) -> Line | None:
    """Take the lines that follow as long as they are of one memory.stat; return the first that is not."""
    window, block, known = streams.window, report.stat, _known_keys
    if block is None or block.cgroups > 1 or not stream.in_stat:
        return None
    run: list[Line] = []
    texts: list[str] = []
    behind = None
    for line in window.lines:
        text = line.text
        if not window.follows or text.partition(" ")[0] not in known:
            behind = line
            break
        texts.append(text)
        run.append(line)
    if not run or block.add_run(report, texts, run):
        return behind
    return _read_one_by_one(streams, stream, [*run, behind] if behind is not None else run)


def _read_one_by_one(streams: Streams, stream: Stream, lines: list[Line]) -> Line | None:
    """Take the lines up to the first that is no statistic, and give those after it back."""
    for n, line in enumerate(lines):
        if not _place_stat(streams, stream, line):
            streams.window.put_back(lines[n + 1 :])
            return line
    return None


HEADING_SECTION = Section(
    name="memory_stat_heading", place=_place_heading, starts=("Memory cgroup stats",), read_on=_read_on
)
SECTION = Section(name="memory_stat", place=_place_stat, read_on=_read_on)
OLD_SECTION = Section(name="old_memory_stat", place=_place_old_stats, inside=True)
