"""Batch and cluster managers: Slurm, ECS, Nomad, YARN, HTCondor, Mesos, Cloud Foundry.

sample:: /slurm/uid_1000/job_42/step_batch/task_0
sample:: /system.slice/slurmstepd.scope/job_42/step_0/user/task_0
sample:: /ecs/<task>/<container>
sample:: /ecstasks.slice/ecstasks-<task>.slice/docker-<container>.scope
sample:: /nomad/<allocation>.<task>
sample:: /nomad.slice/share.slice/<allocation>.<task>.scope
Slurm was seen in logs, ECS and Nomad read in source; the other four are from general knowledge.
"""

import re

from oomscope.patterns import lazy
from oomscope.workload.identity import Identity
from oomscope.workload.path_parts import UUID, Found, unescape

_SLURM_ROOT = lazy(r"slurm(?:_[^/]*)?|(?:[^/]*_)?slurmstepd\.scope")
_JOB = lazy(r"job_(\w{1,40})")
_STEP = lazy(r"step_([\w+.-]{1,40})")
_TASK = lazy(r"task_(\w{1,40})")
_UID = lazy(r"uid_(\d{1,10})")
_ECS_TASK = lazy(rf"(?:ecstasks-)?([0-9a-f]{{32}}|{UUID})(?:\.slice)?")
_ECS_CONTAINER = lazy(r"[0-9a-f]{64}|[0-9a-f]{32}-\d{1,12}")
_NOMAD = lazy(rf"({UUID})\.(.+?)(\.scope)?")
_YARN = lazy(r"container_(?:e\d{1,6}_)?(\d{1,16}_\d{1,10})_\d{1,6}_\d{1,10}")


def find_batch(parts: tuple[str, ...]) -> Found | None:
    """Return the job, task or allocation that a path belongs to, or None."""
    for at, part in enumerate(parts):
        found = _slurm(parts, at) or _ecs(parts, at) or _nomad(parts, at) or _others(part, parts, at)
        if found is not None:
            return found
    return None


def _slurm(parts: tuple[str, ...], at: int) -> Found | None:
    if "slurm" not in parts[at] or _SLURM_ROOT.fullmatch(parts[at]) is None:
        return None
    below = parts[at + 1 : at + 7]
    job, step, task, user = (_first(pattern, below) for pattern in (_JOB, _STEP, _TASK, _UID))
    return Found(
        Identity(
            level="scope" if parts[-1].endswith(".scope") else "cgroup",
            orchestrator="slurm",
            cgroup_driver="systemd" if parts[at].endswith(".scope") else "cgroupfs",
            user_id=int(user) if user else None,
            job_id=job,
            step_id=step,
            task_id=task,
        ),
        len(parts) - 1,
    )


def _first(pattern: re.Pattern[str], parts: tuple[str, ...]) -> str | None:
    return next((found[1] for part in parts if (found := pattern.fullmatch(part))), None)


def _ecs(parts: tuple[str, ...], at: int) -> Found | None:
    """`/ecs/<task>`, `/ecs/<cluster>/<task>`, `ecstasks.slice/ecstasks-<task>.slice`."""
    if parts[at] not in ("ecs", "ecstasks.slice"):
        return None
    for index in range(at + 1, min(at + 3, len(parts))):
        if task := _ECS_TASK.fullmatch(parts[index]):
            after = parts[index + 1] if index + 1 < len(parts) else ""
            container = after if _ECS_CONTAINER.fullmatch(after) else None
            systemd = parts[index].endswith(".slice")
            return Found(
                Identity(
                    level="container" if container else "slice" if systemd else "cgroup",
                    orchestrator="ecs",
                    runtime="docker" if container else None,
                    cgroup_driver="systemd" if systemd else "cgroupfs",
                    container_id=container,
                    job_id=task[1].replace("_", "-"),
                ),
                index + (container is not None),
            )
    return Found(Identity(level="slice" if parts[-1].endswith(".slice") else "cgroup", orchestrator="ecs"), at)


def _nomad(parts: tuple[str, ...], at: int) -> Found | None:
    if parts[at] not in ("nomad", "nomad.slice"):
        return None
    for index in range(at + 1, min(at + 3, len(parts))):
        if found := _NOMAD.fullmatch(parts[index]):
            driver = "systemd" if found[3] else "cgroupfs"
            return Found(
                Identity("container", "nomad", None, driver, job_id=found[1], name=unescape(found[2])),  # type: ignore[arg-type]
                index,
            )
    return Found(Identity(level="slice" if parts[-1].endswith(".slice") else "cgroup", orchestrator="nomad"), at)


def _others(part: str, parts: tuple[str, ...], at: int) -> Found | None:
    if part.startswith("container_") and (yarn := _YARN.fullmatch(part)):
        return Found(Identity("container", "yarn", "yarn", "cgroupfs", container_id=part, job_id=yarn[1]), at)
    if at == 0 or len(parts) <= at:
        return None
    match parts[at - 1]:
        case "htcondor":
            return Found(Identity("cgroup", "htcondor", None, "cgroupfs", job_id=unescape(part)), at)
        case "mesos":
            return Found(Identity("container", "mesos", "mesos", "cgroupfs", container_id=unescape(part)), at)
        case "garden":
            return Found(Identity("container", "cloudfoundry", "garden", "cgroupfs", container_id=unescape(part)), at)
        case _:
            return None
