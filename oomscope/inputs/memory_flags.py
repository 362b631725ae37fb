"""Settings about memory in a container's command line and environment; everything else there is nobody's business.

A value is taken only if the whole word matches: no text of an environment passes through that is not a size or a count.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.units import MIB

_WORD = lazy(
    r"(-Xm[sx]|-Xss)(\d{1,15}[kKmMgGtT]?)"
    r"|(-XX:(?:Max|Min|Initial)RAMPercentage|-XX:Max(?:Metaspace|DirectMemory|Heap)Size|-XX:MaxRAM"
    r"|--?max[-_]old[-_]space[-_]size(?:[-_]percentage)?|--?max[-_]semi[-_]space[-_]size|--workers|--processes|--worker-processes|--threads|--max-requests|--concurrency)"
    r"=(\d{1,15}(?:\.\d{1,9})?[kKmMgGtT]?)"
    r"|(-XX:[+-]UseContainerSupport)()"
    r"|(?:--?)?(memory_limit|pm\.max_children|innodb[-_]buffer[-_]pool[-_]size|shared_buffers|work_mem|max[-_]connections|maxmemory"
    r"|wiredTigerCacheSizeGB|cache_mem|memtx_memory|max-cache-size|memory-limit|memory|max_server_memory_usage"
    r"|max-pool-size)=(\d{1,15}(?:\.\d{1,3})?[a-zA-Z]{0,2})"
    r"|(--autoscale)=(\d{1,6},\d{1,6})"
    r"|(malloc),(\d{1,15}[kKmMgGtT]?)"
)
_PAIRED = frozenset(
    (
        "--workers",
        "--processes",
        "--threads",
        "--max-requests",
        "--concurrency",
        "--max-old-space-size",
        "--max-old-space-size-percentage",
        "-w",
        "--maxmemory",
        "--memory-limit",
        "--wiredTigerCacheSizeGB",
        "--memory",
        "--max-pool-size",
        "--max_server_memory_usage",
        "--autoscale",
        "MaxRequestWorkers",
        "MaxClients",
    )
)
_SHORT = {
    "memcached": "-m", "gunicorn": "-w", "puma": "-w", "hypercorn": "-w", "celery": "-c", "uwsgi": "-p",
    "make": "-j", "gmake": "-j", "ninja": "-j",
}  # fmt: skip
"""Options of one letter mean something only behind the name of their program."""
_SIZE_OR_COUNT = lazy(r"\d{1,15}(?:\.\d{1,9})?[a-zA-Z]{0,3}")
_PAIR = lazy(r"\d{1,6},\d{1,6}")
_HEX = lazy(r"(?:0[xX])?[0-9a-fA-F]{1,16}")

_OPTIONS_IN = frozenset(
    [
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "JAVA_OPTS",
        "JVM_OPTS",
        "CATALINA_OPTS",
        "ES_JAVA_OPTS",
        "KAFKA_HEAP_OPTS",
        "SBT_OPTS",
        "MAVEN_OPTS",
        "GRADLE_OPTS",
        "NODE_OPTIONS",
        "GUNICORN_CMD_ARGS",
        "OPENSEARCH_JAVA_OPTS",
        "LS_JAVA_OPTS",
        "JAVA_ARGS",
        "JAVA_OPTIONS",
        "SOLR_JAVA_MEM",
    ]
)
_VALUES_OF = frozenset(
    [
        "GOMEMLIMIT",
        "GOGC",
        "MALLOC_ARENA_MAX",
        "PHP_MEMORY_LIMIT",
        "MAX_HEAP_SIZE",
        "MSSQL_MEMORY_LIMIT_MB",
        "VALKEY_MAXMEMORY",
        "REDIS_MAXMEMORY",
        "MEMCACHED_CACHE_SIZE",
        "MYSQL_INNODB_BUFFER_POOL_SIZE",
        "WEB_CONCURRENCY",
        "UWSGI_PROCESSES",
        "UWSGI_WORKERS",
        "UWSGI_THREADS",
        "UWSGI_CHEAPER",
        "RAILS_MAX_THREADS",
        "MAX_WORKERS",
        "WORKERS",
        "GUNICORN_WORKERS",
        "CELERYD_CONCURRENCY",
        "NGINX_WORKER_PROCESSES",
        "SIDEKIQ_COUNT",
        "PASSENGER_MAX_POOL_SIZE",
        "PHP_FPM_PM_MAX_CHILDREN",
        "PM_MAX_CHILDREN",
        "CMAKE_BUILD_PARALLEL_LEVEL",
        "CARGO_BUILD_JOBS",
    ]
)
_HEX_VALUES_OF = frozenset(
    f"{prefix}_GCHeapHardLimit{unit}" for prefix in ("DOTNET", "COMPlus") for unit in ("", "Percent")
)
_MAX_TEXT = 64 << 10

_JAVA = {"": 1, "k": 1 << 10, "m": MIB, "g": 1 << 30, "t": 1 << 40}
_GO = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": MIB, "GiB": 1 << 30, "TiB": 1 << 40}
_WORKERS = frozenset(
    (
        "--workers", "-w", "--processes", "-p", "--worker-processes", "--concurrency", "-c", "--autoscale", "-j",
        "--max-pool-size", "max-pool-size", "pm.max_children", "MaxRequestWorkers", "MaxClients",
        "WEB_CONCURRENCY", "UWSGI_PROCESSES", "UWSGI_WORKERS", "MAX_WORKERS", "WORKERS", "GUNICORN_WORKERS",
        "CELERYD_CONCURRENCY", "NGINX_WORKER_PROCESSES", "SIDEKIQ_COUNT", "PASSENGER_MAX_POOL_SIZE",
        "PHP_FPM_PM_MAX_CHILDREN", "PM_MAX_CHILDREN", "CMAKE_BUILD_PARALLEL_LEVEL", "CARGO_BUILD_JOBS",
    )
)  # fmt: skip


class MemoryFlag(NamedTuple):
    """One setting."""

    name: str  # -Xmx | -XX:MaxRAMPercentage | GOMEMLIMIT | --max-old-space-size | --workers | ...
    value: str  # as written; "" for a switch
    source: str  # args | the environment variable


def from_words(words: Iterable[str], source: str) -> Iterator[MemoryFlag]:
    """Yield the settings among the words of a command line; a word may be a whole shell script."""
    before, short = "", ""
    for word in (part for text in words for part in text[:_MAX_TEXT].split()):
        bare = word.strip("\"'`;")
        short = _SHORT.get(bare.rpartition("/")[2], short)
        if before in _PAIRED and (_SIZE_OR_COUNT.fullmatch(bare) or _PAIR.fullmatch(bare)):
            yield MemoryFlag(before, bare, source)
        elif short and before == short and _SIZE_OR_COUNT.fullmatch(bare):
            yield MemoryFlag(short, bare, source)
        elif short and bare.startswith(short) and bare[2:].isdecimal():
            yield MemoryFlag(short, bare[2:], source)
        elif found := _WORD.fullmatch(bare):
            name = next(part for part in found.groups()[::2] if part)
            value = next((part for part in found.groups()[1::2] if part), "")
            yield MemoryFlag(name, value, source)
        before = bare


def from_environment(name: str, value: str) -> Iterator[MemoryFlag]:
    """Yield the settings in one environment variable, if it is one that may hold some."""
    if name in _OPTIONS_IN:
        yield from from_words([value], name)
    elif name == "MAKEFLAGS":
        yield from from_words(["make", value], name)
    elif _may_be(name, value):
        yield MemoryFlag(name, value, name)


def _may_be(name: str, value: str) -> bool:
    """Return True for a variable that holds a size or a count; .NET writes numbers of the environment in hexadecimal."""
    if name in _HEX_VALUES_OF:
        return _HEX.fullmatch(value) is not None
    return name in _VALUES_OF and (value == "off" or _SIZE_OR_COUNT.fullmatch(value) is not None)


def heap_limit_bytes(flags: Iterable[MemoryFlag], limit_bytes: int | None) -> int | None:
    """Return what a managed heap may grow to by -Xmx, MaxRAMPercentage, GOMEMLIMIT, V8's old space; the last counts."""
    found = None
    for flag in flags:
        size = _heap(flag, limit_bytes)
        found = found if size is None else size
    return found


def _heap(flag: MemoryFlag, limit_bytes: int | None) -> int | None:
    match flag.name.replace("_", "-").lstrip("-"):
        case "Xmx" | "XX:MaxHeapSize":
            return _scaled(flag.value.lower(), _JAVA)
        case "GOMEMLIMIT":
            return _scaled(flag.value, _GO)
        case "max-old-space-size":
            return _scaled(flag.value, {"": MIB})
        case "DOTNET-GCHeapHardLimit" | "COMPlus-GCHeapHardLimit":
            return int(flag.value, 16)
        case "DOTNET-GCHeapHardLimitPercent" | "COMPlus-GCHeapHardLimitPercent" if limit_bytes is not None:
            return limit_bytes * int(flag.value, 16) // 100
        case "XX:MaxRAMPercentage" | "max-old-space-size-percentage" if limit_bytes is not None:
            percent = _scaled(flag.value, {"": 1.0})
            return None if percent is None else limit_bytes * percent // 100
        case _:
            return None


def _scaled(text: str, units: dict[str, int] | dict[str, float]) -> int | None:
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    factor = units.get(text[len(digits) :])
    return int(float(digits) * factor) if factor is not None and digits else None


def worker_count(flags: Iterable[MemoryFlag]) -> int | None:
    """Return how many worker processes were asked for. The last setting counts; of a range (MAX,MIN) its larger end."""
    values = [flag.value.split(",")[0] for flag in flags if flag.name in _WORKERS]
    counts = [int(value) for value in values if value.isdecimal()]
    return counts[-1] if counts else None
