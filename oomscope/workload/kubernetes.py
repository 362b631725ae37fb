"""The kubelet's cgroup paths: pod UID, QoS class and container, for both cgroup drivers.

cgroupfs::  /kubepods[/besteffort|/burstable]/pod<UID>/<container>
systemd::   /kubepods.slice[/kubepods-burstable.slice]/kubepods[-burstable]-pod<UID_>.slice/crio-<container>.scope

Source: kubelet, pkg/kubelet/cm (pod_container_manager_linux.go, cgroup_manager_linux.go). Guaranteed has no QoS level.
Around them may stand kind's or minikube's node container, an LXC container, a kubelet's own cgroup root
(`kubelet-kubepods.slice`).
"""

from functools import lru_cache
from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.workload.identity import CgroupDriver, Identity, Level, QosClass
from oomscope.workload.path_parts import ContainerName, Found, container_name, join_path
from oomscope.workload.systemd import level_below, unit_of

_QOS: dict[str, QosClass] = {"besteffort": "BestEffort", "burstable": "Burstable", "guaranteed": "Guaranteed"}

# `pod` and a UID (dashes, or systemd's underscores) or a static pod's 32 hex digits, up to the end of that name.
_POD = lazy(r"(?:^|(?<=-))pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=$|\.slice(?:$|:)|:)")
_POD_LEAST = len("pod") + 32
# The QoS class stands before the pod: `kubepods-burstable-pod...`, also below a root: `kubelet-kubepods-burstable`.
_SLICE_QOS = lazy(r"(?:^|-)kubepods-(besteffort|burstable|guaranteed)(?=[-.]|$)")


class _Anchor(NamedTuple):
    """A component that the kubelet made."""

    at: int
    level: Level  # pod | qos | kubepods
    driver: CgroupDriver
    pod_uid: str | None = None
    qos_class: QosClass | None = None


def find_kubernetes(parts: tuple[str, ...]) -> Found | None:
    """Who lives at a path that the kubelet made, or None if it did not make it. The innermost kubelet counts."""
    anchor: _Anchor | None = None
    for index, part in enumerate(parts):
        found = _pod(part, index, anchor) if len(part) >= _POD_LEAST else None
        if found is None and ("kubepods" in part or part in _QOS):
            found = _qos_or_root(part, index, anchor)
        anchor = found or anchor
    if anchor is None:
        return None
    container, at = _container_below(parts, anchor) if anchor.level == "pod" else (None, anchor.at)
    below = parts[at + 1 :]
    unit = unit_of(below)
    return Found(
        Identity(
            level=level_below(below, "container" if container else anchor.level),
            orchestrator="kubernetes",
            runtime=container.runtime if container else None,
            cgroup_driver=anchor.driver,
            pod_uid=anchor.pod_uid,
            container_id=container.id if container else None,
            qos_class=anchor.qos_class,
            unit=unit,
            inner=join_path(below) if below else None,
        ),
        at,
    )


def _pod(part: str, index: int, above: _Anchor | None) -> _Anchor | None:
    if "pod" not in part or (found := _POD.search(part)) is None:
        return None
    driver: CgroupDriver = "systemd" if part.endswith(".slice") else "cgroupfs"
    return _Anchor(index, "pod", driver, _uid(found[1]), _qos_of_pod(part, index, above))


def _uid(text: str) -> str:
    return text.replace("_", "-")


def _qos_of_pod(part: str, index: int, above: _Anchor | None) -> QosClass | None:
    """Return the class that the pod's own name or the level above it carries; right below `kubepods` it is Guaranteed."""
    if named := _SLICE_QOS.search(part):
        return _QOS[named[1]]
    if "kubepods-pod" in part:
        return "Guaranteed"
    if above is None or above.at != index - 1 or above.level == "pod":
        return None  # the part of the path that would tell is missing
    return above.qos_class or "Guaranteed"


@lru_cache(1024)  # the upper levels are the same in nearly every path
def _qos_or_root(part: str, index: int, above: _Anchor | None) -> _Anchor | None:
    stem = part.removesuffix(".slice")
    driver: CgroupDriver = "systemd" if stem != part else "cgroupfs"
    if stem == "kubepods" or stem.endswith("-kubepods"):
        return _Anchor(index, "kubepods", driver)
    if part in _QOS and above is not None and above.at == index - 1 and above.level == "kubepods":
        return _Anchor(index, "qos", "cgroupfs", None, _QOS[part])
    if (named := _SLICE_QOS.search(stem)) and named.end() == len(stem):
        return _Anchor(index, "qos", driver, None, _QOS[named[1]])
    return None


def _container_below(parts: tuple[str, ...], pod: _Anchor) -> tuple[ContainerName | None, int]:
    """Return the last container below the pod (a colon form holds both in one component), and where it is."""
    for index in range(len(parts) - 1, pod.at - 1, -1):
        if name := container_name(parts[index]):
            return name, index
    return None, pod.at
