"""Pods as an inventory tells them. Sizes are bytes; times are seconds since the epoch, UTC; None: it does not say."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from oomscope.inputs.memory_flags import MemoryFlag
from oomscope.workload.identity import Identity

_ID_DIGITS = 12  # of a container's id, as docker ps and crictl ps show it

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


class PodIndex:
    """The pods of an inventory, found by their uids and by the ids of their containers."""

    def __init__(self, pods: Iterable[PodInfo]) -> None:
        self._pods = list(pods)
        self._by_uid: dict[str, PodInfo] = {}
        self._by_id: dict[str, list[tuple[int, str]]] = {}  # by the first digits: number of the pod, whole id
        for number, pod in enumerate(self._pods):
            for uid in (pod.uid, pod.cgroup_uid):
                if uid:
                    self._by_uid.setdefault(uid, pod)
            for container in pod.containers:
                for id_ in container.ids:
                    self._by_id.setdefault(id_[:_ID_DIGITS], []).append((number, id_))

    def find(self, identity: Identity) -> Match | None:
        """Return the pod that a cgroup belongs to: by its UID, else by a container's id, also one that has ended.

        A pod with one container has none but that; else a container whose id the inventory has forgotten stays unknown.
        """
        ids = _ids(identity)
        pod = self._by_uid.get(identity.pod_uid) if identity.pod_uid else None
        if pod is not None:
            return Match(pod, _container(pod, ids) or _only(pod, identity), "pod uid")
        numbers = [number for id_ in ids for number, one in self._by_id.get(id_[:_ID_DIGITS], ()) if _is_same(one, id_)]
        if not numbers:
            return None
        first = self._pods[min(numbers)]
        return Match(first, _container(first, ids), "container id")


def only_with_limit(pod: PodInfo, limit_bytes: int) -> ContainerInfo | None:
    """Return the container that has a limit, if just one of the pod does: for runs that an inventory has forgotten."""
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
            if any(_is_same(one, id_) for one in container.ids):
                return container
    return None


def _is_same(whole: str, id_: str) -> bool:
    """True if an id, or the beginning of one as it is shown in lists, is that of a container."""
    return whole == id_ or (len(id_) >= _ID_DIGITS and whole.startswith(id_))


def _only(pod: PodInfo, identity: Identity) -> ContainerInfo | None:
    """The container of a pod that has just one. The pause container is in no inventory, but it uses next to nothing."""
    return pod.containers[0] if identity.container_id and len(pod.containers) == 1 else None
