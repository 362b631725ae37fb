"""--pods: an inventory of pods, which names the victims' pods and tells their limits, volumes and restarts."""

from oomscope.inputs.side_input import Option, SideInput, fetched

PODS = SideInput(
    options=(Option("pods", "--pods", "Output of kubectl get pods -A -o json. Repeatable.", "FILE"),),
    gives=("pods",),
    origin_words="the pod inventory",
    title="The pod inventory (--pods)",
    only_kubernetes=True,
    command=fetched("kubectl get pods -A -o json", "pods.json", "--pods"),
)
"""It is read before the others, which go by its names; its facts are computed in `facts.pods`."""
