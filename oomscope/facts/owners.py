"""Who holds the memory of a node: workloads by name and oom_score_adj, pods by the values that a kubelet gives."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable, Lines
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Task
from oomscope.units import quantity
from oomscope.workload import qos_from_adj

_QOS = "kubelet, pkg/kubelet/qos/policy.go"

FACTS = declared(
    "tasks",
    Fact("kubernetes_node", "truth", "tasks carry the oom_score_adj that a kubelet gives"),
    Fact("groups_over_tenth", "count", "workloads (by name and oom_score_adj) of more than a tenth of all tasks' footprint"),
    Fact("largest_group_comm", "text", "name of the workload with the largest footprint"),
    Fact("largest_group_share", "share", "its footprint over that of all tasks"),
    Fact("largest_group_of_ram", "share", "its footprint over RAM"),
    Fact("largest_group_lead", "count", "its footprint as a multiple of the next largest"),
    Fact("largest_is_workload", "truth", "it runs under an oom_score_adj that a kubelet gives to pods"),
    Fact("largest_is_daemon", "truth", "it runs outside the pods: a daemon of the node"),
    Fact("largest_adj", "count", "its oom_score_adj"),
    Fact("largest_entitled", "truth", "it is Guaranteed, or holds no more than the memory request that its oom_score_adj tells"),
    Fact("largest_over_request", "truth", "it holds half as much again as that request, or has none"),
    Fact("victim_in_largest_group", "truth", "the victim belongs to it"),
    Fact("daemons_of_ram", "share", "footprint of the processes outside pods, over RAM"),
    Fact("largest_group_bytes", "bytes", "footprint of the largest workload of the node"),
    Fact("largest_group_swap_bytes", "bytes", "how much of that is in swap"),
    Fact("largest_group_quantity", "text", "the same in Kubernetes units"),
    Fact("largest_requested", "text", "the memory request that its oom_score_adj tells, in Kubernetes units", _QOS),
    Fact("daemons_bytes", "bytes", "footprint of the processes outside pods"),
    Fact("daemons_quantity", "text", "the same in Kubernetes units, rounded up"),
)  # fmt: skip

_ANDROID = ("zygote", "zygote64", "lmkd", "system_server")
_MOST_LEAD = 100.0
_GUARANTEED = (-997, -998)  # the kubelet's, and that of its sandboxes

_Owner = tuple[str, int | None]
"""comm and oom_score_adj: processes that share both are one workload, as far as the table tells."""


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put who holds the node's memory, where the OOM was not a cgroup's."""
    if rows is None or incident.event.is_memcg or incident.event.tasks is None:
        return
    kube = _kubernetes(incident.event.tasks.tasks)
    table.put("kubernetes_node", kube, rows.lines)
    held: dict[_Owner, int] = {}
    first: dict[_Owner, int] = {}
    swapped: dict[_Owner, int] = {}
    for task, pages in zip(rows.rows, rows.pages, strict=True):
        owner = (task.comm, task.oom_score_adj)
        held[owner] = held.get(owner, 0) + pages * rows.page_bytes
        swapped[owner] = swapped.get(owner, 0) + (task.swap_pages or 0) * rows.page_bytes
        first.setdefault(owner, task.line)
    total = sum(held.values())
    if not total:
        return
    ranked = sorted(held.items(), key=lambda item: -item[1])
    largest, size = ranked[0]
    at = (first[largest], first[largest])
    table.put("groups_over_tenth", sum(weight > 0.1 * total for _, weight in ranked), rows.lines)
    table.put("largest_group_comm", largest[0], at)
    table.put("largest_group_share", size / total, at)
    table.put("largest_group_swap_bytes", swapped[largest] or None, at)
    table.put("largest_adj", largest[1], at)
    if len(ranked) > 1 and ranked[1][1]:
        table.put("largest_group_lead", min(size / ranked[1][1], _MOST_LEAD), at)
    workload = _is_pod(table, incident, largest, kube)
    if workload is not None:
        table.put("largest_is_workload", workload, at)
        table.put("largest_is_daemon", kube and not workload, at)
    _of_ram(table, held, largest, kube, bool(workload), at, rows.lines)


def _is_pod(table: FactTable, incident: Incident, largest: _Owner, kube: bool) -> bool | None:
    """Return whether the largest runs in a pod, or in a container as the victim does; None where nothing tells."""
    comm, adj = largest
    if not incident.event.victims:
        return _in_pod(adj) if kube else None
    victim = incident.event.victims[0]
    inside = victim.comm == comm and victim.oom_score_adj in (adj, None)
    table.put("victim_in_largest_group", inside, (victim.line, victim.line))
    in_container = table.values.get("victim_in_container")
    if not kube:
        return bool(in_container) if inside and in_container is not None else None
    return _in_pod(adj)


def _of_ram(
    table: FactTable, held: dict[_Owner, int], largest: _Owner, kube: bool, workload: bool, at: Lines, lines: Lines
) -> None:
    """What they hold of the node's RAM, and against what they asked for."""
    ram, size, adj = table.whole("ram_bytes"), held[largest], largest[1]
    if ram:
        table.put("largest_group_of_ram", size / ram, at)
        _sized(table, "largest_group", size)
    if kube and ram:
        daemons = sum(weight for (_, one), weight in held.items() if not _in_pod(one))
        table.put("daemons_of_ram", daemons / ram, lines)
        _sized(table, "daemons", daemons)
    if kube and workload and adj is not None and ram:
        _entitled(table, adj, size / ram, at)
    else:
        table.put("largest_entitled", False, at)  # who is no pod has asked for nothing
    asked = qos_from_adj(adj).request_share if adj is not None and workload else None
    if ram and asked is not None and asked[0] > 0 and table.values.get("branch") == "node":
        table.put("largest_requested", quantity(int(sum(asked) / 2 * ram)))


def _sized(table: FactTable, name: str, size: int) -> None:
    """What they hold as a size, for the headline and for remedies of a full node: as the table of the holders has it."""
    if size and table.values.get("branch") == "node":
        table.put(f"{name}_bytes", size)
        table.put(f"{name}_quantity", quantity(size))


def _entitled(table: FactTable, adj: int, of_ram: float, at: Lines) -> None:
    """What a pod holds against what it asked for; a Guaranteed pod asked for all of it."""
    share = qos_from_adj(adj).request_share
    asked = 1.0 if adj in _GUARANTEED else share[1] if share is not None else None
    if asked is None:
        return
    table.put("largest_entitled", of_ram <= 1.1 * asked, at)
    table.put("largest_over_request", of_ram > 1.5 * asked, at)


def _in_pod(adj: int | None) -> bool:
    return adj is not None and (2 <= adj <= 1000 or adj == -997)


def _kubernetes(tasks: tuple[Task, ...]) -> bool:
    """Return whether a kubelet manages this node: a sandbox at -998, a kubelet, or several values that only it gives."""
    if any(t.comm == "pause" and t.oom_score_adj == -998 for t in tasks) or any(t.comm == "kubelet" for t in tasks):
        return True
    if any(t.comm in _ANDROID for t in tasks):
        return False
    given = {t.oom_score_adj for t in tasks if t.oom_score_adj is not None and 2 <= t.oom_score_adj < 1000}
    return len({adj for adj in given if adj % 50}) >= 3  # systemd, browsers and desktops give round ones


TOPIC = OwnTopic(FACTS, put, needs=("ram_bytes", "victim_in_container", "branch"))
