"""`oomscope explain`."""

from typing import Annotated

import typer

from oomscope.cli import completions


def explain(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORD]",
            autocompletion=completions.explained,
            help="A cause, a fact, a gfp_mask, a scope or an account.",
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List everything that can be explained.")] = False,
) -> None:
    """Explain a cause, a fact, a gfp_mask, a scope, or what an account means; without a word, list them."""
    from oomscope.cli.explain import run

    run(None if list_ else what)
