"""Ways to change a kernel log that leave its cause what it is."""

import random
import re

_ROW = re.compile(r"^(?P<head>.*?\[\s*\d+\]\s+\d+\s+\d+\s)(?P<numbers>[\s\d-]+?)(?P<tail>\s-?\d+\s\S.*)$")
_STAT = re.compile(
    r"^(?P<head>(?:\[[ \d.]+\] | +)?(?:anon|file|kernel|kernel_stack|pagetables|sec_pagetables|percpu|sock|vmalloc|shmem|zswap"
    r"|file_mapped|file_dirty|file_writeback|swapcached|anon_thp|file_thp|shmem_thp|(?:in)?active_(?:anon|file)|unevictable"
    r"|slab_reclaimable|slab_unreclaimable|slab|(?:total_)?(?:cache|rss|rss_huge|mapped_file|dirty|writeback|swap)"
    r"|total_shmem|total_(?:in)?active_(?:anon|file)|total_unevictable|hierarchical_memory_limit|hierarchical_memsw_limit) )"
    r"(?P<bytes>\d+)$"
)
_PAGES = re.compile(r"\b(?P<name>[a-z_]+):(?P<pages>\d+)(?=\s|$)")  # Mem-Info's first block
_TOTALS = re.compile(
    r"(?P<pages>\d+)(?= (?:total pagecache pages|pages in swap cache|pages RAM|pages HighMem|pages reserved))"
)
_POOL = re.compile(r"(?P<name>hugepages_(?:total|free|surp)=)(?P<pages>\d+)")
_STAMP = re.compile(r"^\[\s*(\d+\.\d{6})\]", re.MULTILINE)
_NO_LIMIT = 1 << 52  # kB; "max", the largest counter there is


def larger(log: str, k: int) -> str:
    """Every size of the reports times `k`: counters, statistics, zones, free blocks, rows of the table, kill lines."""
    return "\n".join(_larger(line, k) for line in log.split("\n"))


def _larger(line: str, k: int) -> str:
    if found := _STAT.match(line):
        size = int(found["bytes"])
        return f"{found['head']}{size * k if size < _NO_LIMIT << 10 else size}"
    if found := _ROW.match(line):
        return found["head"] + re.sub(r"\d+", lambda n: str(int(n[0]) * k), found["numbers"]) + found["tail"]
    if "lowmem_reserve[]:" in line:
        head, _, pages = line.partition("lowmem_reserve[]:")
        return head + "lowmem_reserve[]:" + re.sub(r"\d+", lambda n: str(int(n[0]) * k), pages)
    if "hugepages_size" in line:
        return _POOL.sub(lambda n: f"{n['name']}{int(n['pages']) * k}", line)
    if "kB" in line:
        line = re.sub(r"(\d+)(\*\d+kB)", lambda n: f"{int(n[1]) * k}{n[2]}", line)  # blocks of the buddy allocator
        return re.sub(r"(?<![*\d])(\d+)kB", lambda n: f"{int(n[1]) * k if int(n[1]) < _NO_LIMIT else n[1]}kB", line)
    if any(word in line for word in ("_anon:", "_file:", "dirty:", "slab_", "mapped:", "free:")):
        return _PAGES.sub(lambda n: f"{n['name']}:{int(n['pages']) * k}", line)
    return _TOTALS.sub(lambda n: str(int(n["pages"]) * k), line)


def shuffled(log: str, seed: int) -> str:
    """The rows of each task table in another order; their stamps stay where they are."""
    lines = log.split("\n")
    out, table = [], list[str]()
    for line in [*lines, ""]:
        if _ROW.match(line):
            table.append(line)
            continue
        if table:
            out += _permuted(table, seed)
            table = []
        out.append(line)
    return "\n".join(out[:-1])


def _permuted(table: list[str], seed: int) -> list[str]:
    stamps = [line[: line.index("]") + 1] for line in table]
    rows = [line[line.index("]") + 1 :] for line in table]
    random.Random(seed).shuffle(rows)
    return [stamp + row for stamp, row in zip(stamps, rows, strict=True)]


def later(log: str, seconds: float) -> str:
    """The same boot log, so many seconds later."""
    return _STAMP.sub(lambda stamp: f"[{float(stamp[1]) + seconds:12.6f}]", log)


def as_syslog(log: str) -> str:
    """The same records in /var/log/messages."""
    lines = log.rstrip("\n").split("\n")
    return "".join(f"Jan 21 08:42:30 node kernel: {line}\n" for line in lines)


def as_crlf(log: str) -> str:
    """The same lines from a machine that ends them with CR LF."""
    return log.replace("\n", "\r\n")
