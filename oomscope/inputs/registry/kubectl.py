"""--kubectl: the user's own kubectl, asked for pods, nodes and events; the inputs of these names read its answers."""

from oomscope.inputs.side_input import Option, SideInput

KUBECTL = SideInput(
    options=(
        Option("kubectl", "--kubectl", "Ask the cluster for pods, nodes and events by kubectl.", kind="switch"),
        Option("kubectl_context", "--kubectl-context", "The context for --kubectl.", "NAME", "text"),
    ),
    gives=("pods", "nodes", "events"),
)
