"""The JSON document: everything else is a view of it. Names and meanings are those of the published schema."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from oomscope import __version__
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import Repeats
from oomscope.incident import Incident
from oomscope.inputs.side_input import Asked
from oomscope.kernel.event import Counter, MemcgReport, MemInfo, OomEvent, Task, Victim
from oomscope.read import InputSummary
from oomscope.read.clock.machines import Machine
from oomscope.report.document.accounts import accounts_json
from oomscope.report.document.open_questions import asked, changes_json, undecided_json, wanted_json

Json = dict[str, Any]
SCHEMA_VERSION = "1.1"


def document(
    inputs: Sequence[InputSummary], machines: Sequence[Machine], incidents: Sequence[tuple[Incident, Verdict]], workloads: Sequence[tuple[Repeats, Verdict]],
    text_findings: Sequence[Json], rules_hash: str, facts: Sequence[Mapping[str, object]] = (),
) -> Json:  # fmt: skip
    """The whole analysis. The same input and options give the same document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "oomscope_version": __version__,
        "rules_hash": rules_hash,
        "inputs": [_input(one) for one in inputs],
        "machines": [_machine(n, one) for n, one in enumerate(machines)],
        "incidents": [
            _incident(incident, verdict, asked(incident), facts[n] if n < len(facts) else {})
            for n, (incident, verdict) in enumerate(incidents)
        ],
        "workloads": [
            _workload_group(repeats, verdict, asked(repeats.incidents[-1])) for repeats, verdict in workloads
        ],
        "text_findings": list(text_findings),
    }


def iso(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC, with microseconds; None stays None, and so does what no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return None


def _input(one: InputSummary) -> Json:
    return {
        "path": one.path,
        "member": one.member,
        "format": one.format,
        "bytes": one.bytes,
        "lines": one.lines,
        "sha256": one.sha256,
        "first_time": one.first_time,
        "last_time": one.last_time,
        "warnings": [{"code": w.code, "message": w.message, "line": w.line} for w in one.warnings],
    }


def _machine(number: int, one: Machine) -> Json:
    return {
        "id": number,
        "host": one.host,
        "boot_id": one.boot_id,
        "boot": one.boot,
        "kernel_release": one.kernel_release,
        "inputs": list(one.inputs),
        "how": one.how,
    }


def _incident(incident: Incident, verdict: Verdict, who: Asked, facts: Mapping[str, object]) -> Json:
    event, summary = incident.event, incident.event.summary
    return {
        "id": incident.id,
        "input": incident.input,
        "machine": incident.machine,
        "outcome": incident.outcome,
        "lines": list(event.lines),
        "time": {
            "monotonic_seconds": event.monotonic_seconds,
            "wall": iso(event.wall_seconds),
            "wall_source": event.wall_source,
        },
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
        "workload": _workload(incident),
        "notes": [{"id": n.id, "text": n.text, "lines": list(n.lines) if n.lines else None} for n in incident.notes],
        "also_seen": [{"input": i, "line": line} for i, line in incident.also_seen],
        "trace": list(event.trace),
        "verdict": verdict_json(verdict, who),
    }


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
        return count * page if count is not None and page is not None else None

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
        return count * page if count is not None and page is not None else None

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
        "total_vm_bytes": victim.total_vm_bytes,
        "anon_rss_bytes": victim.anon_rss_bytes,
        "file_rss_bytes": victim.file_rss_bytes,
        "shmem_rss_bytes": victim.shmem_rss_bytes,
        "pgtables_bytes": victim.pgtables_bytes,
        "oom_score_adj": victim.oom_score_adj,
        "line": victim.line,
        "reaped": None if reaped is None else {
            "done": reaped.done, "line": reaped.line, "anon_rss_bytes": reaped.anon_rss_bytes,
            "file_rss_bytes": reaped.file_rss_bytes, "shmem_rss_bytes": reaped.shmem_rss_bytes,
        },
        "is_init": incident.is_init[n],
        "why_chosen": incident.why_chosen[n],
    }  # fmt: skip


def _workload(incident: Incident) -> Json:
    who = incident.workload
    path = who.identity
    memcg = incident.event.memcg
    return {
        "orchestrator": path.orchestrator,
        "runtime": path.runtime,
        "cgroup_driver": path.cgroup_driver,
        "cgroup_version": memcg.version if memcg and incident.event.is_memcg else None,
        "pod_uid": path.pod_uid,
        "container_id": path.container_id,
        "qos_class": who.qos_class,
        "qos_source": who.qos_source,
        "namespace": who.namespace,
        "pod": who.pod,
        "container": who.container,
        "image": who.image,
        "owner": who.owner,
        "names_source": who.names_source,
        "unit": path.unit,
        "name": path.name,
        "memory_request_bytes": who.memory_request_bytes,
        "memory_request_source": who.memory_request_source,
        "memory_request_share": list(who.request_share) if who.request_share else None,
        "memory_limit_bytes": who.memory_limit_bytes,
        "key": who.key,
    }


def verdict_json(verdict: Verdict, who: Asked) -> Json:
    """A verdict with its whole ledger."""
    return {
        "cause": verdict.cause,
        "probability": round(verdict.probability, 4),
        "words": verdict.words,
        "title": verdict.title,
        "summary": verdict.summary,
        "branch": verdict.branch,
        "ranked": [{"cause": r.cause, "probability": round(r.probability, 4), "name": r.name} for r in verdict.ranked],
        "evidence": [
            {
                "id": e.id, "cause": e.cause, "weight": e.weight, "group": e.group, "says": e.says,
                "lines": list(e.lines) if e.lines else None, "source": e.source,
            }
            for e in verdict.evidence
        ],
        "undecided": undecided_json(verdict, who),
        "would_change": changes_json(verdict, who),
        "wanted": wanted_json(verdict, who),
        "remedies": [{"action": r.action, "detail": r.detail, "command": r.command} for r in verdict.remedies],
        "remedies_if": [
            {"cause": a.cause, "action": a.remedy.action, "detail": a.remedy.detail, "command": a.remedy.command} for a in verdict.alternatives
        ],
        "would_settle": [{"question": q.question, "command": q.command} for q in verdict.would_settle],
    }  # fmt: skip


def _workload_group(repeats: Repeats, verdict: Verdict, who: Asked) -> Json:
    members = repeats.incidents
    walls = [iso(m.event.wall_seconds) for m in members]
    known = sorted(w for w in walls if w)
    return {
        "key": repeats.key,
        "incidents": [m.id for m in members],
        "kills": sum(len(m.event.victims) for m in members),
        "first": known[0] if known else None,
        "last": known[-1] if known else None,
        "lifetimes_seconds": list(repeats.lifetimes_seconds),
        "lifetimes_source": repeats.lifetimes_source,
        "interval_seconds": list(repeats.intervals_seconds),
        "verdict": verdict_json(verdict, who),
    }
