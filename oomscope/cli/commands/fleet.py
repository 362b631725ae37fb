"""`oomscope fleet`."""

import os
from typing import Annotated

import typer

from oomscope.cli.common_options import Rules, Trust, Year, Zone, options_of


def fleet(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="GLOB|URL...",
            help="Logs of many nodes: files, folders, quoted patterns, URLs such as s3://bucket/logs/*.gz, "
            "or the query of a log server: loki+https://…?query=…, elastic+https://…/INDEX?query=…",
            show_default=False,
        ),
    ],
    out: Annotated[
        str,
        typer.Option("--out", metavar="DIR", help="Keep the Parquet files and the report here.", show_default=False),
    ],
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="A Dask cluster that runs already: tcp://host:8786."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes on this machine; default: the cores.")
    ] = None,
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=1, help="Inputs that a worker is given at once.")
    ] = 50,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if an input could not be read.")] = False,
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Read the logs of many nodes, on all cores or a Dask cluster: one Parquet data set, and one report on the fleet."""
    from oomscope.cli.fleet import run

    options = options_of(rules, year, tz, trust)
    run(names, out, options, scheduler, workers or os.cpu_count() or 1, batch, strict=strict)
