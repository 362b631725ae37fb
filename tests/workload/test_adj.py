"""kubelet's oom_score_adj, read backwards."""

import pytest

from oomscope.units import GIB, MIB
from oomscope.workload import qos_from_adj, request_bytes


def kubelet_adj(request: int, capacity: int) -> int:
    """pkg/kubelet/qos/policy.go, since 1.20, for a Burstable container."""
    adj = 1000 - (1000 * request) // capacity
    return 3 if adj < 3 else 999 if adj == 1000 else adj


@pytest.mark.parametrize("capacity", [512 * MIB, 16 * GIB, 67_430_400_000])
def test_burstable_request_lies_within_what_its_value_says(capacity: int) -> None:
    for thousandth in range(1000):
        request = capacity * thousandth // 1000 + 12345
        span = request_bytes(kubelet_adj(request, capacity), capacity)
        assert span is not None
        low, high = span
        assert low <= request <= high


@pytest.mark.parametrize(
    ("adj", "qos"),
    [
        (1000, "BestEffort"),
        (999, "Burstable"),
        (854, "Burstable"),
        (3, "Burstable"),
        (2, "Burstable"),
        (-997, "Guaranteed"),
        (-998, None),
        (-999, None),
        (0, None),
        (1, None),
        (-500, None),
        (4000, None),
    ],
)
def test_value_tells_the_class_or_nothing(adj: int, qos: str | None) -> None:
    assert qos_from_adj(adj).qos_class == qos


def test_the_marker_of_guaranteed_moved_in_1_20() -> None:
    assert qos_from_adj(-998, "before 1.20").qos_class == "Guaranteed"
    assert qos_from_adj(-997, "before 1.20").qos_class is None
    assert qos_from_adj(2, "since 1.20").qos_class is None


def test_a_value_of_no_kubelet_gives_no_request() -> None:
    assert request_bytes(0, GIB) is None
    assert request_bytes(1000, GIB) == (0, 0)
