"""Nodes from `kubectl get nodes -o json`: what a share of the node, as an oom_score_adj tells it, is in bytes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.fact import Fact, declared
from oomscope.incident.incident import Incident
from oomscope.inputs.pod_info import Match
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import Object, documents, rows, word
from oomscope.safe_text import safe_line
from oomscope.units import parse_quantity

FACTS = declared(
    "nodes",
    Fact("node_capacity_bytes", "bytes", "memory of the node as kubelet counts it", "status.capacity.memory"),
    Fact("node_allocatable_bytes", "bytes", "what of it pods may have", "status.allocatable.memory"),
)  # fmt: skip

_WANTED = "what `kubectl get nodes -o json` prints"


class Node(NamedTuple):
    name: str
    capacity_bytes: int | None
    allocatable_bytes: int | None


def read_nodes(path: str) -> tuple[Node, ...]:
    """Return the nodes in a file. Raises InputError if it cannot be read, is no JSON, or holds none."""
    return parse_nodes(read_text(path, "give the nodes of the victims only"), safe_line(path))


def parse_nodes(text: str, place: str) -> tuple[Node, ...]:
    """The nodes in a text. Raises InputError if it is no JSON, or holds none."""
    found = [
        node
        for document in documents(text, place, _WANTED)
        for one in (rows(document, "items") or rows([document]))
        if (node := _node(one)) is not None
    ]
    if not found:
        raise InputError(f"{place}: no node in it; wanted is {_WANTED}")
    return tuple(found)


def _node(one: Object) -> Node | None:
    name = word(one, "metadata", "name")
    if name is None or one.get("kind", "Node") != "Node":
        return None
    return Node(name, _memory(one, "capacity"), _memory(one, "allocatable"))


def _memory(node: Object, which: str) -> int | None:
    text = word(node, "status", which, "memory")
    return parse_quantity(text) if text is not None and len(text) <= 64 else None


def node_of(incident: Incident, match: Match | None, nodes: Sequence[Node]) -> Node | None:
    """The node that an incident happened on: the pod's, else the log's host, else the only one there is."""
    names = [match.pod.node if match else None, incident.event.host]
    for name in filter(None, names):
        for node in nodes:
            if name == node.name or name.split(".")[0] == node.name.split(".")[0]:
                return node
    return nodes[0] if len(nodes) == 1 and not any(names) else None


def with_nodes(
    incidents: Sequence[Incident], matches: Mapping[str, Match], nodes: Sequence[Node]
) -> tuple[list[Incident], dict[str, dict[str, float | int | str | bool]]]:
    """Incidents with the memory request that the oom_score_adj tells, now in bytes, and facts by incident id."""
    out, facts = [], {}
    for incident in incidents:
        node = node_of(incident, matches.get(incident.id), nodes)
        out.append(_requested(incident, node) if node else incident)
        if node:
            sizes = {"node_capacity_bytes": node.capacity_bytes, "node_allocatable_bytes": node.allocatable_bytes}
            told: dict[str, float | int | str | bool] = {k: v for k, v in sizes.items() if v is not None}
            facts[incident.id] = told
    return out, facts


def _requested(incident: Incident, node: Node) -> Incident:
    who = incident.workload
    if who.memory_request_bytes is not None or who.request_share is None or node.capacity_bytes is None:
        return incident
    request = int(sum(who.request_share) / 2 * node.capacity_bytes)
    told = who._replace(memory_request_bytes=request, memory_request_source="oom_score_adj")
    return incident._replace(workload=told)
