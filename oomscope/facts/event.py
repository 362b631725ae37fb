"""Facts of the event: who asked for memory, who died, and which set of causes may be why."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Invoker, OomEvent

_OOM = "mm/oom_kill.c"

FACTS = declared(
    "head",
    Fact("branch", "text", "memcg, node or decided: which set of causes is weighed; unknown where the log does not say whose limit it was"),
    Fact("scope", "text", "whose limit was hit: container, pod, qos, kubepods, service, cgroup, node, cpuset, mempolicy"),
    Fact("constraint", "text", "the printed constraint", _OOM),
    Fact("order", "count", "the failed allocation is 2^order pages; -1 is SysRq-f", _OOM),
    Fact("victims", "count", "processes that this event killed"),
    Fact("victim_comm", "text", "name of the first victim"),
    Fact("victim_pid", "count", "pid of the first victim"),
    Fact("victim_adj", "count", "oom_score_adj of the first victim"),
    Fact("invoker_comm", "text", "name of the task whose allocation invoked the oom-killer"),
    Fact("invoker_is_victim", "truth", "the task that asked for memory is the one that died"),
    Fact("init_died", "truth", "the victim was its container's first process"),
    Fact("oom_group", "truth", "memory.oom.group killed the whole group"),
    Fact("no_killable", "truth", "the kernel found nothing that it may kill"),
    Fact("kill_allocating", "truth", "vm.oom_kill_allocating_task chose the victim, not its size"),
    Fact("sysrq", "truth", "somebody asked for the kill: SysRq-f, order -1, moom_callback in the trace"),
    Fact("userspace_killer", "text", "systemd-oomd, earlyoom, ...: not the kernel"),
    Fact("kill_line_only", "truth", "nothing but the kill line is left of the report"),
    Fact("kernel_release", "text", "release of the kernel, as the report's CPU line prints it"),
    Fact("cgroup_version", "count", "1 or 2: which version of cgroups the report's counters are of"),
    Fact("gfp_account", "truth", "the allocation that failed is a kernel object charged to the cgroup (__GFP_ACCOUNT)", "include/linux/gfp_types.h"),
)  # fmt: skip

_BRANCHES = {True: "memcg", False: "node", None: "unknown"}


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the first and last lines of the report say."""
    event, summary, invoker = incident.event, incident.event.summary, incident.event.invoker
    decided = event.sysrq or incident.killer != "kernel"
    table.put("branch", "decided" if decided else _BRANCHES[event.is_memcg])
    place = summary.lines if summary else None
    table.put("scope", incident.scope, place)
    if summary is not None:
        table.put("constraint", summary.constraint, place)
    table.put("victims", len(event.victims))
    if event.victims:
        _victim(table, incident)
    if invoker is not None:
        _invoker(table, event, invoker)
    table.put("sysrq", event.sysrq, (invoker.line, invoker.line) if invoker else None)
    table.put("kernel_release", event.machine.release)
    if event.memcg is not None and event.is_memcg:
        table.put("cgroup_version", event.memcg.version)
    table.put("oom_group", event.oom_group is not None)
    table.put("no_killable", event.no_killable)
    parts = (event.invoker, event.tasks, event.memcg, event.mem_info)
    table.put("kill_line_only", all(part is None for part in parts))
    if incident.killer != "kernel":
        table.put("userspace_killer", incident.killer, event.lines)


def _victim(table: FactTable, incident: Incident) -> None:
    victim = incident.event.victims[0]
    at = (victim.line, victim.line)
    table.put("victim_comm", victim.comm or f"pid {victim.pid}", at)
    table.put("victim_pid", victim.pid, at)
    table.put("victim_adj", victim.oom_score_adj, at)
    table.put("init_died", incident.is_init[0], at)
    table.put("kill_allocating", "oom_kill_allocating_task" in (victim.message or ""), at)


def _invoker(table: FactTable, event: OomEvent, invoker: Invoker) -> None:
    at = (invoker.line, invoker.line)
    table.put("order", invoker.order, at)
    table.put("invoker_comm", invoker.comm, at)
    if event.victims and invoker.pid is not None:
        table.put("invoker_is_victim", invoker.pid == event.victims[0].pid, at)
    if invoker.gfp_flags:
        table.put("gfp_account", "ACCOUNT" in "|".join(invoker.gfp_flags), at)


TOPIC = OwnTopic(FACTS, put)
