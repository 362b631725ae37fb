"""--nodes: an inventory of nodes, which tells what a share of a node is in bytes."""

from typing import TYPE_CHECKING

from oomscope.inputs.side_input import NOTHING, Findings, Known, Option, SideInput, fetched

if TYPE_CHECKING:
    from oomscope.fact import Fact
    from oomscope.inputs.side_files import SideFiles


def _tell(files: "SideFiles", known: Known) -> Findings:
    fetched_ones = known.cluster.nodes if known.cluster else ()
    if not files.files("nodes") and not fetched_ones:
        return NOTHING
    from oomscope.inputs.nodes import node_findings, read_nodes

    nodes = [*(node for path in files.files("nodes") for node in read_nodes(path)), *fetched_ones]
    return node_findings(known, nodes)


def _facts() -> "tuple[Fact, ...]":
    from oomscope.inputs.nodes import FACTS

    return FACTS


NODES = SideInput(
    options=(Option("nodes", "--nodes", "Output of kubectl get nodes -o json. Repeatable.", "FILE"),),
    gives=("nodes",),
    origin_words="the node inventory",
    title="The node inventory (--nodes)",
    only_kubernetes=True,
    command=fetched("kubectl get nodes -o json", "nodes.json", "--nodes"),
    tell=_tell,
    facts=_facts,
)
