"""From a cgroup path, as a kernel prints it, to who lives there; and whose limit an `oom_memcg` is."""

from functools import lru_cache
from typing import Literal, NamedTuple

from oomscope.workload.batch import find_batch
from oomscope.workload.containers import containers_around, find_container
from oomscope.workload.identity import Identity, Level
from oomscope.workload.kubernetes import find_kubernetes
from oomscope.workload.path_parts import Found, join_path, split_path, unescape
from oomscope.workload.systemd import find_systemd, user_of

Scope = Literal["container", "pod", "qos", "kubepods", "service", "cgroup"]

_SCOPES: dict[Level, Scope] = {
    "container": "container",
    "pod": "pod",
    "qos": "qos",
    "kubepods": "kubepods",
    "service": "service",
    "scope": "cgroup",
    "slice": "cgroup",
    "root": "cgroup",
    "cgroup": "cgroup",
}

SAME_LIMIT_CAVEAT = (
    "a pod with one container has that container's limit, and holds a few pages more (pause, an earlier container's "
    "files), so the kernel mostly names the pod where the container's own limit is meant"
)


@lru_cache(4096)
def identify(path: str | None) -> Identity:
    """Return who a cgroup path (`task_memcg` or `oom_memcg`) belongs to; any text is read, and a strange one says nothing."""
    if path is None:
        return Identity()
    parts, found = _found(path)
    if not parts:
        return Identity(level="root" if path.startswith("/") else "cgroup")
    if found is None:
        return Identity(user_id=user_of(parts))
    identity = found.identity
    user = identity.user_id if identity.user_id is not None else user_of(parts[: found.at + 1])
    around = containers_around(parts, found.at)
    shown = unescape(identity.unit) if identity.unit else None
    return identity._replace(user_id=user, nested_in=around, unit_display=shown)


@lru_cache(4096)
def _found(path: str) -> tuple[tuple[str, ...], Found | None]:
    """Return the components of a path, and what they say by themselves."""
    parts = split_path(path)
    return parts, (find_kubernetes(parts) or _elsewhere(parts)) if parts else None


def _elsewhere(parts: tuple[str, ...]) -> Found | None:
    """Return who a path that no kubelet made belongs to: a job, a container, a container of a job, else a systemd unit."""
    job, container = find_batch(parts), find_container(parts)
    if job is None:
        return container or find_systemd(parts)
    if container is None or container.at <= job.at:
        return Found(job.identity._replace(inner=_inner(parts, job.at)), job.at)
    inner = container.identity
    return Found(inner._replace(orchestrator=job.identity.orchestrator, job_id=job.identity.job_id), container.at)


def _inner(parts: tuple[str, ...], at: int) -> str | None:
    return join_path(parts[at + 1 :]) if at + 1 < len(parts) else None


def contains(ancestor: str, path: str) -> bool:
    """True if the cgroup `path` is `ancestor` or lies below it."""
    ancestor, path = ancestor.rstrip("/"), path.rstrip("/")
    return path == ancestor or path.startswith(ancestor + "/")


class ScopeReading(NamedTuple):
    """Whose limit was hit. The scope is read off the path; the caveat says where reading it literally misleads."""

    scope: Scope
    same_limit_caveat: str | None = None


def scope_of(oom_memcg: str, task_memcg: str | None = None) -> ScopeReading:
    """Return whose limit `oom_memcg` is.

    A pod named as `oom_memcg` while the victim sits in one of its containers need not mean that the pod as a whole
    was too big: the kubelet gives a pod the sum of its containers' limits, and the pod holds the pause container and
    earlier containers' left-overs besides.
    """
    found = _found(oom_memcg)[1]
    scope = _SCOPES[found.identity.level] if found is not None else "cgroup"
    inside = task_memcg is not None and task_memcg != oom_memcg and contains(oom_memcg, task_memcg)
    kubernetes = scope == "pod" and found is not None and found.identity.orchestrator == "kubernetes"
    return ScopeReading(scope, SAME_LIMIT_CAVEAT if kubernetes and inside else None)


__all__ = ["SAME_LIMIT_CAVEAT", "Scope", "ScopeReading", "contains", "identify", "scope_of"]
