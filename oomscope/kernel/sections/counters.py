"""The memory-cgroup block: counters of the cgroup over its limit, and its memory.stat."""

import re

from oomscope.kernel.event import Counter
from oomscope.kernel.numbers import CEILING, kb
from oomscope.patterns import lazy

_COUNTER = lazy(
    r"\s?(?P<name>memory|memory\+swap|kmem|swap): usage (?P<usage>\d{1,20})kB, limit (?P<limit>\d{1,20})kB, failcnt (?P<failcnt>\d{1,20})"
)
_STATS_FOR = lazy(
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
_PROTECTION = lazy(r"Memory cgroup min protection (?P<min>\d{1,20})kB -- low protection (?P<low>\d{1,20})kB")


def parse_counter(text: str, line: int) -> tuple[str, Counter] | None:
    """One page counter, with its printed name.

    sample::

        memory: usage 153600kB, limit 153600kB, failcnt 18
        memory+swap: usage 10240kB, limit 9007199254740988kB, failcnt 0
    """
    found = _COUNTER.match(text)
    if found is None:
        return None
    usage, limit, failcnt = kb(found["usage"]), kb(found["limit"]), int(found["failcnt"])
    if usage is None or limit is None or failcnt >= CEILING:
        return None
    return found["name"], Counter(usage, limit, failcnt, line)


def parse_stats_head(text: str) -> tuple[str | None, dict[str, int]] | None:
    """The heading of a stat block: its path, and the statistics if they stand on the same line (3.9 to 5.2).

    sample::

        Memory cgroup stats for /lxc/foo: cache:32KB rss:3040KB rss_huge:0KB mapped_file:0KB
        Memory cgroup stats for /kubepods/burstable/pod1:
    """
    found = _STATS_FOR.match(text)
    if found is None:
        return None
    rest = found["rest"]
    return found["path"], parse_old_stats(rest) if "KB" in rest else _joined(rest)


def parse_old_stats(text: str) -> dict[str, int]:
    """`key:NKB` pairs in bytes; a counter that went below zero for a moment is 0."""
    return {m["key"]: max(int(m["value"]), 0) << 10 for m in _OLD_PAIR.finditer(text)}


def _joined(text: str) -> dict[str, int]:
    """The lines of a memory.stat that a collector has joined into one: `anon 1 file 2 ...`."""
    return {m["key"]: int(m["value"]) for m in _JOINED.finditer(text)}


def parse_stat(text: str) -> tuple[str, int] | None:
    """One `key value` line of memory.stat: bytes for sizes, plain counts for events.

    sample::

        anon 156786688
        workingset_refault_file 0
    """
    found = _STAT.match(text)
    return (found["key"], int(found["value"])) if found else None


def is_stat(text: str) -> bool:
    """Whether the line can only be of a memory.stat, whose heading may be lost."""
    return _FIRST_KEYS.match(text) is not None


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
