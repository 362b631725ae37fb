r"""Containers and virtual machines outside Kubernetes: Docker, Podman, containerd, LXC, nspawn, libvirt, Proxmox.

sample:: /docker/<id>
sample:: /system.slice/docker-<id>.scope
sample:: /machine.slice/libpod-<id>.scope/container
sample:: /user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_<id>.slice/libpod-<id>.scope
sample:: /lxc.payload.web1/system.slice/nginx.service
sample:: /machine.slice/machine-qemu\x2d5\x2dweb.scope/libvirt/emulator
"""

from collections.abc import Iterator

from oomscope.patterns import lazy
from oomscope.workload.identity import Identity
from oomscope.workload.path_parts import Found, container_name, join_path, unescape
from oomscope.workload.systemd import level_below, unit_of

_PODMAN_POD = lazy(r"(?:[\w.-]*-)?libpod_pod_([0-9a-f]{12,64})\.slice")
_BUILD = lazy(r"[0-9a-z]{20,64}")
_MACHINE = lazy(r"(qemu|lxc)-(\d{1,10})-(.+)")
_LIBVIRT_CGROUPFS = lazy(r"(?:qemu-\d{1,10}-)?(.+)\.libvirt-(qemu|lxc)")
_MAX_NESTED = 8


def find_container(parts: tuple[str, ...]) -> Found | None:
    """Return the innermost container or machine on the path, or None."""
    found = None
    for found in _containers(parts):  # noqa: B007 - the last one is wanted
        pass
    if found is None:
        return None
    below = parts[found.at + 1 :]
    return Found(
        found.identity._replace(
            level=level_below(below, found.identity.level),
            unit=unit_of(below) or found.identity.unit,
            inner=join_path(below) if below else None,
        ),
        found.at,
    )


# A word that a container's component holds, so that most paths need not be taken apart.
_MAY_BE_CONTAINER = lazy(r"[0-9a-f]{64}|docker|libpod|podman|lxc|machine|nspawn|payload|qemu|build|crio|containerd|ns$")


def containers_around(parts: tuple[str, ...], inside: int) -> tuple[str, ...]:
    """Return the paths of the containers that lie around the component `inside`, the outermost first, at most eight."""
    if _MAY_BE_CONTAINER.search("/".join(parts[:inside])) is None:
        return ()
    around = (found.at for found in _containers(parts[:inside]) if found.identity.level == "container")
    return tuple(join_path(parts[: at + 1]) for at, _ in zip(around, range(_MAX_NESTED), strict=False))


def _containers(parts: tuple[str, ...]) -> Iterator[Found]:
    for at, part in enumerate(parts):
        parent = parts[at - 1] if at else ""
        identity = _engine(part, parts[:at]) or _lxc(part, parent) or _machine(part, parent) or _build(part, parent)
        if identity is not None:
            yield Found(identity, at)


def _engine(part: str, above: tuple[str, ...]) -> Identity | None:
    """Docker's, Podman's and containerd's containers, and Podman's pods."""
    if pod := _PODMAN_POD.fullmatch(part):
        return Identity("pod", "podman", "podman", "systemd", unit=part, job_id=pod[1])
    name = container_name(part)
    if name is None:
        return None
    parent = above[-1] if above else ""
    runtime = name.runtime or {"docker": "docker", "actions_job": "docker", "k8s.io": "containerd"}.get(parent)
    pod = _PODMAN_POD.fullmatch(parent)
    return Identity(
        level="container",
        orchestrator=runtime if runtime in ("docker", "podman") else None,
        runtime=runtime,
        cgroup_driver="systemd" if name.systemd else "cgroupfs",
        container_id=name.id,
        job_id=pod[1] if pod else None,
    )


def _lxc(part: str, parent: str) -> Identity | None:
    """LXC, LXD, Incus, Proxmox containers; `lxc.monitor` is the process beside the container."""
    name = None
    if part.startswith("lxc.payload."):
        name = part.removeprefix("lxc.payload.")
    elif parent in ("lxc", "lxc.payload"):
        name = part
    if name:
        return Identity("container", "lxc", "lxc", "cgroupfs", name=unescape(name))
    if part.startswith("lxc.monitor.") or parent == "lxc.monitor":
        return Identity("cgroup", "lxc", "lxc", "cgroupfs", name=unescape(part.removeprefix("lxc.monitor.")))
    return None


def _machine(part: str, parent: str) -> Identity | None:
    """What systemd-machined knows (libvirt, nspawn), libvirt with cgroupfs, and Proxmox's virtual machines."""
    if part.startswith("machine-") and part.endswith(".scope"):
        name = unescape(part[len("machine-") : -len(".scope")])
        if found := _MACHINE.fullmatch(name):
            return Identity("scope", "libvirt", found[1], "systemd", unit=part, name=found[3])
        return Identity("container", "systemd", "nspawn", "systemd", unit=part, name=name)
    if part.startswith("systemd-nspawn@") and part.endswith(".service"):
        name = unescape(part[len("systemd-nspawn@") : -len(".service")])
        return Identity("container", "systemd", "nspawn", "systemd", unit=part, name=name)
    if ".libvirt-" in part and (found := _LIBVIRT_CGROUPFS.fullmatch(part)):
        return Identity("cgroup", "libvirt", found[2], "cgroupfs", name=unescape(found[1]))
    if parent == "qemu.slice" and part.endswith(".scope"):
        return Identity("scope", "proxmox", "qemu", "systemd", unit=part, name=part.removesuffix(".scope"))
    return None


def _build(part: str, parent: str) -> Identity | None:
    if parent == "buildkit" and _BUILD.fullmatch(part):
        return Identity("container", "docker", "buildkit", "cgroupfs", container_id=part)
    return None
