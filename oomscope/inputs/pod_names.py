"""Incidents with the names, limits and requests that an inventory of pods knows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from oomscope.incident.incident import Incident, WorkloadRef
from oomscope.inputs.pod_info import ContainerInfo, Match, Owner, PodIndex, PodInfo, only_with_limit
from oomscope.workload import identify, workload_key

_Marks = tuple[str, int | None]
"""The victim's name and oom_score_adj."""


def match_incidents(incidents: Sequence[Incident], pods: Sequence[PodInfo]) -> dict[str, Match]:
    """Return the pod, and where it can be told the container, of each incident that has one; by incident id."""
    index = PodIndex(pods)
    found = {i.id: match for i in incidents if (match := index.find(i.workload.identity)) is not None}
    alike = _containers_by_marks(incidents, found)
    return {i.id: _with_container(i, found[i.id], alike) for i in incidents if i.id in found}


_Alike = Mapping[tuple[str | None, _Marks], Mapping[str, ContainerInfo]]
"""Containers by name, by their pod's uid and by how their processes die."""


def _containers_by_marks(incidents: Sequence[Incident], found: Mapping[str, Match]) -> _Alike:
    alike: dict[tuple[str | None, _Marks], dict[str, ContainerInfo]] = defaultdict(dict)
    for incident in incidents:
        match, marks = found.get(incident.id), _marks(incident)
        if match is not None and match.container is not None and marks is not None:
            alike[match.pod.uid, marks][match.container.name] = match.container
    return alike


def _with_container(incident: Incident, match: Match, alike: _Alike) -> Match:
    """Return a match whose container the inventory has forgotten with the one that it must be; else as it is.

    A restarted container leaves one id behind, so of five kills mostly two are known. The others are of the container
    that has the limit which was hit, or of the one whose processes die under the same name and oom_score_adj.
    """
    if match.container is not None or incident.workload.identity.container_id is None:
        return match
    container, marks = _by_limit(incident, match.pod), _marks(incident)
    if container is None and marks is not None:
        names = alike.get((match.pod.uid, marks), {})
        container = next(iter(names.values())) if len(names) == 1 else None
    return match._replace(container=container)


def _by_limit(incident: Incident, pod: PodInfo) -> ContainerInfo | None:
    memory = incident.event.memcg.memory if incident.event.memcg else None
    if memory is None or memory.unlimited or incident.scope != "container":
        return None
    return only_with_limit(pod, memory.limit_bytes)


def _marks(incident: Incident) -> _Marks | None:
    victim = incident.event.victims[0] if incident.event.victims else None
    return (victim.comm, victim.oom_score_adj) if victim else None


def name_incidents(incidents: Sequence[Incident], matches: Mapping[str, Match]) -> list[Incident]:
    """Return the incidents with what the inventory says about their pods.

    The key takes the container's name in only where every kill in the pod has one: half a group would be two.
    """
    whole: dict[str | None, bool] = defaultdict(lambda: True)
    for match in matches.values():
        whole[match.pod.uid] &= match.container is not None
    return [
        i._replace(workload=_named(i, matches[i.id], whole[matches[i.id].pod.uid])) if i.id in matches else i
        for i in incidents
    ]


def _named(incident: Incident, match: Match, by_container: bool) -> WorkloadRef:
    who, pod, container = incident.workload, match.pod, match.container
    request = container.request_bytes if container else None
    path = incident.event.summary.task_memcg if incident.event.summary else None
    own_limit = who.key == workload_key(who.identity, path)
    key = who.key
    if by_container and container and own_limit and who.identity.pod_uid and _container_may_be_meant(incident):
        key = workload_key(identify(path), path, container=container.name)
    return who._replace(
        key=key,
        qos_class=pod.qos_class or who.qos_class,
        qos_source="pods" if pod.qos_class else who.qos_source,
        namespace=pod.namespace,
        pod=pod.name,
        container=container.name if container else None,
        image=container.image if container else None,
        owner=owner_word(pod.owner),
        names_source="pods",
        memory_request_bytes=request if request is not None else who.memory_request_bytes,
        memory_request_source="pods" if request is not None else who.memory_request_source,
        memory_limit_bytes=container.limit_bytes if container else pod.limit_bytes,
    )


def _container_may_be_meant(incident: Incident) -> bool:
    """Whether it is the container's limit that was hit, or its pod's, which the kernel names for a pod of one."""
    return incident.scope in ("container", "pod")


def owner_word(owner: Owner | None) -> str | None:
    """Return `deployment/web`: the kind as kubectl takes it, and the name."""
    return f"{owner.kind.lower()}/{owner.name}" if owner else None
