"""What a cgroup path says about who lives there."""

from typing import Literal, NamedTuple

Level = Literal["container", "pod", "qos", "kubepods", "service", "scope", "slice", "root", "cgroup"]
"""Which kind of cgroup a path itself is. `scope` and `slice` are systemd's words; `cgroup` is any other."""

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]
CgroupDriver = Literal["systemd", "cgroupfs"]


class Identity(NamedTuple):
    """Read off one cgroup path. None means that the path does not say."""

    level: Level = "cgroup"
    orchestrator: str | None = (
        None  # kubernetes | docker | podman | systemd | slurm | ecs | nomad | lxc | libvirt | ...
    )
    runtime: str | None = None  # containerd | cri-o | docker | podman | lxc | nspawn | qemu | ...
    cgroup_driver: CgroupDriver | None = None
    pod_uid: str | None = None  # with dashes; a static pod's is 32 hex digits without
    container_id: str | None = None
    qos_class: QosClass | None = None
    unit: str | None = None  # the systemd unit as printed, escapes and all
    unit_display: str | None = None  # the same, unescaped and safe to print
    name: str | None = None  # of an LXC container, a machine, a snap, a desktop app, a Nomad task
    user_id: int | None = None
    session: str | None = None
    job_id: str | None = None  # Slurm job, ECS task, Nomad allocation, YARN or HTCondor job, podman pod
    step_id: str | None = None
    task_id: str | None = None
    inner: str | None = None  # what lies below the container: "/init.scope"
    nested_in: tuple[str, ...] = ()  # paths of the containers around this one, the outermost first
