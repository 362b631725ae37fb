"""The size that settings let a program grow to: of a heap, a buffer pool, a cache.

It is what is asked for, without what the program needs besides. Several settings of one program add up; of one setting
that is given twice the last counts, as on a command line.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oomscope.inputs.memory_flags import MemoryFlag, heap_limit_bytes
from oomscope.units import MIB


class Ceiling(NamedTuple):
    """What the settings allow, and the names of these settings."""

    name: str
    size_bytes: int


_UNITS = {"": 1, "k": 1 << 10, "m": MIB, "g": 1 << 30, "t": 1 << 40}
_BARE_IS_MIB = frozenset(("m", "memorylimit", "memcachedcachesize", "mssqlmemorylimitmb"))
_BARE_IS_GIB = frozenset(("wiredtigercachesizegb",))
_POOLS = frozenset(
    (
        "innodbbufferpoolsize", "mysqlinnodbbufferpoolsize", "maxmemory", "redismaxmemory", "valkeymaxmemory",
        "m", "memcachedcachesize", "memorylimit", "mssqlmemorylimitmb", "wiredtigercachesizegb", "cachemem",
        "memtxmemory", "maxcachesize", "memory", "malloc", "maxheapsize", "phpmemorylimit", "maxservermemoryusage",
    )
)  # fmt: skip
_BESIDE_THE_HEAP = frozenset(("xx:maxdirectmemorysize", "xx:maxmetaspacesize"))


def ceiling_of(flags: Iterable[MemoryFlag], limit_bytes: int | None) -> Ceiling | None:
    """Return what the settings let the program grow to; None where none bounds it. A size of 0 is no bound."""
    flags = tuple(flags)
    last = {_plain(flag.name): flag for flag in flags}
    heap = heap_limit_bytes(flags, limit_bytes)
    if heap:
        named = [flag.name for flag in flags if heap_limit_bytes([flag], limit_bytes) is not None][-1]
        beside = [last[name] for name in _BESIDE_THE_HEAP & last.keys()]
        sizes = [(flag.name, size) for flag in beside if (size := parse_size(flag.value, "")) is not None]
        return Ceiling(" + ".join([named, *(name for name, _ in sizes)]), heap + sum(size for _, size in sizes))
    return _postgres(last) or _pool(last)


def _pool(last: Mapping[str, MemoryFlag]) -> Ceiling | None:
    """Return the largest of the sizes that a buffer pool or a cache may have."""
    found = [Ceiling(flag.name, size) for name, flag in last.items() if name in _POOLS and (size := _size(name, flag))]
    return max(found, key=lambda one: one.size_bytes) if found else None


def _size(name: str, flag: MemoryFlag) -> int | None:
    bare = "m" if name in _BARE_IS_MIB else "g" if name in _BARE_IS_GIB else ""
    return parse_size(flag.value, bare)


def _postgres(last: Mapping[str, MemoryFlag]) -> Ceiling | None:
    """Each connection takes at least one work_mem for a sort or a hash. Plain numbers are blocks of 8 KiB and KiB."""
    if "sharedbuffers" not in last and "workmem" not in last:
        return None
    parts: list[tuple[str, int]] = []
    if flag := last.get("sharedbuffers"):
        blocks = flag.value.isdecimal()
        parts.append((flag.name, int(flag.value) * 8192 if blocks else parse_size(flag.value, "") or 0))
    connections = last.get("maxconnections")
    if (flag := last.get("workmem")) and connections and connections.value.isdecimal():
        each = parse_size(flag.value, "k") or 0
        parts.append((f"{flag.name} for each of {connections.value} connections", each * int(connections.value)))
    total = sum(size for _, size in parts)
    return Ceiling(" + ".join(name for name, _ in parts), total) if total else None


def parse_size(text: str, bare: str) -> int | None:
    """Return a size as programs write it, with k, m, g or t and maybe a b behind; `bare` is the unit of a plain number."""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(digits) :].lower().removesuffix("b").removesuffix("i")
    factor = _UNITS.get(unit or bare)
    try:
        return int(float(digits) * factor) if factor is not None else None
    except (ValueError, OverflowError):
        return None


def _plain(name: str) -> str:
    """Return a name as all spellings of it have in common: --innodb-buffer-pool-size, innodb_buffer_pool_size."""
    return name.lstrip("-").replace("-", "").replace("_", "").lower()
