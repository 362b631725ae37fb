"""All side inputs, in the order in which the command line names their options."""

from oomscope.inputs.registry.cgroup import CGROUP
from oomscope.inputs.registry.events import EVENTS
from oomscope.inputs.registry.kubectl import KUBECTL
from oomscope.inputs.registry.metrics import METRICS
from oomscope.inputs.registry.nodes import NODES
from oomscope.inputs.registry.pods import PODS
from oomscope.inputs.registry.prometheus import PROMETHEUS
from oomscope.inputs.registry.settings import SETTINGS
from oomscope.inputs.side_input import Asked, Option, SideInput

SIDE_INPUTS: tuple[SideInput, ...] = (PODS, METRICS, NODES, CGROUP, EVENTS, SETTINGS, PROMETHEUS, KUBECTL)

OPTIONS: dict[str, Option] = {option.name: option for one in SIDE_INPUTS for option in one.options}
"""Every option by name."""

ORIGINS: dict[str, SideInput] = {one.name: one for one in SIDE_INPUTS if one.origin_words is not None}
"""The inputs that facts come from, by the name of the origin."""


def command_for(origin: str, asked: Asked) -> str | None:
    """Return what to type to hand over what tells facts of an origin; None where that is no side input."""
    return next((one.command(asked) for one in SIDE_INPUTS if origin in one.gives and one.command is not None), None)
