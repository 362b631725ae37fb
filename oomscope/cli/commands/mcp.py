"""`oomscope mcp`."""

from typing import Annotated

import typer

from oomscope.cli.common_options import Rules, Trust, Year, Zone, options_of


def mcp(
    folder: Annotated[
        str,
        typer.Argument(metavar="FOLDER", help="Only files below this folder can be read.", show_default=False),
    ],
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Serve assistants by the Model Context Protocol, on stdin and stdout: analyze, facts and explain, read-only."""
    from oomscope.cli.mcp import run

    run(folder, options_of(rules, year, tz, trust))
