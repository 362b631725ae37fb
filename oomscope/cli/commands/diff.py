"""`oomscope diff`."""

from typing import Annotated

import typer

from oomscope.cli.common_options import Rules, Trust, Year, Zone, options_of


def diff(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A log, or the JSON of an earlier analysis.", show_default=False)
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same, later.", show_default=False)],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here: .txt .md .html .json.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", "-f", metavar="text|markdown|html|json", help="Print this format.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 if a side was not read as a whole, or holds a report that is cut.")
    ] = False,
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Compare two analyses: which workloads are killed now and were not before, which no longer, and what changed."""
    from oomscope.cli.diff import run

    run(before, after, output, format_, options_of(rules, year, tz, trust), strict=strict)
