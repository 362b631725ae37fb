"""The words that a cgroup path is made of. Every pattern matches one component and is linear in its length."""

from typing import NamedTuple

from oomscope.patterns import lazy
from oomscope.safe_text import safe_line
from oomscope.workload.identity import Identity

_PATH_MAX = 8192  # the kernel's own buffer is 4096 bytes; what is longer was not printed by it
_NAME_MAX = 512  # a cgroup's name is at most 255 bytes

UUID = r"[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}"

# runc's and crun's names: `cri-containerd-<id>.scope`; cri-o with cgroupfs leaves `.scope` out; exporters cut
# ids to 12 digits. The colon form is a systemd path handed to the cgroupfs driver.
_ID_AT_END = lazy(r"(?:^|[-:])([0-9a-f]{64}|[0-9a-f]{12})(\.scope)?$")

_RUNTIMES = {
    "cri-containerd": "containerd",
    "containerd": "containerd",
    "nerdctl": "containerd",
    "crio": "cri-o",
    "docker": "docker",
    "cri-docker": "docker",
    "cri-dockerd": "docker",
    "balena": "docker",
    "libpod": "podman",
    "libpod-payload": "podman",
    "buildah": "podman",
}
_MONITORS = ("conmon", "crio-conmon", "libpod-conmon")


class Found(NamedTuple):
    """What a recogniser read, and the index of the last component that its reading rests on."""

    identity: Identity
    at: int


class ContainerName(NamedTuple):
    """One component that names a container."""

    id: str
    runtime: str | None
    systemd: bool  # the systemd driver's form


def container_name(part: str) -> ContainerName | None:
    """Return the container that a component names, or None; a container's monitor is not the container.

    sample:: cri-containerd-<64 hex>.scope | crio-<64 hex> | <64 hex> | system.slice:docker:<64 hex>
    """
    if len(part) > _NAME_MAX or (found := _ID_AT_END.search(part)) is None:
        return None
    prefix = part[: found.start()].rpartition(":")[2]
    runtime = _RUNTIMES.get(prefix)
    if prefix in _MONITORS or (runtime is None and len(found[1]) != 64):
        return None
    return ContainerName(found[1], runtime, found[2] is not None)


def split_path(path: str) -> tuple[str, ...]:
    """Return the components of a path; empty ones and the `..` of a nested cgroup namespace say nothing and are left out."""
    return tuple(part for part in path[:_PATH_MAX].split("/") if part not in ("", ".", ".."))


def join_path(parts: tuple[str, ...]) -> str:
    return "/" + "/".join(parts)


_ESCAPES = lazy(r"(?:\\x[0-9a-fA-F]{2})+")


def unescape(name: str) -> str:
    r"""Return a systemd name with its `\x2d` escapes undone, safe to print."""
    return safe_line(
        _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace("\\x", "")).decode("utf-8", "replace"), name)
    )
