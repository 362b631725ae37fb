"""The memory files of one cgroup, of v1 and v2, as one row of numbers."""

import os
from pathlib import Path
from typing import Final, NamedTuple

COLUMNS: Final = ("usage", "limit", "anon", "file", "shmem", "mapped_file", "swap", "kernel")
"""Bytes. Names that `--metrics` reads as columns of a CSV file; `file` includes shmem as the kernel counts it."""

Row = tuple[int | None, ...]

_UNLIMITED = 1 << 62  # v1 prints the largest number of pages
_MOST = 16 << 10
_V1: Final = {
    "total_rss": "anon",
    "total_cache": "file",
    "total_shmem": "shmem",
    "total_mapped_file": "mapped_file",
    "total_swap": "swap",
}
_V2: Final = {"anon": "anon", "file": "file", "shmem": "shmem", "file_mapped": "mapped_file", "kernel": "kernel"}


class Files(NamedTuple):
    """What one version of the memory controller calls its files."""

    usage: str
    limit: str
    others: tuple[tuple[str, str], ...]  # (file, column)
    stat: dict[str, str]


V1: Final = Files("memory.usage_in_bytes", "memory.limit_in_bytes", (("memory.kmem.usage_in_bytes", "kernel"),), _V1)
V2: Final = Files("memory.current", "memory.max", (("memory.swap.current", "swap"),), _V2)


def mounted() -> list[tuple[Path, Files]]:
    """Return where the memory controller of v1 and the tree of v2 are mounted; where both are, v1 counts memory."""
    try:
        rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return []
    v1 = [(Path(row[1]), V1) for row in rows if row[2] == "cgroup" and "memory" in row[3].split(",")]
    return v1 + [(Path(row[1]), V2) for row in rows if row[2] == "cgroup2"]


def number(path: str) -> int | None:
    """Return the number in a file, None for none, for `max`, and where it is gone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return digits(os.read(handle, 64))
    except OSError:
        return None
    finally:
        os.close(handle)


def digits(data: bytes) -> int | None:
    """Return a number of bytes; None for what is no number and for v1's way to say that there is no limit."""
    text = data.strip()
    found = int(text) if text.isdigit() else None
    return found if found is not None and found < _UNLIMITED else None


def row_of(folder: str, files: Files, limit: int | None) -> Row | None:
    """Return the counters of a cgroup; None where it is gone. `limit` is the lowest of its own and of those above it."""
    usage = number(f"{folder}/{files.usage}")
    if usage is None:
        return None
    found: dict[str, int | None] = {"usage": usage, "limit": limit}
    for name, column in files.others:
        found[column] = number(f"{folder}/{name}")
    try:
        handle = os.open(f"{folder}/memory.stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            stat = os.read(handle, _MOST)
        finally:
            os.close(handle)
    except OSError:
        return None
    for line in stat.splitlines():
        key, _, value = line.partition(b" ")
        column_of = files.stat.get(key.decode("ascii", "replace"))
        if column_of is not None:
            found[column_of] = digits(value)
    return tuple(found.get(column) for column in COLUMNS)


def pressure(folder: str) -> float:
    """Return the share of the last 10 seconds, in percent, in which some task waited for memory; 0 where not told."""
    try:
        first = Path(folder, "memory.pressure").read_text().partition(" avg10=")[2]
        return float(first.partition(" ")[0])
    except (OSError, ValueError):
        return 0.0
