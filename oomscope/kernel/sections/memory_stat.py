"""The statistics of the cgroup whose limit was hit: memory.stat, a line a key, or one line a cgroup before 5.3."""

import re

from oomscope.kernel.assembly.logical_lines import Line, is_stamped
from oomscope.kernel.assembly.open_report import OpenReport
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import first
from oomscope.kernel.sections.stat_block import KNOWN_KEYS, StatBlock, known_key
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
_CUT_HEADING = lazy(r"Memory cgroup stats for /[^\s:]{1,4200}\s{0,4}$")  # cut off before its colon
MAX_CGROUPS = 20_000


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
    return known_key(key), int(value)


def is_stat(text: str) -> bool:
    """True if the line can only be of a memory.stat, whose heading may be lost."""
    return _FIRST_KEYS.match(text) is not None


def _place_heading(streams: Streams, stream: Stream, line: Line) -> bool:
    if not line.text.startswith("Memory cgroup stats"):
        return False
    got, following, is_cut = parse_heading(line.text), 0, False
    if got is None and _CUT_HEADING.match(line.text):
        got, following = first(streams.window, line, parse_heading, glue=("", " "))
        is_cut = got is None
        got = got or (line.text[len(_FOR) :].rstrip(), {})
    whole = None if following else _with_a_broken_value(streams, line)
    if whole is not None and len(whole[1]) > (len(got[1]) if got is not None else 0):
        got, following, is_cut = whole, 1, False
    if got is None:
        return False
    path, pairs = got
    # Before 5.3 the values stand on the heading's line, one line a cgroup; a wrapped one has them on the next.
    one_of_many = bool(pairs) or _old_values_follow(streams)
    block = stream.report.stat if stream.report is not None else None
    full = block is not None and not block.is_empty and not one_of_many and path not in block.paths
    report = streams.report_for(stream, line, full)
    block = report.stat = report.stat or StatBlock()
    report.body_line = report.body_line or line
    stream.tracing, stream.in_stat = False, True
    if is_cut:
        report.note_damage("stat heading", line)
    if path is None or path not in block.paths:
        if len(block.paths) < MAX_CGROUPS:
            block.paths.add(path or "")
        block.path = block.path or path
        block.cgroups += 1
        for key, value in pairs.items():
            block.add(report, known_key(key), value, line.line)
    return streams.keep(report, line, following)


def _with_a_broken_value(streams: Streams, line: Line) -> tuple[str | None, dict[str, int]] | None:
    """Return the heading with the line below it, where a hard wrap broke the values inside a word: `rss:44`, `8KB`."""
    tail = streams.window.ahead(1)
    if (
        line.text.rstrip().endswith("KB")
        or tail is None
        or "KB" not in tail.text
        or (is_stamped(line) and is_stamped(tail))
    ):
        return None
    return parse_heading(line.text + tail.text.strip())


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
    window, block, known = streams.window, report.stat, KNOWN_KEYS
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
