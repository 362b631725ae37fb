"""Pods from `kubectl get pods -A -o json`: names, limits, restarts and the memory-backed volumes behind a cgroup's ids.

Accepted are a List, single Pods, a JSON array, and one Pod a line. What is not as the API makes it says nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from oomscope.inputs import memory_flags
from oomscope.inputs.pod_info import ContainerInfo, ContainerKind, MemoryVolume, Owner, PodInfo, Termination
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import Object, documents, member, rows, table, texts, whole, word
from oomscope.patterns import lazy
from oomscope.units import parse_quantity

_CONFIG_HASH = "kubernetes.io/config.hash"

# pod-template-hash: the API's safe alphabet has no vowels, older clusters wrote digits; other tools write any hex.
_REPLICASET = lazy(r"(.{1,253})-([0-9a-z]{5,10})")
_CRONJOB = lazy(r"(.{1,253})-(\d{8,11})")


def read_pods(path: str | Path) -> tuple[PodInfo, ...]:
    """Return the pods in a file. Raises InputError if it cannot be read or is no JSON."""
    return parse_pods(read_text(path, "give the pods of one node or namespace"), str(path))


def parse_pods(text: str, place: str = "the inventory") -> tuple[PodInfo, ...]:
    """Return the pods in a text, in its order; `place` is what an error calls it. Raises InputError if it is no JSON."""
    return tuple(_pod(pod) for document in documents(text, place) for pod in _pods(document))


def _pods(document: object) -> Iterator[Object]:
    if isinstance(document, list):
        yield from (pod for one in document for pod in _pods_of(one))
    else:
        yield from _pods_of(document)


def _pods_of(document: object) -> Iterator[Object]:
    """The pods of a List, or the pod that it is; Deployments and the like are not pods."""
    if isinstance(document, dict):
        items = rows(document, "items") if "items" in document else [document]
        yield from (one for one in items if one.get("kind", "Pod") == "Pod" and ("metadata" in one or "spec" in one))


def _pod(pod: Object) -> PodInfo:
    containers = tuple(_containers(pod))
    return PodInfo(
        uid=word(pod, "metadata", "uid"),
        namespace=word(pod, "metadata", "namespace"),
        name=word(pod, "metadata", "name"),
        node=word(pod, "spec", "nodeName"),
        qos_class=word(pod, "status", "qosClass"),
        phase=word(pod, "status", "phase"),
        owner=_owner(pod),
        containers=containers,
        memory_volumes=tuple(_volumes(pod)),
        started_at=moment(word(pod, "status", "startTime")),
        created_at=moment(word(pod, "metadata", "creationTimestamp")),
        limit_bytes=_memory(pod, "limits", "spec"),
        request_bytes=_memory(pod, "requests", "spec"),
        cgroup_uid=word(pod, "metadata", "annotations", _CONFIG_HASH),
    )


def _memory(of: object, which: str, *path: str) -> int | None:
    """A memory quantity of `resources`; a number is as good as a text."""
    found = member(of, *path, "resources", which, "memory")
    if isinstance(found, str) and len(found) <= 64:
        return parse_quantity(found)
    return whole(of, *path, "resources", which, "memory")


def moment(text: str | None) -> float | None:
    """Return a time in RFC 3339, as the API writes it, as seconds since the epoch."""
    if text is None or len(text) > 40:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _owner(pod: Object) -> Owner | None:
    """Who made the pod; a Deployment behind a ReplicaSet and a CronJob behind a Job are inferred from the names."""
    references = rows(pod, "metadata", "ownerReferences")
    reference = next(
        (one for one in references if one.get("controller") is True), references[0] if references else None
    )
    kind, name = word(reference, "kind"), word(reference, "name")
    if kind is None or name is None:
        return None
    if kind == "ReplicaSet" and (found := _REPLICASET.fullmatch(name)):
        hash_ = word(pod, "metadata", "labels", "pod-template-hash")
        if hash_ in (None, found[2]):
            return Owner("Deployment", found[1], inferred=True)
    if kind == "Job" and (found := _CRONJOB.fullmatch(name)):
        return Owner("CronJob", found[1], inferred=True)
    return Owner(kind, name)


def _containers(pod: Object) -> Iterator[ContainerInfo]:
    """Containers first, for they are what a kill is mostly about; then init containers, sidecars, ephemeral ones."""
    for spec_key, status_key, kind in (
        ("containers", "containerStatuses", "container"),
        ("initContainers", "initContainerStatuses", "init"),
        ("ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"),
    ):
        statuses = {word(one, "name"): one for one in rows(pod, "status", status_key)}
        for spec in rows(pod, "spec", spec_key):
            if name := word(spec, "name"):
                yield _container(name, spec, statuses.get(name, {}), _kind(spec, kind))


def _kind(spec: Object, kind: str) -> ContainerKind:
    if kind == "init":
        return "sidecar" if spec.get("restartPolicy") == "Always" else "init"
    return "ephemeral" if kind == "ephemeral" else "container"


def _container(name: str, spec: Object, status: Object, kind: ContainerKind) -> ContainerInfo:
    state = next((one for one in ("running", "waiting", "terminated") if table(status, "state", one)), None)
    ended = [table(status, "state", "terminated"), table(status, "lastState", "terminated")]
    terminations = tuple(_termination(one) for one in ended if one)
    ids = [_id(word(status, "containerID")), *(one.container_id for one in terminations)]
    return ContainerInfo(
        name=name,
        kind=kind,
        image=word(status, "image") or word(spec, "image"),
        limit_bytes=_memory(spec, "limits"),
        request_bytes=_memory(spec, "requests"),
        restart_count=whole(status, "restartCount"),
        state=state,
        state_reason=word(status, "state", state, "reason") if state else None,
        started_at=moment(word(status, "state", state, "startedAt")) if state else None,
        ids=tuple(dict.fromkeys(id_ for id_ in ids if id_)),
        terminations=terminations,
        memory_flags=tuple(_flags(spec)),
    )


def _termination(ended: Object) -> Termination:
    return Termination(
        reason=word(ended, "reason"),
        exit_code=whole(ended, "exitCode"),
        started_at=moment(word(ended, "startedAt")),
        finished_at=moment(word(ended, "finishedAt")),
        container_id=_id(word(ended, "containerID")),
    )


def _id(text: str | None) -> str | None:
    """`containerd://<64 hex>` without its scheme."""
    return text.rpartition("://")[2] or None if text else None


def _flags(spec: Object) -> Iterator[memory_flags.MemoryFlag]:
    """The environment first: what a command line says comes later and counts."""
    for variable in rows(spec, "env"):
        name, value = word(variable, "name"), word(variable, "value")
        if name and value:
            yield from memory_flags.from_environment(name, value)
    yield from memory_flags.from_words([*texts(spec, "command"), *texts(spec, "args")], "args")


def _volumes(pod: Object) -> Iterator[MemoryVolume]:
    for volume in rows(pod, "spec", "volumes"):
        name = word(volume, "name")
        if name is None or member(volume, "emptyDir", "medium") != "Memory":
            continue
        size = member(volume, "emptyDir", "sizeLimit")
        yield MemoryVolume(
            name=name,
            size_limit_bytes=parse_quantity(size) if isinstance(size, str) and len(size) <= 64 else whole(size),
            mounted_by=tuple(_mounters(pod, name)),
        )


def _mounters(pod: Object, volume: str) -> Iterator[str]:
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for container in rows(pod, "spec", key):
            name = word(container, "name")
            if name and any(mount.get("name") == volume for mount in rows(container, "volumeMounts")):
                yield name
