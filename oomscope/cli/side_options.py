"""The options of the side inputs, as their declarations have them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from oomscope.inputs import SideFiles
from oomscope.inputs.registry import OPTIONS
from oomscope.inputs.side_input import Option

_PLACE = "side"


def with_side_inputs(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with one option for each of the side inputs in the place of its parameter `side`, a SideFiles."""
    options = [_parameter(option) for option in OPTIONS.values()]

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401  (what typer read from the command line)
        side = SideFiles(**{name: given.pop(name) for name in OPTIONS})
        command(**given, side=side)

    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        parameters += options if parameter.name == _PLACE else [parameter]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(option: Option) -> inspect.Parameter:
    kind: Any = {"files": list[str] | None, "text": str | None, "switch": bool}[option.kind]
    shown = typer.Option(option.flag, metavar=option.metavar, help=option.help, show_default=option.kind == "switch")
    default = False if option.kind == "switch" else None
    return inspect.Parameter(
        option.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=Annotated[kind, shown]
    )
