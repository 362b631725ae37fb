"""What an `oom_score_adj` says about a pod: its QoS class and, for Burstable, what share of the node it asks for.

Inferred, never read: a process inherits the value, and may set its own. Source: kubelet, pkg/kubelet/qos/policy.go:
Burstable is 1000 - (1000 * memoryRequest) / memoryCapacity in integers, kept within 3..999 (2..999 before 1.20).
"""

from typing import Literal, NamedTuple

from oomscope.workload.identity import QosClass

Era = Literal["before 1.20", "since 1.20"]
"""The kubelet's release; PR 71269 moved Guaranteed from -998 to -997 and the lowest Burstable from 2 to 3."""


class AdjReading(NamedTuple):
    """`request_share` is the container's memory request as [low, high) shares of the node's MemTotal."""

    qos_class: QosClass | None
    request_share: tuple[float, float] | None
    meaning: str


def qos_from_adj(adj: int, era: Era | None = None) -> AdjReading:
    """Return the QoS class and the request that a kubelet would give this value for. Inferred."""
    lowest = 2 if era == "before 1.20" else 3
    if adj == 1000:
        return AdjReading("BestEffort", (0.0, 0.0), "BestEffort: no memory request and no limit")
    if adj == 999:
        return AdjReading("Burstable", (0.0, 0.002), "Burstable: no memory request, or less than 0.2 % of the node")
    if lowest < adj < 999:
        low, high = (1000 - adj) / 1000, (1001 - adj) / 1000
        return AdjReading("Burstable", (low, high), f"Burstable: requests {low:.1%} to {high:.1%} of the node's memory")
    if adj in (2, 3) and adj >= (2 if era is None else lowest):
        return AdjReading("Burstable", ((1000 - adj) / 1000, 1.0), "Burstable: requests nearly the whole node")
    return AdjReading(*_fixed(adj, era))


def _fixed(adj: int, era: Era | None) -> tuple[QosClass | None, None, str]:
    match adj:
        case -997 if era != "before 1.20":
            return "Guaranteed", None, "Guaranteed, or a critical (static) pod"
        case -998 if era == "before 1.20":
            return "Guaranteed", None, "Guaranteed, a critical pod, or a pod's sandbox"
        case -998:
            return None, None, "a pod's sandbox (pause), or a Guaranteed pod of a kubelet before 1.20"
        case -999:
            return None, None, "a node daemon: kubelet, kube-proxy, containerd"
        case -1000:
            return None, None, "never to be killed: set by hand or by its unit"
        case 0:
            return None, None, "the default: not a container that a kubelet started"
        case _:
            return None, None, "set by hand or by its unit; no kubelet gives this value"


def request_bytes(adj: int, capacity_bytes: int, era: Era | None = None) -> tuple[int, int] | None:
    """Return the memory request as (low, high) bytes on a node of `capacity_bytes`; None where the value does not tell."""
    share = qos_from_adj(adj, era).request_share
    if share is None:
        return None
    return int(share[0] * capacity_bytes), int(share[1] * capacity_bytes)
