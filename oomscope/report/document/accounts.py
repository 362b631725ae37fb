"""What the accounts of one incident mean: what each tool showed at the kill, and the few sentences that its numbers call for.

Only what this incident's numbers make relevant is said; `topics` has the whole of each subject.
Sources: Documentation/admin-guide/cgroup-v2.rst (memory.stat), cgroup-v1/memory.rst 5.2 and 5.5; cAdvisor,
lib/container/libcontainer/handler.go, setMemoryStats; docker/cli, cli/command/container/stats_helpers.go.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oomscope.incident import Incident
from oomscope.incident.incident import Accounting
from oomscope.report.document.account_parts import Json, reading, saying, sum_words
from oomscope.units import share, size

_WORTH = 0.05  # of the usage: what is less changes no reader's mind
_REFAULTED = 2.0  # times the usage, read back in its life: thrashing, as rules/memcg/page_cache.toml has it
_MOST = 6


class _Numbers(NamedTuple):
    """The counters of the cgroup whose limit was hit, by v2's names."""

    usage: int
    anon: int | None
    file: int | None  # with shmem
    shmem: int | None
    inactive_file: int | None
    dirty: int
    unevictable: int
    version: int | None


def accounts_json(incident: Incident, facts: Mapping[str, object]) -> Json | None:
    """Readings by tool and sentences by topic; None where the report has no counters."""
    event = incident.event
    if event.is_memcg:
        numbers = _numbers(incident)
        if numbers is None:
            return None
        kubernetes = bool(facts.get("kubernetes"))
        readings = _readings(incident, numbers, kubernetes=kubernetes)
        says = list(_says(incident, numbers, facts, kubernetes=kubernetes))
    elif event.is_memcg is False and incident.accounting is not None:
        from oomscope.report.document.accounts_node import node_readings, node_says

        readings, says = node_readings(incident, facts), list(node_says(incident, facts))
    else:
        return None
    return {
        "readings": readings,
        "says": says[:_MOST],
    }


def _numbers(incident: Incident) -> _Numbers | None:
    memcg = incident.event.memcg
    if memcg is None or memcg.memory is None:
        return None
    stat = dict(memcg.stat)
    shmem = incident.accounting.of("shmem") if incident.accounting else None
    return _Numbers(
        usage=memcg.memory.usage_bytes,
        anon=stat.get("anon", stat.get("rss")),
        file=stat.get("file", stat.get("cache")),
        shmem=shmem if shmem is not None else stat.get("shmem"),
        inactive_file=stat.get("inactive_file"),
        dirty=sum(stat.get(key, 0) for key in ("file_dirty", "file_writeback", "dirty", "writeback")),
        unevictable=stat.get("unevictable", 0),
        version=memcg.version,
    )


def _readings(incident: Incident, n: _Numbers, *, kubernetes: bool) -> list[Json]:
    found = [
        reading(("container_memory_usage_bytes", "systemctl status"), n.usage, "everything that counts to the cgroup")
    ]
    if n.inactive_file is not None:
        tools = ("kubectl top",) if kubernetes else ()
        tools = (*tools, "container_memory_working_set_bytes", "docker stats")
        found.append(reading(tools, max(n.usage - n.inactive_file, 0), "usage − inactive_file"))
    if n.anon is not None:
        how = "anon" if n.version != 1 else "total_rss: anonymous memory only"
        found.append(reading(("container_memory_rss",), n.anon, how))
    if n.file is not None:
        how = "file, tmpfs among it" if n.version != 1 else "total_cache, tmpfs among it"
        found.append(reading(("container_memory_cache",), n.file, how))
    table, page = incident.event.tasks, incident.event.page_size_bytes
    if table is not None and page is not None and any(t.rss_pages for t in table.tasks):
        resident = sum(t.rss_pages or 0 for t in table.tasks) * page
        found.append(reading(("ps, top: all RES together",), resident, "pages that are shared stand in each process"))
    return found


def _says(incident: Incident, n: _Numbers, facts: Mapping[str, object], *, kubernetes: bool) -> Iterator[Json]:
    """The most consequential first."""
    if incident.accounting is not None:
        yield saying("usage", _sum(incident.accounting))
    yield from _cache(n, facts.get("refault_file_share"))
    yield from _tmpfs(incident, n)
    yield from _working_set(n, "kubectl top" if kubernetes else "docker stats")
    yield from _swap(incident)
    yield from _settings(incident, facts)
    yield from _request(incident)


def _sum(accounting: Accounting) -> str:
    """`usage of 64.0 MiB = anon 62.0 MiB + page cache 1.0 MiB + ...`, the rest by its name."""
    return "Usage of " + sum_words(
        accounting,
        (("anonymous memory", ("anon",)), ("tmpfs and shared memory", ("shmem",)), ("page cache", ("file",)), ("sockets", ("sock",)), ("huge pages", ("hugetlb",))),
        "kernel memory",
    )  # fmt: skip


def _cache(n: _Numbers, refaulted: object) -> Iterator[Json]:
    """Clean page cache never kills: reclaim drops it first, and goes on while it finds any."""
    if n.file is None:
        return
    cache = max(n.file - (n.shmem or 0), 0)
    if cache < _WORTH * n.usage:
        return
    kept = [f"{size(n.dirty)} dirty or under writeback"] if n.dirty else []
    kept += [f"{size(n.unevictable)} locked or unevictable"] if n.unevictable else []
    if kept:
        why = f"what it cannot drop at once is {' and '.join(kept)}"
    elif isinstance(refaulted, float) and refaulted >= _REFAULTED:
        why = "much was read back after it had been dropped: programs were at work on it"
    else:
        why = "the report does not say what kept it from being dropped"
    yield saying(
        "page-cache",
        f"Clean page cache cannot cause a kill, for the kernel drops it first; of the {size(cache)} here {why}.",
    )


def _tmpfs(incident: Incident, n: _Numbers) -> Iterator[Json]:
    if not n.shmem or n.shmem < _WORTH * n.usage:
        return
    pod = incident.workload.identity.orchestrator == "kubernetes"
    until = "the process, and in a volume of the pod the container too" if pod else "the process that wrote it"
    yield saying(
        "tmpfs",
        f"{size(n.shmem)} of tmpfs and shared memory stand under page cache in dashboards, but cannot be dropped, are "
        f"charged to whoever touched them first, and outlive {until}.",
    )


def _working_set(n: _Numbers, tool: str) -> Iterator[Json]:
    if n.inactive_file is None:
        return
    if n.inactive_file >= _WORTH * n.usage:
        left = size(max(n.usage - n.inactive_file, 0))
        yield saying(
            "working-set",
            f"{tool} showed {left}, {size(n.inactive_file)} less than the usage: it leaves out inactive file pages, the limit does not.",
        )
    elif n.anon is not None and n.anon < (1 - 2 * _WORTH) * n.usage:
        yield saying(
            "rss",
            f"container_memory_rss was {size(n.anon)}, {share(n.anon / n.usage)} of what the limit counts: an alert on it would have stayed silent.",
        )


def _swap(incident: Incident) -> Iterator[Json]:
    memcg = incident.event.memcg
    if memcg is None or memcg.memory is None:
        return
    if memcg.swap is not None and memcg.swap.limit_bytes == 0:
        yield saying("swap", "memory.swap.max is 0: none of its anonymous memory could leave for swap.")
    elif memcg.swap is not None and memcg.swap.usage_bytes:
        bound = "no limit" if memcg.swap.unlimited else size(memcg.swap.limit_bytes)
        yield saying(
            "swap",
            f"{size(memcg.swap.usage_bytes)} were in swap (memory.swap.max: {bound}), and do not count as usage.",
        )
    elif memcg.memsw is not None and not memcg.memsw.unlimited and not memcg.memory.unlimited:
        more = memcg.memsw.limit_bytes - memcg.memory.limit_bytes
        said = f"{size(more)} of swap" if more > 0 else "no swap at all"
        yield saying("swap", f"memory+swap is limited to {size(memcg.memsw.limit_bytes)}, which allows it {said}.")


def _settings(incident: Incident, facts: Mapping[str, object]) -> Iterator[Json]:
    """What the copied files of the cgroup, or the report itself, say of throttling and protection."""
    high, events, floor = (facts.get(f"cgroup_{name}") for name in ("high_bytes", "high_events", "min_bytes"))
    if isinstance(high, int):
        often = f", {events} times so far" if isinstance(events, int) else ""
        yield saying(
            "memory.high",
            f"Above memory.high of {size(high)} it was throttled and reclaimed{often}; only memory.max kills.",
        )
    memcg = incident.event.memcg
    held = max((b or 0 for b in (memcg.min_protection_bytes, memcg.low_protection_bytes)), default=0) if memcg else 0
    held = max(held, floor) if isinstance(floor, int) else held
    if held:
        yield saying(
            "memory.min", f"{size(held)} were protected by memory.min or memory.low: reclaim had to take from the rest."
        )
    if facts.get("cgroup_oom_kill_disable") is True:
        yield saying(
            "oom_kill_disable",
            "memory.oom_control has oom_kill_disable set: at the limit its tasks wait instead of being killed.",
        )
    if facts.get("cgroup_swappiness") == 0:
        yield saying("swap", "memory.swappiness is 0: its anonymous memory is hardly ever swapped.")


def _request(incident: Incident) -> Iterator[Json]:
    """A request is no limit: it sets who dies first when the node is full."""
    who = incident.workload
    if who.qos_class != "Burstable" or not incident.event.victims or who.memory_request_bytes is None:
        return
    adj = incident.event.victims[0].oom_score_adj
    if adj is not None:
        yield saying(
            "requests",
            f"Its request of about {size(who.memory_request_bytes)} became oom_score_adj {adj}; it neither reserves memory nor limits it.",
        )
