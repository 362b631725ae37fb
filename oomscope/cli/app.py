"""The typer application: its commands by their names, each loaded when it is asked for."""

from importlib import import_module
from typing import Annotated

import typer

from oomscope import __version__

COMMANDS = ("analyze", "diff", "facts", "explain", "schema", "mcp", "watch", "fleet")
GROUPS = ("rules", "record")
"""Of commands below a name."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"oomscope {__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find every OOM kill in a kernel log and say who died, whose limit it was, why, and how sure."""


def app_with(name: str | None = None) -> typer.Typer:
    """Return the application with the command or group of this name alone, which is sooner there; None: with all."""
    app = typer.Typer(
        help=root.__doc__,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    for group in GROUPS:
        if name in (None, group):
            app.add_typer(getattr(_module(group), f"{group}_app"), name=group)
    for command in COMMANDS:
        if name in (None, command):
            app.command()(getattr(_module(command), command))
    return app


def _module(name: str) -> object:
    return import_module(f"oomscope.cli.commands.{name}")
