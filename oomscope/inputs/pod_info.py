"""Pods as an inventory tells them. Sizes are bytes; times are seconds since the epoch, UTC; None: it does not say."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from oomscope.inputs.memory_flags import MemoryFlag
from oomscope.workload.identity import Identity

ContainerKind = Literal["container", "init", "sidecar", "ephemeral"]
"""`sidecar` is an init container with restartPolicy Always."""


class Owner(NamedTuple):
    kind: str
    name: str
    inferred: bool = False  # a Deployment or CronJob told from the name of its ReplicaSet or Job


class Termination(NamedTuple):
    """How a container's last run ended."""

    reason: str | None = None  # OOMKilled | Error | Completed | ...
    exit_code: int | None = None
    started_at: float | None = None
    finished_at: float | None = None
    container_id: str | None = None

    @property
    def lifetime_seconds(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, self.finished_at - self.started_at)


class ContainerInfo(NamedTuple):
    name: str
    kind: ContainerKind = "container"
    image: str | None = None
    limit_bytes: int | None = None
    request_bytes: int | None = None
    restart_count: int | None = None
    state: str | None = None  # running | waiting | terminated
    state_reason: str | None = None  # CrashLoopBackOff | OOMKilled | ...
    started_at: float | None = None  # of the run that is on, or of the one that `state` says has ended
    ids: tuple[str, ...] = ()  # the present one first, then those of runs that have ended
    terminations: tuple[Termination, ...] = ()  # the latest first: `state` if it is one, then `lastState`
    memory_flags: tuple[MemoryFlag, ...] = ()

    @property
    def last_terminated(self) -> Termination | None:
        return self.terminations[0] if self.terminations else None


class MemoryVolume(NamedTuple):
    """An emptyDir of medium Memory: a tmpfs that is charged to who writes."""

    name: str
    size_limit_bytes: int | None = None
    mounted_by: tuple[str, ...] = ()  # containers


class PodInfo(NamedTuple):
    uid: str | None
    namespace: str | None
    name: str | None
    node: str | None = None
    qos_class: str | None = None
    phase: str | None = None
    owner: Owner | None = None
    containers: tuple[ContainerInfo, ...] = ()
    memory_volumes: tuple[MemoryVolume, ...] = ()
    started_at: float | None = None
    created_at: float | None = None
    limit_bytes: int | None = None  # pod-level resources
    request_bytes: int | None = None
    cgroup_uid: str | None = None  # a static pod's config hash, by which its cgroup is named


class Match(NamedTuple):
    """A pod of the inventory that an identity belongs to, and its container where that can be told."""

    pod: PodInfo
    container: ContainerInfo | None
    by: Literal["pod uid", "container id"]


def find(pods: Iterable[PodInfo], identity: Identity) -> Match | None:
    """The pod that a cgroup belongs to: by its UID, else by a container's id, also one that has ended.

    A pod with one container has none but that; else a container whose id the inventory has forgotten stays unknown.
    """
    ids = _ids(identity)
    candidates = list(pods)
    for pod in candidates:
        if identity.pod_uid and identity.pod_uid in (pod.uid, pod.cgroup_uid):
            return Match(pod, _container(pod, ids) or _only(pod, identity), "pod uid")
    for pod in candidates:
        if ids and (container := _container(pod, ids)):
            return Match(pod, container, "container id")
    return None


def only_with_limit(pod: PodInfo, limit_bytes: int) -> ContainerInfo | None:
    """The container that a limit belongs to, if just one of the pod has it: for runs that an inventory has forgotten."""
    having = [container for container in pod.containers if container.limit_bytes == limit_bytes]
    return having[0] if len(having) == 1 else None


def _ids(identity: Identity) -> tuple[str, ...]:
    """The container's id, then those of the containers around it: Docker in a pod's container has ids of its own."""
    names = [path.rpartition("/")[2].removesuffix(".scope") for path in reversed(identity.nested_in)]
    around = [name.rpartition("-")[2] for name in names]
    return tuple(id_ for id_ in (identity.container_id, *around) if id_)


def _container(pod: PodInfo, ids: tuple[str, ...]) -> ContainerInfo | None:
    for id_ in ids:
        for container in pod.containers:
            if any(one == id_ or (len(id_) >= 12 and one.startswith(id_)) for one in container.ids):
                return container
    return None


def _only(pod: PodInfo, identity: Identity) -> ContainerInfo | None:
    """The container of a pod that has just one. The pause container is in no inventory, but it uses next to nothing."""
    return pod.containers[0] if identity.container_id and len(pod.containers) == 1 else None
