"""All facts of one incident."""

from oomscope.facts.advice import put_advice
from oomscope.facts.memcg import put_memcg
from oomscope.facts.node import put_node, put_owners
from oomscope.facts.repeats import Repeats, put_repeats
from oomscope.facts.side import put_side
from oomscope.facts.storms import put_storm
from oomscope.facts.table import FactTable
from oomscope.facts.tasks import put_tasks
from oomscope.facts.vocabulary import VOCABULARY
from oomscope.incident.incident import Incident
from oomscope.inputs.side_inputs import Side
from oomscope.workload import identify

_FORK = ("copy_process", "kernel_clone", "_do_fork", "do_fork", "dup_mm", "dup_task_struct")
_SHMEM = ("shmem_", "do_shared_fault")
_WRITE = (
    "generic_perform_write",
    "vfs_write",
    "ksys_write",
    "iomap_file_buffered_write",
    "ext4_da_write_begin",
    "grab_cache_page",
)
_OBJECT = (
    "obj_cgroup_charge",
    "kmem_cache_alloc",
    "__kmalloc",
    "mem_cgroup_charge_skmem",
    "alloc_slab",
    "memcg_slab",
    "pipe_write",
    "__alloc_skb",
)
_LIMIT_WRITE = ("memory_max_write", "mem_cgroup_resize_max", "mem_cgroup_resize_limit", "mem_cgroup_write")


def facts_of(incident: Incident, repeats: Repeats | None = None, side: Side | None = None) -> FactTable:
    """Every fact of the vocabulary; those that the log and the inputs do not tell are None."""
    table = FactTable(dict.fromkeys(VOCABULARY))
    _event(table, incident)
    _workload(table, incident)
    put_memcg(table, incident)
    put_node(table, incident)
    put_tasks(table, incident)
    put_owners(table, incident)
    _trace(table, incident)
    if repeats is not None:
        put_repeats(table, repeats)
        put_storm(table, repeats)
    if side is not None:
        put_side(table, incident, side)
    put_advice(table, incident, side.matches.get(incident.id) if side is not None else None)
    return table


def _event(table: FactTable, incident: Incident) -> None:
    event, summary, invoker = incident.event, incident.event.summary, incident.event.invoker
    branch = {True: "memcg", False: "node", None: "unknown"}[event.is_memcg]
    decided = event.sysrq or incident.killer != "kernel"
    table.put("branch", "decided" if decided else branch)
    place = summary.lines if summary else None
    table.put("scope", incident.scope, place)
    table.put("constraint", summary.constraint if summary else None, place)
    table.put("victims", len(event.victims))
    if event.victims:
        victim = event.victims[0]
        at = (victim.line, victim.line)
        table.put("victim_comm", victim.comm or f"pid {victim.pid}", at)
        table.put("victim_pid", victim.pid, at)
        table.put("victim_adj", victim.oom_score_adj, at)
        table.put("init_died", incident.is_init[0], at)
        table.put("kill_allocating", "oom_kill_allocating_task" in (victim.message or ""), at)
    if invoker is not None:
        at = (invoker.line, invoker.line)
        table.put("order", invoker.order, at)
        table.put("invoker_comm", invoker.comm, at)
        if event.victims and invoker.pid is not None:
            table.put("invoker_is_victim", invoker.pid == event.victims[0].pid, at)
        if invoker.gfp_flags:
            table.put("gfp_account", any("ACCOUNT" in f for f in invoker.gfp_flags), at)
    table.put("sysrq", event.sysrq, (invoker.line, invoker.line) if invoker else None)
    table.put("oom_group", event.oom_group is not None)
    table.put("no_killable", event.no_killable)
    table.put("kill_line_only", event.tasks is None and event.memcg is None and event.mem_info is None)
    if incident.killer != "kernel":
        table.put("userspace_killer", incident.killer, event.lines)


def _trace(table: FactTable, incident: Incident) -> None:
    trace = incident.event.trace
    if not trace:
        return
    text = " ".join(line for line in trace if "?" not in line)
    table.put("trace_fork", any(word in text for word in _FORK))
    table.put("trace_shmem", any(word in text for word in _SHMEM))
    table.put("trace_write", any(word in text for word in _WRITE))
    table.put("trace_kernel_object", any(word in text for word in _OBJECT))
    table.put("trace_limit_write", any(word in text for word in _LIMIT_WRITE))


def _workload(table: FactTable, incident: Incident) -> None:
    who, summary = incident.workload, incident.event.summary
    if summary is not None and summary.oom_memcg is not None:
        table.put("oom_memcg", summary.oom_memcg, summary.lines)
        table.put("limit_owner", owner_name(summary.oom_memcg, who.pod), summary.lines)
        _owner(table, summary.oom_memcg, summary.lines)
        if summary.task_memcg is not None:
            table.put("limit_owner_is_victim", summary.oom_memcg == summary.task_memcg, summary.lines)
        table.put("same_limit_pod", any(n.id == "pod-names-container-limit" for n in incident.notes), summary.lines)
    identity = who.identity
    if identity.orchestrator is not None or (summary is not None and summary.task_memcg is not None):
        table.put("kubernetes", identity.orchestrator == "kubernetes", summary.lines if summary else None)
    table.put("orchestrator", identity.orchestrator)
    table.put("unit", identity.unit)
    table.put("container_id", identity.container_id)
    if identity.level != "cgroup" or identity.unit is not None:
        inside = bool(identity.container_id or identity.pod_uid)
        table.put("victim_in_container", inside, summary.lines if summary else None)
    name = (
        who.pod or who.identity.unit_display or who.identity.name or who.identity.container_id or who.identity.pod_uid
    )
    table.put("workload", name)
    table.put("namespace", who.namespace)
    table.put("pod", who.pod)
    table.put("container", who.container)
    table.put("owner", who.owner)


def _owner(table: FactTable, path: str, lines: tuple[int, int]) -> None:
    """By which name the cgroup whose limit was hit is told another one; the victim may live far below it."""
    owner = identify(path)
    table.put("limit_by", owner.orchestrator, lines)
    users = "/user@" in path.rpartition("/")[0]  # of a user's own systemd, which takes no orders from the machine's
    if owner.level in ("service", "scope", "slice") and not users:
        table.put("limit_unit", owner.unit, lines)
    if owner.level == "container" and owner.orchestrator in ("docker", "podman"):
        table.put("limit_container", owner.container_id, lines)


def owner_name(path: str, pod: str | None) -> str:
    """The cgroup whose limit was hit, short enough for a sentence."""
    owner = identify(path)
    if owner.level == "container" and owner.container_id:
        return f"container {owner.container_id[:12]}"
    if owner.level == "pod":
        return f"pod {pod}" if pod else f"pod {(owner.pod_uid or '')[:8]}"
    if owner.level in ("qos", "kubepods"):
        return f"the {owner.qos_class} pods together" if owner.qos_class else "all pods together"
    short = owner.unit_display or owner.name
    return short or (path if len(path) <= 48 else f"...{path[-45:]}")
