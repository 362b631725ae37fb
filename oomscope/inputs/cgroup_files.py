"""The memory files of a cgroup, v1 or v2, as somebody copied or dumped them: settings and counters that no log prints.

A folder (a copy of the cgroup's own, or the live one below /sys/fs/cgroup), or one text in which each file follows its
name, as `head *`, `tail -n +1 *` and `grep . *` print it::

    ==> memory.high <==
    104857600
    memory.swappiness:60

`cat memory.usage_in_bytes memory.limit_in_bytes memory.stat` prints no names: the rows of a keyed file tell which it is,
and the limit that memory.stat has in v1 tells which of the bare numbers is the limit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.fact import Fact, Value, declared
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.untrusted_file import read_text
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line
from oomscope.units import size

FACTS = declared(
    "cgroup",
    Fact("cgroup_max_bytes", "bytes", "the cgroup's limit when its files were copied", "memory.max, memory.limit_in_bytes"),
    Fact("cgroup_usage_bytes", "bytes", "memory in use when its files were copied", "memory.current, memory.usage_in_bytes"),
    Fact("cgroup_anon_bytes", "bytes", "its anonymous memory then", "memory.stat: anon, total_rss"),
    Fact("cgroup_file_bytes", "bytes", "its page cache then, shmem with it", "memory.stat: file, total_cache"),
    Fact("cgroup_high_bytes", "bytes", "above that the cgroup is throttled and reclaimed, long before it is killed", "memory.high"),
    Fact("cgroup_high_events", "count", "how often it was throttled there", "memory.events: high"),
    Fact("cgroup_min_bytes", "bytes", "memory that is never reclaimed from it", "memory.min"),
    Fact("cgroup_peak_bytes", "bytes", "the most that it ever used", "memory.peak, memory.max_usage_in_bytes"),
    Fact("cgroup_swappiness", "count", "how readily its anonymous memory is swapped (v1); 0: hardly ever", "memory.swappiness"),
    Fact("cgroup_oom_kills", "count", "kills in it and below since it was made", "memory.events or memory.oom_control: oom_kill"),
    Fact("cgroup_oom_kill_disable", "truth", "its tasks wait at the limit instead of being killed (v1)", "memory.oom_control: oom_kill_disable"),
    Fact("cgroup_oom_group", "truth", "a kill takes all of its tasks", "memory.oom.group"),
)  # fmt: skip

_MAX_BYTES = 16 << 20
_NAMES = lazy(r"memory\.[a-z_.]{1,40}|cgroup\.[a-z_.]{1,40}")
_HEAD = lazy(r"(?:==> )?(?:\S*/)?(memory\.[a-z_.]{1,40})(?: <==|:)?")
_PAIR = lazy(r"(?:\S*/)?(memory\.[a-z_.]{1,40}):(.*)")
_LIMITS = ("memory.max", "memory.limit_in_bytes")


class CgroupFiles(NamedTuple):
    """Lines by file name. `path` is the folder's, as given: its end may be the cgroup's own path."""

    path: str
    lines: Mapping[str, tuple[str, ...]]

    def number(self, *names: str) -> int | None:
        """Return the number that a file holds; None for "max" and for the kernel's no-limit."""
        for name in names:
            text = self.lines.get(name, ("",))[0].strip() if self.lines.get(name) else ""
            if text.isdecimal() and len(text) <= 19 and int(text) < 1 << 62:
                return int(text)
        return None

    def counter(self, name: str, key: str) -> int | None:
        """Return one row of a flat keyed file: `oom_kill 3`."""
        for line in self.lines.get(name, ()):
            words = line.split()
            if len(words) == 2 and words[0] == key and words[1].isdecimal() and len(words[1]) <= 19:
                return int(words[1])
        return None


def read_cgroup(path: str) -> CgroupFiles:
    """Return the memory files in a folder or a dump. Raises InputError if there are none."""
    place = safe_line(path)
    try:
        found = Path(path)
        lines = (
            _folder(found) if found.is_dir() else _dump(read_text(found, "print the files of one cgroup", _MAX_BYTES))
        )
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: {getattr(error, 'strerror', None) or 'cannot be read'}") from None
    if not lines:
        expected = "a copy of a cgroup's folder, or what `grep . memory.*` prints in it"
        raise InputError(f"{place}: no memory.* file of a cgroup in it; expected {expected}")
    return CgroupFiles(path, lines)


def _folder(path: Path) -> dict[str, tuple[str, ...]]:
    files = [one for one in sorted(path.glob("memory.*")) if _NAMES.fullmatch(one.name) and one.is_file()]
    out: dict[str, tuple[str, ...]] = {}
    for one in files:
        try:
            out[one.name] = tuple(read_text(one, "copy it once more", _MAX_BYTES).splitlines())
        except InputError:
            continue  # memory.reclaim and the like may only be written
    return out


def _dump(text: str) -> dict[str, tuple[str, ...]]:
    """Of several dumps over time the last counts."""
    out: dict[str, list[str]] = {}
    name, previous = None, None
    for line in text.splitlines():
        line = line.strip()
        if head := _HEAD.fullmatch(line):
            name = head[1]
            out[name] = []
        elif pair := _PAIR.fullmatch(line):
            if pair[1] != previous:
                out[pair[1]] = []
            out[pair[1]].append(pair[2])
            name, previous = None, pair[1]
        elif name is not None and line:
            out[name].append(line)
    return {key: tuple(values) for key, values in (out or _nameless(text)).items()}


_STAT_V1, _STAT_V2 = ("hierarchical_memory_limit", "total_rss", "rss"), ("anon", "file", "kernel_stack")
_KEYED = (
    ("memory.events", ("low", "high", "max", "oom", "oom_kill", "oom_group_kill")),
    ("memory.oom_control", ("oom_kill_disable", "under_oom")),
)


def _nameless(text: str) -> dict[str, list[str]]:
    """The files that one `cat` printed one after the other; nothing where no memory.stat is among them."""
    out: dict[str, list[str]] = defaultdict(list)
    bare: list[str] = []
    for line in map(str.strip, text.splitlines()):
        words = line.split()
        if len(words) == 1 and (words[0].isdecimal() or words[0] == "max"):
            bare.append(words[0])
        elif len(words) == 2 and words[1].isdecimal():
            name = next(
                (file for file, keys in _KEYED if words[0] in keys and words[0] not in _first_words(out[file])),
                "memory.stat",
            )
            out[name].append(line)
    stat = dict(line.split() for line in out["memory.stat"])
    if not any(key in stat for key in (*_STAT_V1, *_STAT_V2)):
        return {}
    usage, limit = _usage_and_limit(bare[-2:], stat.get("hierarchical_memory_limit"))
    v1 = "anon" not in stat
    if usage is not None:
        out["memory.usage_in_bytes" if v1 else "memory.current"] = [usage]
    if limit is not None:
        out["memory.limit_in_bytes" if v1 else "memory.max"] = [limit]
    return dict(out)


def _first_words(lines: Sequence[str]) -> set[str]:
    return {line.split()[0] for line in lines}


def _usage_and_limit(bare: Sequence[str], hierarchical: str | None) -> tuple[str | None, str | None]:
    """Which of the bare numbers is which: the limit is no less than the usage, and memory.stat names it in v1."""
    numbers = [one for one in bare if one.isdecimal()]
    limit = hierarchical if hierarchical is not None else "max" if "max" in bare else None
    if limit is None and len(numbers) == 2:
        limit = max(numbers, key=int)
    usage = next((one for one in numbers if one != limit), numbers[0] if numbers and limit in numbers[1:] else None)
    return usage, limit


def cgroup_facts(paths: Sequence[str], incidents: Sequence[Incident]) -> dict[str, dict[str, Value]]:
    """Return facts by incident id. Raises InputError for what cannot be read."""
    by_name: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        for name in _names(incident):
            by_name[name].append(incident)
    out: dict[str, dict[str, Value]] = {}
    for files in [read_cgroup(path) for path in paths]:
        known = {name: value for name, value in _facts(files).items() if value is not None}
        mine = by_name.get(_last_part(files.path), [])
        if len(paths) == 1:
            mine = [*mine, *(incident for incident in incidents if _has_its_limit(files, incident))]
            mine = mine or _only_one(incidents)
        for incident in mine:
            out.setdefault(incident.id, {}).update(known)
    return out


_NOTED = (
    ("cgroup_max_bytes", "limit"), ("cgroup_usage_bytes", "usage"), ("cgroup_anon_bytes", "anonymous memory"),
    ("cgroup_file_bytes", "page cache"), ("cgroup_peak_bytes", "peak"),
)  # fmt: skip


def note_of(values: Mapping[str, Value]) -> Note | None:
    """Return what the files say in a sentence; None where they hold no size."""
    said = [f"{name} {size(number)}" for key, name in _NOTED if isinstance(number := values.get(key), int)]
    return (
        Note("cgroup-files", f"its memory files, copied at another moment than that of the kill: {', '.join(said)}")
        if said
        else None
    )


def _last_part(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _names(incident: Incident) -> set[str]:
    """Return the last part of each cgroup path of an incident: a folder that was copied keeps no more of it."""
    summary = incident.event.summary
    paths = (summary.oom_memcg, summary.task_memcg) if summary else ()
    return {_last_part(path) for path in paths if path and len(path.rstrip("/")) > 1}


def _has_its_limit(files: CgroupFiles, incident: Incident) -> bool:
    """True if the limit is the same: where only one cgroup was handed over, it is that one."""
    memory, limit = incident.event.memcg.memory if incident.event.memcg else None, files.number(*_LIMITS)
    return memory is not None and limit is not None and limit == memory.limit_bytes


def _only_one(incidents: Sequence[Incident]) -> list[Incident]:
    """The incidents of the only workload, where the log does not tell its limit: whoever hands files over means those."""
    one = len({incident.workload.key for incident in incidents}) == 1
    known = any(incident.event.memcg and incident.event.memcg.memory for incident in incidents)
    return list(incidents) if one and not known and all(incident.scope != "node" for incident in incidents) else []


def _facts(files: CgroupFiles) -> dict[str, Value | None]:
    disabled = files.counter("memory.oom_control", "oom_kill_disable")
    group = files.number("memory.oom.group")
    return {
        "cgroup_usage_bytes": files.number("memory.current", "memory.usage_in_bytes"),
        "cgroup_anon_bytes": _first(files.counter("memory.stat", "anon"), files.counter("memory.stat", "total_rss"), files.counter("memory.stat", "rss")),
        "cgroup_file_bytes": _first(files.counter("memory.stat", "file"), files.counter("memory.stat", "total_cache"), files.counter("memory.stat", "cache")),
        "cgroup_swappiness": files.number("memory.swappiness"),
        "cgroup_high_bytes": files.number("memory.high"),
        "cgroup_min_bytes": files.number("memory.min"),
        "cgroup_max_bytes": files.number(*_LIMITS),
        "cgroup_peak_bytes": files.number("memory.peak", "memory.max_usage_in_bytes"),
        "cgroup_oom_kills": _first(files.counter("memory.events", "oom_kill"), files.counter("memory.oom_control", "oom_kill")),
        "cgroup_high_events": files.counter("memory.events", "high"),
        "cgroup_oom_kill_disable": None if disabled is None else disabled == 1,
        "cgroup_oom_group": None if group is None else group == 1,
    }  # fmt: skip


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
