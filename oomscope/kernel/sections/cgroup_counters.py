"""The page counters of the cgroup whose limit was hit, and what it protects."""

from oomscope.kernel.assembly.logical_lines import Line
from oomscope.kernel.assembly.section import Section
from oomscope.kernel.assembly.stream import Stream
from oomscope.kernel.assembly.streams import Streams
from oomscope.kernel.assembly.unwrap import first
from oomscope.kernel.event import Counter
from oomscope.kernel.numbers import CEILING
from oomscope.patterns import lazy

_COUNTER = lazy(
    r"\s?(?P<name>memory|memory\+swap|kmem|swap): usage (?P<usage>[0-9]{1,20})kB, limit (?P<limit>[0-9]{1,20})kB, failcnt (?P<failcnt>[0-9]{1,20})"
)
_PROTECTION = lazy(r"Memory cgroup min protection (?P<min>\d{1,20})kB -- low protection (?P<low>\d{1,20})kB")


def parse_counter(text: str, line: int) -> tuple[str, Counter] | None:
    """Parse one page counter; return it with its printed name.

    sample::

        memory: usage 153600kB, limit 153600kB, failcnt 18
        memory+swap: usage 10240kB, limit 9007199254740988kB, failcnt 0
    """
    found = _COUNTER.match(text)
    if found is None:
        return None
    name, printed_usage, printed_limit, printed_failcnt = found.groups()
    usage, limit, failcnt = int(printed_usage) << 10, int(printed_limit) << 10, int(printed_failcnt)
    if max(usage, limit, failcnt) >= CEILING:
        return None
    return name, Counter(usage_bytes=usage, limit_bytes=limit, failcnt=failcnt, line=line)


def parse_protection(text: str) -> tuple[int, int] | None:
    """Return the (min, low) protection in bytes, 6.19+.

    sample::

        Memory cgroup min protection 0kB -- low protection 0kB
    """
    found = _PROTECTION.match(text)
    return (int(found["min"]) << 10, int(found["low"]) << 10) if found else None


def version_of(names: set[str], memsw: Counter | None) -> int | None:
    """Return the cgroup version by the counters that were printed; stat keys do not tell (5.3 to 6.4 print v2's on v1).

    Up to 5.2 "memory+swap:" was printed on v2 as well, with usage 0 and no limit: then nobody can tell.
    """
    if "swap" in names:
        return 2
    if memsw is None:
        return None
    return None if memsw.usage_bytes == 0 and memsw.unlimited else 1


def _place_counter(streams: Streams, stream: Stream, line: Line) -> bool:
    text = line.text
    if "usage " not in text or not text.lstrip().startswith(("memory", "swap", "kmem")):
        return False
    got, following = parse_counter(text, line.line), 0
    if got is None:
        got, following = first(streams.window, line, lambda text: parse_counter(text, line.line))
    if got is None:
        return False
    name, counter = got
    old = stream.report.counters.get(name) if stream.report is not None else None
    report = streams.report_for(stream, line, old is not None and old[:3] != counter[:3])
    report.counters.setdefault(name, counter)
    report.body_line = report.body_line or line
    stream.tracing = False
    return streams.keep(report, line, following)


def _place_protection(streams: Streams, stream: Stream, line: Line) -> bool:
    report = stream.report
    if report is None or not line.text.startswith("Memory cgroup min protection"):
        return False
    protection = parse_protection(line.text)
    if protection is None:
        return False
    report.protection = protection
    return streams.keep(report, line)


SECTION = Section(
    name="cgroup_counters",
    place=_place_counter,
    starts=tuple(f"{name}: usage " for name in ("memory", "memory+swap", "kmem", "swap")),
)
PROTECTION_SECTION = Section(name="cgroup_protection", place=_place_protection, inside=True)
