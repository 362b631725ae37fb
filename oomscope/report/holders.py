"""Who held the memory: the largest few by name, with their shares, the victim among them."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.report.fields import Doc, number, rows, sub, text
from oomscope.units import share, size

_SHOWN = 4
_PART = 0.2  # of the whole: memory that belongs to no process alone is a row from here on
_FITS = 1.02  # rows that sum up to more than this count some memory twice; counters move by a little meanwhile
_SWAPPED = 0.1
_NO_REASON = ("not in the log", "not in the task table", "cannot be", "not known")
_PARTS = {
    "shmem": "tmpfs files and shared memory",
    "file": "page cache",
    "kernel": "kernel memory",
    "hugetlb": "reserved huge pages",
}
_KERNEL = frozenset(
    [
        "slab",
        "slab_unreclaimable",
        "slab_reclaimable",
        "kernel_stack",
        "pagetables",
        "sec_pagetables",
        "percpu",
        "vmalloc",
        "kernel_other",
        "kernel",
        "sock",
    ]
)


class Holder(NamedTuple):
    name: str  # a process name with how many there are, or a kind of memory
    comm: str  # empty for a kind of memory
    size: str
    share: str  # empty where shares would count memory twice
    swap: str
    killed: bool
    part: float  # of the whole, at most 1: for a bar


class Holders(NamedTuple):
    rows: tuple[Holder, ...]
    whole: str  # what the shares are of
    why: str  # why the victim, where it was not the largest


class _Sum(NamedTuple):
    comm: str
    number: int
    bytes: float
    swap: float
    killed: int


def holders(incident: Doc) -> Holders | None:
    """Return the largest holders; None where the log lists no processes."""
    processes = _processes(incident)
    if not processes:
        return None
    whole, name = _whole(incident, sum(one.bytes for one in processes))
    if whole <= 0:
        return None
    parts = [(part, bytes_) for part, bytes_ in _parts(incident).items() if bytes_ >= _PART * whole]
    twice = sum(one.bytes for one in processes) + sum(bytes_ for _, bytes_ in parts) > _FITS * whole
    found = [(one.bytes, _process(one, whole, twice)) for one in _chosen(processes)]
    found += [(bytes_, _part(part, bytes_, whole)) for part, bytes_ in parts]
    found.sort(key=lambda pair: -pair[0])
    note = "; memory that processes share counts in each of them" if twice else ""
    return Holders(tuple(row for _, row in found), name + note, _why(incident, processes))


def _processes(incident: Doc) -> list[_Sum]:
    """Processes of one name together, the largest first."""
    killed = {v.get("pid") for v in rows(incident, "victims")} - {None}
    of_node = not sub(incident, "memcg")
    sums: dict[str, _Sum] = {}
    for task in rows(incident, "tasks"):
        comm = text(task, "comm")
        if comm == "pause":
            continue
        old = sums.get(comm, _Sum(comm, 0, 0.0, 0.0, 0))
        rss = _resident(task, of_node=of_node)
        swap = number(task, "swap_bytes") or 0.0
        sums[comm] = _Sum(
            comm, old.number + 1, old.bytes + rss, old.swap + swap, old.killed + (task.get("pid") in killed)
        )
    return sorted(sums.values(), key=lambda one: -one.bytes)


def _resident(task: Doc, *, of_node: bool) -> float:
    """What a process held: on a full node all that the kernel counts of it, as in the headline; else what the limit counts."""
    anon, rss = number(task, "anon_rss_bytes"), number(task, "rss_bytes") or 0.0
    if of_node:
        return rss + (number(task, "pgtables_bytes") or 0.0)
    return rss if anon is None else anon


def _whole(incident: Doc, together: float) -> tuple[float, str]:
    usage = number(sub(incident, "memcg"), "usage_bytes") or number(sub(incident, "accounting"), "total_bytes")
    if sub(incident, "memcg") and usage:
        return usage, f"of {size(usage)} in use"
    ram = number(sub(incident, "node"), "ram_bytes")
    if ram:
        return ram, f"of {size(ram)} RAM"
    return together, "of what all processes held"


def _parts(incident: Doc) -> dict[str, float]:
    """Memory that belongs to no process alone, by what it is called here."""
    found: dict[str, float] = {}
    for part in rows(sub(incident, "accounting"), "parts"):
        name = "kernel" if text(part, "name") in _KERNEL else text(part, "name")
        if name in _PARTS:
            found[name] = found.get(name, 0.0) + (number(part, "bytes") or 0.0)
    return found


def _chosen(processes: Sequence[_Sum]) -> list[_Sum]:
    """The largest, and the victim if it is smaller."""
    shown = [one for one in processes[:_SHOWN] if one.bytes > 0]
    if any(one.killed for one in shown):
        return shown
    return shown + [one for one in processes if one.killed][:1]


def _process(one: _Sum, whole: float, twice: bool) -> Holder:
    name = one.comm if one.number == 1 else f"{one.comm} ({one.number} processes)"
    swap = f"and {size(one.swap)} in swap" if one.swap > _SWAPPED * max(one.bytes, 1.0) else ""
    part = one.bytes / whole
    return Holder(
        name, one.comm, size(one.bytes), "" if twice else share(min(part, 1.0)), swap, one.killed > 0, min(part, 1.0)
    )


def _part(name: str, bytes_: float, whole: float) -> Holder:
    part = min(bytes_ / whole, 1.0)
    return Holder(_PARTS[name], "", size(bytes_), share(part), "", False, part)


def _why(incident: Doc, processes: Sequence[_Sum]) -> str:
    """Why the victim died, where others held more."""
    victims = rows(incident, "victims")
    if not victims or processes[0].killed:
        return ""
    why = text(victims[0], "why_chosen")
    return "" if any(words in why for words in _NO_REASON) else why
