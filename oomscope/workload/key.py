"""What repeats of one workload are grouped by."""

from oomscope.patterns import lazy
from oomscope.workload.identity import Identity
from oomscope.workload.path_parts import UUID

_IDS = lazy(rf"{UUID}|(?<![0-9a-f])[0-9a-f]{{32,64}}(?![0-9a-f])")
_PID = lazy(r"(?<=[-@])\d{1,10}(?=\.(?:scope|service)$)")


def workload_key(identity: Identity, path: str | None, *, container: str | None = None) -> str:
    """One text for all incidents of one workload; it survives a container's restart.

    A pod's UID stays while its containers come and go with new ids, so a container of a pod counts by its name where an
    inventory knows it (`container`), else all containers of the pod count as one workload. Docker and Podman restart a
    container under its old id. A unit counts by name; a snap or desktop application without the ids of one run.
    """
    return "/".join((*_around(identity), *_words(identity, path, container)))


def _words(who: Identity, path: str | None, container: str | None) -> tuple[str, ...]:
    kind = who.orchestrator or "cgroup"
    if who.pod_uid:
        return (kind, "pod", who.pod_uid, *([container] if container else []))
    if who.level in ("qos", "kubepods"):
        return (kind, who.qos_class or "kubepods")
    if kind in ("slurm", "ecs", "nomad") and who.job_id:
        return (kind, *filter(None, (who.job_id, who.step_id, who.name, container)))
    if who.container_id:
        return (kind, who.container_id, *([who.unit] if who.unit else []))
    inner = [who.unit] if who.unit and who.inner else []
    if who.job_id or (who.name and kind != "systemd") or who.runtime == "nspawn":
        return (kind, *filter(None, (who.job_id, who.name)), *inner)
    if who.unit:
        user = [f"user-{who.user_id}"] if who.user_id is not None else []
        unit = _PID.sub("*", _IDS.sub("*", who.unit)) if who.name else who.unit
        return (kind, *user, unit)
    return (kind, _IDS.sub("*", path).strip("/")) if path is not None else (kind,)


def _around(who: Identity) -> tuple[str, ...]:
    """Units of the same name live in many containers; ids of pods and containers are their own."""
    return () if who.pod_uid or who.container_id else tuple(path.strip("/") for path in who.nested_in)
