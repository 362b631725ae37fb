"""Nodes of `kubectl get nodes -o json`."""

import json
from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.nodes import read_nodes
from oomscope.units import GIB

LOG = Path(__file__).parent.parent / "data" / "side" / "leak_restarts-host-v1-116-x1200.log"


def node(name: str, capacity: object = "4Gi") -> dict[str, object]:
    status = {"capacity": {"memory": capacity}, "allocatable": {"memory": "3Gi"}}
    return {"kind": "Node", "metadata": {"name": name}, "status": status}


def test_a_share_of_the_node_becomes_bytes(tmp_path: Path) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"items": [node("node-1")]}))
    analysis = analyze([str(LOG)], Options(side=SideFiles(nodes=(str(path),))))
    who = analysis.incidents[0].workload
    assert who.request_share == (0.0, 0.002)
    assert who.memory_request_bytes == int(0.001 * 4 * GIB)
    assert who.memory_request_source == "oom_score_adj"
    assert analysis.facts[0].values["node_allocatable_bytes"] == 3 * GIB


def test_of_several_nodes_none_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps({"items": [node("a"), node("b")]}))
    analysis = analyze([str(LOG)], Options(side=SideFiles(nodes=(str(path),))))
    assert analysis.facts[0].values.get("node_capacity_bytes") is None


@pytest.mark.parametrize("content", ['{"items": []}', "[1]", '{"items": [{"metadata": []}]}', "{"])
def test_what_is_none_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"nodes\.json"):
        read_nodes(str(path))


def test_a_strange_capacity_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "nodes.json"
    path.write_text(json.dumps(node("a", ["4Gi"])))
    assert read_nodes(str(path))[0].capacity_bytes is None
