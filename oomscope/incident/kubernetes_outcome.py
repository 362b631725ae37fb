"""What Kubernetes did after a kill: whether the container was restarted, and what its status shows.

The kernel counts a kill in memory.events of the victim's own cgroup, whosever limit was hit (mm/oom_kill.c,
__oom_kill_process). containerd since 1.6 reports a container as OOMKilled by that count on cgroup v2 (pkg/oom/v2); on
cgroup v1 a container hears of each limit at or above it, and of a node that runs out of memory it does not.
"""

from collections.abc import Iterable
from typing import NamedTuple

from oomscope.incident.incident import Incident
from oomscope.workload import identify

RUNTIME_INIT = ("runc:[0:PARENT]", "runc:[1:CHILD]", "runc:[2:INIT]", "crun", "youki:[2:INIT]")
"""Names of a container's first process before it has become the container's own program."""

_TOGETHER_SECONDS = 5.0  # kills of one container that follow so fast are one end of it
_MUCH_SHMEM = 0.5


class KubernetesOutcome(NamedTuple):
    container_restarted: bool | None  # None: nothing tells; the restartPolicy is not in the log
    status_shows: str | None  # OOMKilled | Error | Running; None: not known
    why: str
    container_ended: bool | None = None


class Status(NamedTuple):
    """What an inventory of pods says about the container of one kill."""

    ended_by: str | None = None  # reason of the run that this kill ended, if the inventory still has it
    is_over: bool = False  # that run is the last one, and has ended
    restarts: int | None = None


def kubernetes_outcome(
    incident: Incident, killed_again: bool = False, status: Status | None = None
) -> KubernetesOutcome | None:
    """Return what became of the victim's container; None outside Kubernetes and where the kernel killed nobody.

    `killed_again`: a process of the same container was killed later, so this kill did not end it.
    """
    event, who = incident.event, incident.workload.identity
    if (
        who.orchestrator != "kubernetes"
        or incident.killer != "kernel"
        or incident.outcome != "killed"
        or not event.victims
    ):
        return None
    comm = event.victims[0].comm
    if comm in RUNTIME_INIT:
        return KubernetesOutcome(None, None, starting(incident, comm))
    if status is not None and (told := _told(status)) is not None:
        return told
    if killed_again:
        why = "a process of the same container was killed again later, so this kill did not restart it"
        return KubernetesOutcome(False, "Running", why, container_ended=False)
    if _group_is_container(event.oom_group):
        number = len(event.victims)
        died = f"all {number} of its processes died" if number > 1 else "every process of it died"
        why = f"memory.oom.group is set, so {died}: the container ended, and is restarted unless its restartPolicy is Never"
        return KubernetesOutcome(None, *_shown(incident, why), container_ended=True)
    match incident.is_init[0] if incident.is_init else None:
        case True:
            why = f"{comm} was the container's main process: the container ended, and is restarted unless its restartPolicy is Never"
            return KubernetesOutcome(None, *_shown(incident, why), container_ended=True)
        case False:
            why = f"{comm} was a child process: the container keeps running, and Kubernetes does not report the kill"
            return KubernetesOutcome(False, "Running", why, container_ended=False)
    return KubernetesOutcome(None, None, f"the log does not say whether {comm} was the container's main process")


def starting(incident: Incident, comm: str) -> str:
    """Return why a container whose runtime was hit could not start."""
    shmem = incident.accounting.of("shmem") if incident.accounting else None
    full = (
        shmem is not None and incident.accounting is not None and shmem >= _MUCH_SHMEM * incident.accounting.total_bytes
    )
    if full and incident.event.is_memcg:
        reason = "files on tmpfs fill the limit already, so there is no room left to start it"
    elif incident.scope == "container":
        reason = "the container's limit is too low to start it"
    elif incident.event.is_memcg:
        reason = "the limit is too low to start it beside what is in use already"
    else:
        reason = "there was no memory left to start it"
    said = f"{comm} is the container runtime that starts the container: {reason}"
    if incident.workload.identity.orchestrator != "kubernetes":
        return said
    return f'{said}. kubectl describe shows StartError or "container init was OOM-killed (memory limit too low?)"'


def killed_again(incidents: Iterable[Incident]) -> frozenset[str]:
    """Return the ids of the kills after which a process of the same container was killed: it had not been restarted."""
    by_container: dict[tuple[int, str], list[Incident]] = {}
    for one in incidents:
        container = one.workload.identity.container_id
        if container is not None and one.outcome == "killed" and one.killer == "kernel":
            by_container.setdefault((one.machine, container), []).append(one)
    found: set[str] = set()
    for kills in by_container.values():
        if len(kills) > 1:
            clocks = [c for c in map(_clock, kills) if c is not None]
            last = max(clocks) if len(clocks) == len(kills) else None
            found.update(one.id for one in kills if last is not None and last - (_clock(one) or 0.0) > _apart(one))
    return frozenset(found)


def _apart(one: Incident) -> float:
    """The processes of a group die one after the other; of others each later kill shows that the container went on."""
    return _TOGETHER_SECONDS if one.event.oom_group is not None or (one.is_init and one.is_init[0]) else 0.0


def _clock(one: Incident) -> float | None:
    event = one.event
    return event.wall_seconds if event.wall_seconds is not None else event.monotonic_seconds


def _told(status: Status) -> KubernetesOutcome | None:
    if status.ended_by is not None:
        if status.is_over:
            return KubernetesOutcome(
                False,
                status.ended_by,
                f"the pod's status says that it ended as {status.ended_by} and was not restarted",
                container_ended=True,
            )
        why = f"the pod's status says that this run ended as {status.ended_by}"
        return KubernetesOutcome(True, status.ended_by, why, container_ended=True)
    if status.restarts == 0:
        why = "the pod's status counts no restart of the container"
        return KubernetesOutcome(False, "Running", why, container_ended=False)
    return None


def _shown(incident: Incident, why: str) -> tuple[str | None, str]:
    """What the status shows for a container that ended."""
    if incident.scope == "container":
        return "OOMKilled", why
    if incident.event.is_memcg:
        old = incident.event.memcg is None or incident.event.memcg.version != 1
        return "OOMKilled", f"{why} ({_OTHERS_LIMIT})" if old else why
    return None, f"{why} ({_NODE})"


_OTHERS_LIMIT = "containerd before 1.6 shows Error, because the limit was not the container's own"
_NODE = "OOMKilled on cgroup v2 with containerd 1.6 or later, else Error with exit code 137"


def _group_is_container(group: str | None) -> bool:
    """True if memory.oom.group takes the whole container, and not only a cgroup inside it."""
    if group is None:
        return False
    identity = identify(group)
    return (
        identity.inner is None and identity.unit is None
        if identity.container_id
        else identity.orchestrator == "kubernetes"
    )
