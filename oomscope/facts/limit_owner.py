"""Facts of the cgroups: whose limit was hit, and where the victim lived."""

from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable, Lines
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident
from oomscope.kernel.event import Summary
from oomscope.workload import Identity, identify

FACTS = declared(
    "head",
    Fact("oom_memcg", "text", "path of the cgroup whose limit was hit"),
    Fact("cgroup_folder", "text", "the folder of the cgroup whose limit was hit, by that version"),
    Fact("limit_owner", "text", "that cgroup in short: pod, container, unit"),
    Fact("limit_by", "text", "who made the cgroup whose limit was hit: kubernetes, docker, podman, systemd and the like"),
    Fact("limit_unit", "text", "the systemd unit whose limit was hit; the victim may be of another below it"),
    Fact("limit_container", "text", "id of the docker or podman container whose limit was hit"),
    Fact("kubernetes", "truth", "the victim's cgroup is of a kubelet's"),
    Fact("orchestrator", "text", "who made the victim's cgroup: kubernetes, docker, systemd, ..."),
    Fact("unit", "text", "the victim's systemd unit"),
    Fact("container_id", "text", "the victim's container id"),
    Fact("workload", "text", "the victim's pod, container or unit, as far as known"),
    Fact("limit_owner_is_victim", "truth", "the limit that was hit is the victim's own cgroup's"),
    Fact("victim_in_container", "truth", "the victim's cgroup is a container's or a pod's"),
    Fact("same_limit_pod", "truth", "the pod is named, its containers may share that one limit"),
)  # fmt: skip


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what the paths of the two cgroups say."""
    summary, identity = incident.event.summary, incident.workload.identity
    place = summary.lines if summary is not None else None
    if summary is not None and summary.oom_memcg is not None:
        _limit(table, incident, summary, summary.oom_memcg)
    if identity.orchestrator is not None or (summary is not None and summary.task_memcg is not None):
        table.put("kubernetes", identity.orchestrator == "kubernetes", place)
    table.put("orchestrator", identity.orchestrator)
    table.put("unit", identity.unit)
    table.put("container_id", identity.container_id)
    if identity.level != "cgroup" or identity.unit is not None:
        table.put("victim_in_container", bool(identity.container_id or identity.pod_uid), place)
    table.put("workload", identity.unit_display or identity.name or identity.container_id or identity.pod_uid)


def _limit(table: FactTable, incident: Incident, summary: Summary, path: str) -> None:
    own = path == (summary.task_memcg or path)  # then the victim's identity is that of this cgroup
    owner = incident.workload.identity if own else identify(path)
    table.put("oom_memcg", path, summary.lines)
    version = incident.event.memcg.version if incident.event.memcg is not None else None
    if version is not None:
        table.put("cgroup_folder", f"/sys/fs/cgroup{'/memory' if version == 1 else ''}{path}", summary.lines)
    table.put("limit_owner", owner_name(owner, path), summary.lines)
    _maker(table, owner, path, summary.lines)
    if summary.task_memcg is not None:
        table.put("limit_owner_is_victim", own, summary.lines)
    table.put("same_limit_pod", any(n.id == "pod-names-container-limit" for n in incident.notes), summary.lines)


def _maker(table: FactTable, owner: Identity, path: str, lines: Lines) -> None:
    """By which name its maker is told about the cgroup whose limit was hit; the victim may live far below it."""
    table.put("limit_by", owner.orchestrator, lines)
    users = "/user@" in path.rpartition("/")[0]  # of a user's own systemd, which takes no orders from the machine's
    if owner.level in ("service", "scope", "slice") and not users:
        table.put("limit_unit", owner.unit, lines)
    if owner.level == "container" and owner.orchestrator in ("docker", "podman"):
        table.put("limit_container", owner.container_id, lines)


def owner_name(owner: Identity, path: str) -> str:
    """Return the cgroup whose limit was hit, short enough for a sentence."""
    if owner.level == "container" and owner.container_id:
        return f"container {owner.container_id[:12]}"
    if owner.level == "pod":
        return f"pod {(owner.pod_uid or '')[:8]}"
    if owner.level in ("qos", "kubepods"):
        return f"the {owner.qos_class} pods together" if owner.qos_class else "all pods together"
    short = owner.unit_display or owner.name
    if short or len(path) <= 48:
        return short or path
    tail = path[-45:]
    return f"...{tail[max(tail.find('/'), 0) :]}"


TOPIC = OwnTopic(FACTS, put)
