"""The memory-cgroup block: counters of the cgroup over its limit, and its memory.stat."""

import re

from oomscope.kernel.event import Counter

_COUNTER = re.compile(
    r"\s?(?P<name>memory|memory\+swap|kmem|swap): usage (?P<usage>\d{1,20})kB, limit (?P<limit>\d{1,20})kB, failcnt (?P<failcnt>\d{1,20})"
)
_STATS_FOR = re.compile(
    r"Memory cgroup stats(?: for (?P<path>/.*?))?:(?= cache:|\s*$| ?anon \d| ?rss:)\s?(?P<rest>.*)$", re.DOTALL
)
_OLD_PAIR = re.compile(r"(?P<key>[a-z_]{2,40}):(?P<value>-?\d{1,20})KB")
_STAT = re.compile(r"(?P<key>[a-z][a-z0-9_]{1,40}) (?P<value>\d{1,20})$")
_PROTECTION = re.compile(r"Memory cgroup min protection (?P<min>\d{1,20})kB -- low protection (?P<low>\d{1,20})kB")

# Counts in memory.stat; every other key is bytes. Documentation/admin-guide/cgroup-v2.rst.
_COUNTS = re.compile(r"^(?:total_)?(?:pg|workingset_|thp_|numa_|zsw|swpin_|swpout_|pswp)")


def parse_counter(text: str, line: int) -> tuple[str, Counter] | None:
    """One page counter, with its printed name.

    sample::

        memory: usage 153600kB, limit 153600kB, failcnt 18
        memory+swap: usage 10240kB, limit 9007199254740988kB, failcnt 0
    """
    found = _COUNTER.match(text)
    if found is None:
        return None
    usage, limit, failcnt = int(found["usage"]), int(found["limit"]), int(found["failcnt"])
    return found["name"], Counter(usage << 10, limit << 10, failcnt, line)


def parse_stats_head(text: str) -> tuple[str | None, dict[str, int]] | None:
    """The heading of a stat block: its path, and the statistics if they stand on the same line (3.9 to 5.2).

    sample::

        Memory cgroup stats for /lxc/foo: cache:32KB rss:3040KB rss_huge:0KB mapped_file:0KB
        Memory cgroup stats for /kubepods/burstable/pod1:
    """
    found = _STATS_FOR.match(text)
    if found is None:
        return None
    return found["path"], parse_old_stats(found["rest"])


def parse_old_stats(text: str) -> dict[str, int]:
    """`key:NKB` pairs in bytes."""
    return {m["key"]: int(m["value"]) << 10 for m in _OLD_PAIR.finditer(text)}


def parse_stat(text: str) -> tuple[str, int] | None:
    """One `key value` line of memory.stat: bytes for sizes, plain counts for events.

    sample::

        anon 156786688
        workingset_refault_file 0
    """
    found = _STAT.match(text)
    return (found["key"], int(found["value"])) if found else None


def is_count(key: str) -> bool:
    """Whether a key of memory.stat counts events or pages instead of bytes."""
    return _COUNTS.match(key) is not None


def parse_protection(text: str) -> tuple[int, int] | None:
    """(min, low) protection in bytes, 6.19+."""
    found = _PROTECTION.match(text)
    return (int(found["min"]) << 10, int(found["low"]) << 10) if found else None


def hierarchical(stat: dict[str, int]) -> dict[str, int]:
    """v1 since 6.5 prints each key for the cgroup alone and again as total_KEY for the subtree: the subtree counts."""
    if "total_rss" not in stat and "total_cache" not in stat:
        return stat
    plain = {key: value for key, value in stat.items() if not key.startswith("total_")}
    return plain | {key[6:]: value for key, value in stat.items() if key.startswith("total_")}


def version_of(names: set[str], memsw: Counter | None) -> int | None:
    """cgroup version by the counters that were printed; stat key names do not tell (5.3 to 6.4 print v2's on v1).

    Up to 5.2 "memory+swap:" was printed on v2 as well, with usage 0 and no limit: then nobody can tell.
    """
    if "swap" in names:
        return 2
    if memsw is None:
        return None
    return None if memsw.usage_bytes == 0 and memsw.unlimited else 1
