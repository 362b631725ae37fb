"""Several options in the place of one parameter of a command, gathered into one value."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any

import typer


def in_place_of(
    place: str, options: Sequence[inspect.Parameter], gather: Callable[[Mapping[str, Any]], Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: the command gets the options instead of its parameter `place`, which gets what `gather` makes of them."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:  # noqa: ANN401  (what typer read from the command line)
            said = {option.name: given.pop(option.name) for option in options}
            command(**given, **{place: gather(said)})

        shown: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            shown += options if parameter.name == place else [parameter]
        run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
        return run

    return decorated


def option(
    name: str,
    kind: Any,  # noqa: ANN401 - a type
    flag: str,
    words: str,
    metavar: str | None,
    default: Any = None,  # noqa: ANN401 - of that type
    values: Callable[[str], list[str]] | None = None,
) -> inspect.Parameter:
    """One option as a parameter; its default is shown where it has one, `values` are those that a shell completes."""
    shown = typer.Option(flag, metavar=metavar, help=words, show_default=default is not None, autocompletion=values)
    return inspect.Parameter(
        name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=Annotated[kind, shown]
    )
