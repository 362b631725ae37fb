"""The options of the side inputs, as their declarations have them."""

import inspect
from collections.abc import Callable
from typing import Any

from oomscope.cli.option_group import in_place_of, option
from oomscope.inputs import SideFiles
from oomscope.inputs.registry import OPTIONS
from oomscope.inputs.side_input import Option


def with_side_inputs(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with one option for each of the side inputs in the place of its parameter `side`, a SideFiles."""
    return in_place_of("side", [_parameter(one) for one in OPTIONS.values()], lambda said: SideFiles(**said))(command)


def _parameter(one: Option) -> inspect.Parameter:
    kind: Any = {"files": list[str] | None, "text": str | None, "switch": bool}[one.kind]
    return option(one.name, kind, one.flag, one.help, one.metavar, False if one.kind == "switch" else None)
