"""Who an incident happened to: identity by the cgroup path, QoS and request by oom_score_adj, scope by the limit's owner."""

from oomscope.incident.incident import Note, Scope, WorkloadRef
from oomscope.kernel.event import OomEvent
from oomscope.workload import Identity, identify, qos_from_adj, request_bytes, scope_of, workload_key

_KUBERNETES = "kubernetes"


def scope_and_caveat(event: OomEvent) -> tuple[Scope | None, str | None]:
    """Which limit was hit: read, never inferred. None where not even memcg or node can be told."""
    memcg = event.is_memcg
    if memcg is None:
        return None, None
    if memcg:
        owner = event.summary.oom_memcg if event.summary else None
        owner = owner or (event.memcg.stat_path if event.memcg else None)
        if owner is None:
            return "cgroup", None
        reading = scope_of(owner, event.summary.task_memcg if event.summary else None)
        return reading.scope, reading.same_limit_caveat
    match event.summary.constraint if event.summary else None:
        case "CONSTRAINT_CPUSET":
            return "cpuset", None
        case "CONSTRAINT_MEMORY_POLICY":
            return "mempolicy", None
    return ("mempolicy" if event.invoker and _policy(event) else "node"), None


def _policy(event: OomEvent) -> bool:
    """4.11 to 4.20 print the nodemask of a memory policy in the head; 4.9 and 4.10 print one always."""
    invoker = event.invoker
    return bool(
        invoker
        and invoker.nodemask
        and (event.machine.release or "").startswith(("4.1", "4.2"))
        and not (event.machine.release or "").startswith("4.10")
    )


def workload_of(event: OomEvent, scope: Scope | None) -> WorkloadRef:
    """The victim's workload, with the key that its repeats share.

    A node-wide kill repeats with the node, an ancestor's limit with that ancestor; only a workload's own limit repeats
    with the workload.
    """
    summary = event.summary
    owner = summary.oom_memcg if summary else None
    path = (summary.task_memcg if summary else None) or owner or (event.memcg.stat_path if event.memcg else None)
    who = identify(path)
    adj = next((v.oom_score_adj for v in event.victims if v.oom_score_adj is not None), None)
    qos, source = (who.qos_class, "cgroup path") if who.qos_class else (None, None)
    request = share = None
    if adj is not None and (who.orchestrator == _KUBERNETES or (path is None and abs(adj) > 900)):
        reading = qos_from_adj(adj)
        share = reading.request_share
        if qos is None and reading.qos_class is not None:
            qos, source = reading.qos_class, "oom_score_adj"
        if qos == "Burstable" and share is not None:
            request = _request(event, adj)
    return WorkloadRef(
        identity=who,
        key=_key(event, scope, who, path),
        qos_class=qos,
        qos_source=source,
        memory_request_bytes=request,
        memory_request_source="oom_score_adj" if request is not None else None,
        request_share=share if qos == "Burstable" else None,
    )


def _request(event: OomEvent, adj: int) -> int | None:
    info, page = event.mem_info, event.page_size_bytes
    if info is None or info.ram_pages is None or page is None:
        return None
    low_high = request_bytes(adj, (info.ram_pages - (info.reserved_pages or 0)) * page)
    return (low_high[0] + low_high[1]) // 2 if low_high else None


def _key(event: OomEvent, scope: Scope | None, who: Identity, path: str | None) -> str:
    place = f"@{event.host}" if event.host else ""
    if scope in ("node", "cpuset", "mempolicy"):
        return f"node{place}" if scope == "node" else f"node{place}/{scope}"
    owner = event.summary.oom_memcg if event.summary else None
    if scope in ("qos", "kubepods") and owner:
        return workload_key(identify(owner), owner) + place
    if path is None:
        comm = event.victims[0].comm if event.victims else "?"
        return f"comm/{comm}{place}"
    if owner is not None and owner != path and scope in ("service", "cgroup"):
        return workload_key(identify(owner), owner) + place
    return workload_key(who, path) + ("" if who.pod_uid else place)


def caveat_note(caveat: str | None, lines: tuple[int, int] | None) -> list[Note]:
    return [Note("pod-names-container-limit", _ONE_CONTAINER, lines)] if caveat else []


_ONE_CONTAINER = "if the pod has one container, read this as that container's limit: the two are the same"
