"""Nodes from `kubectl get nodes -o json`: what a share of the node, as an oom_score_adj tells it, is in bytes."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.fact import Fact, declared
from oomscope.incident.incident import Incident
from oomscope.inputs.pod_info import Match
from oomscope.inputs.side_input import Findings, Known
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import Object, documents, rows, word
from oomscope.safe_text import safe_line
from oomscope.units import parse_quantity

FACTS = declared(
    "nodes",
    Fact("node_capacity_bytes", "bytes", "memory of the node as kubelet counts it", "status.capacity.memory"),
    Fact("node_allocatable_bytes", "bytes", "what of it pods may have", "status.allocatable.memory"),
)  # fmt: skip

_EXPECTED = "what `kubectl get nodes -o json` prints"


class Node(NamedTuple):
    name: str
    capacity_bytes: int | None
    allocatable_bytes: int | None


def read_nodes(path: str) -> tuple[Node, ...]:
    """Return the nodes in a file. Raises InputError if it cannot be read, is no JSON, or holds none."""
    return parse_nodes(read_text(path, "give the nodes of the victims only"), safe_line(path))


def parse_nodes(text: str, place: str) -> tuple[Node, ...]:
    """Return the nodes in a text. Raises InputError if it is no JSON, or holds none."""
    found = [
        node
        for document in documents(text, place, _EXPECTED)
        for one in (rows(document, "items") or rows([document]))
        if (node := _node(one)) is not None
    ]
    if not found:
        raise InputError(f"{place}: no node in it; expected {_EXPECTED}")
    return tuple(found)


def _node(one: Object) -> Node | None:
    name = word(one, "metadata", "name")
    if name is None or one.get("kind", "Node") != "Node":
        return None
    return Node(name, _memory(one, "capacity"), _memory(one, "allocatable"))


def _memory(node: Object, which: str) -> int | None:
    text = word(node, "status", which, "memory")
    return parse_quantity(text) if text is not None and len(text) <= 64 else None


class Nodes:
    """Nodes, found by name."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._only = nodes[0] if len(nodes) == 1 else None
        self._by_name: dict[str, Node] = {}
        for node in nodes:
            self._by_name.setdefault(_short(node.name), node)

    def of(self, incident: Incident, match: Match | None) -> Node | None:
        """Return the node that an incident happened on: the pod's, else the log's host, else the only one there is."""
        names = [name for name in (match.pod.node if match else None, incident.event.host) if name]
        found = next((self._by_name[_short(name)] for name in names if _short(name) in self._by_name), None)
        return found if found is not None or names else self._only


def _short(name: str) -> str:
    return name.split(".")[0]


def node_findings(known: Known, nodes: Sequence[Node]) -> Findings:
    """Return the sizes of each incident's node, and in bytes the memory request that the oom_score_adj tells."""
    index, facts, requests = Nodes(nodes), {}, {}
    for incident in known.incidents:
        node = index.of(incident, known.matches.get(incident.id))
        if node is None:
            continue
        sizes = {"node_capacity_bytes": node.capacity_bytes, "node_allocatable_bytes": node.allocatable_bytes}
        facts[incident.id] = {name: size for name, size in sizes.items() if size is not None}
        who = incident.workload
        if who.memory_request_bytes is None and who.request_share is not None and node.capacity_bytes is not None:
            requests[incident.id] = int(sum(who.request_share) / 2 * node.capacity_bytes)
    return Findings(facts=facts, requests=requests)
