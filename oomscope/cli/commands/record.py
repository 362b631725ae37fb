"""The commands of `oomscope record`."""

from typing import Annotated

import typer

record_app = typer.Typer(
    help="What `oomscope watch --record` has sampled.", no_args_is_help=True, rich_markup_mode=None
)


@record_app.command("export")
def record_export(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder that the recorder writes to.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to stdout.")
    ] = None,
    holders: Annotated[
        bool, typer.Option("--holders", help="Who held the memory of cgroups near their limit, as lines of JSON.")
    ] = False,
) -> None:
    """Write all samples as CSV, which `--metrics` reads, or as Parquet, by the ending of FILE."""
    from oomscope.cli.record import export

    export(folder, output, holders=holders)
