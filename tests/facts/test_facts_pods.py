"""Facts of an inventory of pods."""

from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.facts import pods, settings
from oomscope.facts.table import FactTable
from oomscope.incident import Incident
from oomscope.inputs import Side
from oomscope.inputs.memory_flags import MemoryFlag
from oomscope.inputs.pod_info import ContainerInfo, Match, MemoryVolume, PodInfo, Termination
from oomscope.units import MIB

LOG = Path(__file__).parent.parent / "data" / "side" / "leak_restarts-host-v1-116-x1200.log"
POD = PodInfo("uid", "shop", "web-1")


@pytest.fixture(scope="module")
def incident() -> Incident:
    return analyze([str(LOG)]).incidents[0]


def facts(incident: Incident, pod: PodInfo, container: ContainerInfo | None) -> FactTable:
    table = FactTable({"limit_bytes": 40 * MIB})
    side = Side(matches={incident.id: Match(pod, container, "pod uid")})
    pods.put(table, incident, side)
    settings.put(table, incident, side)
    return table


def test_a_pod_that_is_not_in_the_inventory_says_nothing(incident: Incident) -> None:
    table = FactTable()
    pods.put(table, incident, Side())
    assert table.values == {}


@pytest.mark.parametrize(
    ("flag", "over"),
    [
        (MemoryFlag("-Xmx", "64m", "args"), 2.0),
        (MemoryFlag("-XX:MaxRAMPercentage", "75.0", "args"), 0.9375),
        (MemoryFlag("GOMEMLIMIT", "36MiB", "GOMEMLIMIT"), 0.945),
    ],
)
def test_a_heap_that_its_flags_allow_is_held_against_the_limit(
    incident: Incident, flag: MemoryFlag, over: float
) -> None:
    table = facts(incident, POD, ContainerInfo("web", limit_bytes=40 * MIB, memory_flags=(flag,)))
    assert table.values["heap_over_limit"] == pytest.approx(over, abs=0.001)


def test_what_container_and_volumes_tell(incident: Incident) -> None:
    container = ContainerInfo("web", limit_bytes=40 * MIB, restart_count=3, terminations=(Termination("OOMKilled"),))
    volume = MemoryVolume("cache", None, ("web",))
    pod = PodInfo("uid", "shop", "web-1", containers=(container,), memory_volumes=(volume,))
    values = facts(incident, pod, container).values
    assert (values["pod_known"], values["pod_containers"], values["pod_restarts"]) == (True, 1, 3)
    assert (values["pod_emptydir_memory"], values["pod_emptydir_unbounded"]) == (True, True)
    assert (values["pod_limit_bytes"], values["pod_last_reason"]) == (40 * MIB, "OOMKilled")


def test_a_volume_that_nobody_mounts_is_none(incident: Incident) -> None:
    pod = PodInfo("uid", "shop", "web-1", memory_volumes=(MemoryVolume("cache"),))
    values = facts(incident, pod, None).values
    assert values["pod_emptydir_memory"] is False
    assert "pod_emptydir_unbounded" not in values
