"""The part of an incident's document that its own report tells: everything heavy."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from oomscope.incident import Incident
from oomscope.incident.incident import Note
from oomscope.kernel.event import Counter, MemcgReport, MemInfo, OomEvent, Task, Victim
from oomscope.masking import masked
from oomscope.report.document.accounts import accounts_json

Json = dict[str, Any]

VICTIM_SIZES = tuple(name for name in Victim._fields if name.endswith("_bytes"))
"""Every size that a kill line prints, as the schema has it too."""


def body_json(incident: Incident, facts: Mapping[str, object]) -> Json:
    """The report of one incident. Sizes are bytes; what the log does not say is null."""
    event, summary = incident.event, incident.event.summary
    return {
        "lines": list(event.lines),
        "boot_id": event.boot_id,
        "trust": event.trust,
        "killer": incident.killer,
        "gaps": [{"section": g.section, "reason": g.reason} for g in event.gaps],
        "host": event.host,
        "kernel_release": event.machine.release,
        "architecture": event.architecture,
        "page_size_bytes": event.page_size_bytes,
        "page_size_source": event.page_size_source,
        "constraint": summary.constraint if summary else None,
        "scope": incident.scope,
        "invoker": _invoker(event),
        "oom_memcg": summary.oom_memcg if summary else None,
        "task_memcg": summary.task_memcg if summary else None,
        "oom_group": None if event.tasks is None and event.summary is None else event.oom_group is not None,
        "memcg": _memcg(event.memcg, incident.working_set_bytes) if event.is_memcg and event.memcg else None,
        "node": _node(event.mem_info, event.page_size_bytes) if event.mem_info and not event.is_memcg else None,
        "accounting": _accounting(incident),
        "accounts": accounts_json(incident, facts),
        "tasks": _tasks(incident),
        "victims": [_victim(incident, n, v) for n, v in enumerate(event.victims)],
        "notes": [note_json(note) for note in incident.notes],
        "trace": list(event.trace),
    }


def note_json(note: Note) -> Json:
    """A finding that carries no odds. It may quote what others wrote."""
    return {"id": note.id, "text": _masked_once(note.text), "lines": list(note.lines) if note.lines else None}


_masked_once = lru_cache(maxsize=256)(masked)  # the same few notes stand beside thousands of incidents


def _invoker(event: OomEvent) -> Json | None:
    who = event.invoker
    if who is None:
        return None
    return {
        "comm": who.comm,
        "pid": who.pid,
        "gfp_mask": who.gfp_mask or None,
        "gfp_flags": list(who.gfp_flags),
        "order": who.order,
        "oom_score_adj": who.oom_score_adj,
        "cpuset": who.cpuset,
    }


def _pair(prefix: str, counter: Counter | None) -> Json:
    return {
        f"{prefix}usage_bytes": counter.usage_bytes if counter else None,
        f"{prefix}limit_bytes": counter.limit_bytes if counter else None,
    }


def _memcg(memcg: MemcgReport, working_set: int | None) -> Json:
    return {
        "version": memcg.version,
        **_pair("", memcg.memory),
        "failcnt": memcg.memory.failcnt if memcg.memory else None,
        **_pair("swap_", memcg.swap),
        **_pair("memsw_", memcg.memsw),
        **_pair("kmem_", memcg.kmem),
        "working_set_bytes": working_set,
        "stat": dict(memcg.stat),
    }


def _node(info: MemInfo, page: int | None) -> Json:
    def pages(count: int | None) -> int | None:
        return count * page if count is not None and count >= 0 and page is not None else None

    usable = info.ram_pages - (info.reserved_pages or 0) if info.ram_pages is not None else None
    counters = {f"{key}_bytes": pages(value) for key, value in info.counters_pages}
    return {
        "ram_bytes": pages(usable),
        "free_bytes": counters.get("free_bytes"),
        "swap_total_bytes": info.swap_total_bytes,
        "swap_free_bytes": info.swap_free_bytes,
        "counters": counters,
        "zones": [
            {
                "name": z.name, "node": z.node, "free_bytes": z.free_bytes, "min_bytes": z.min_bytes, "low_bytes": z.low_bytes,
                "high_bytes": z.high_bytes, "managed_bytes": z.managed_bytes, "present_bytes": z.present_bytes,
                "buddy": [list(block) for block in z.buddy],
            }
            for z in info.zones
        ],
        "hugepages": [{"node": h.node, "size_bytes": h.size_bytes, "total": h.total, "free": h.free} for h in info.hugepages],
        "unreclaimable_slab": [{"name": s.name, "used_bytes": s.used_bytes, "total_bytes": s.total_bytes} for s in info.slabs],
        "memory_allocations": [{"bytes": a.size_bytes, "calls": a.calls, "where": a.where} for a in info.allocations],
    }  # fmt: skip


def _accounting(incident: Incident) -> Json | None:
    found = incident.accounting
    if found is None:
        return None
    return {
        "total_bytes": found.total_bytes,
        "parts": [{"name": p.name, "bytes": p.bytes} for p in found.parts],
        "unaccounted_bytes": found.unaccounted_bytes,
    }


def _tasks(incident: Incident) -> list[Json]:
    table, page = incident.event.tasks, incident.event.page_size_bytes
    if table is None:
        return []
    ranks = {row.pid: row for row in incident.replay.rows} if incident.replay else {}

    def pages(count: int | None) -> int | None:
        return count * page if count is not None and count >= 0 and page is not None else None

    def one(task: Task) -> Json:
        rank = ranks.get(task.pid)
        return {
            "pid": task.pid, "tgid": task.tgid, "uid": task.uid, "comm": task.comm,
            "total_vm_bytes": pages(task.total_vm_pages), "rss_bytes": pages(task.rss_pages),
            "anon_rss_bytes": pages(task.anon_pages), "file_rss_bytes": pages(task.file_pages),
            "shmem_rss_bytes": pages(task.shmem_pages),
            "pgtables_bytes": pages(task.page_tables) if task.pgtables_bytes is None else task.pgtables_bytes,
            "swap_bytes": pages(task.swap_pages), "oom_score_adj": task.oom_score_adj,
            "badness_pages": rank.pages if rank else None, "rank": rank.rank if rank else None,
        }  # fmt: skip

    return [one(task) for task in table.tasks]


def _victim(incident: Incident, n: int, victim: Victim) -> Json:
    summary, reaped = incident.event.summary, victim.reaped
    return {
        "pid": victim.pid,
        "comm": victim.comm,
        "uid": victim.uid,
        "task_memcg": summary.task_memcg if summary else None,
        **{name: getattr(victim, name) for name in VICTIM_SIZES},
        "oom_score_adj": victim.oom_score_adj,
        "line": victim.line,
        "reaped": None if reaped is None else {
            "done": reaped.done, "line": reaped.line, "anon_rss_bytes": reaped.anon_rss_bytes,
            "file_rss_bytes": reaped.file_rss_bytes, "shmem_rss_bytes": reaped.shmem_rss_bytes,
        },
        "is_init": incident.is_init[n],
        "why_chosen": incident.why_chosen[n],
    }  # fmt: skip
