"""The commands of `oomscope rules`."""

from typing import Annotated

import typer

from oomscope.cli import completions
from oomscope.cli.common_options import Rules

rules_app = typer.Typer(
    help="The cause files: what is weighed, and how much.", no_args_is_help=True, rich_markup_mode=None
)


@rules_app.command("list")
def rules_list(rules: Rules = None) -> None:
    """The causes, with their branch and their number of clues."""
    from oomscope.cli.rules import list_causes

    list_causes(rules)


@rules_app.command("show")
def rules_show(
    cause: Annotated[str, typer.Argument(help="A cause's id.", autocompletion=completions.causes)], rules: Rules = None
) -> None:
    """One cause: its clues, their weights, what to do, what would settle it."""
    from oomscope.cli.rules import show_cause

    show_cause(cause, rules)


@rules_app.command("check")
def rules_check(folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder of cause files.")]) -> None:
    """Check cause files: every defect at once, each with its line; and run their examples."""
    from oomscope.cli.rules import check

    check(folder)


Side = Annotated[
    bool, typer.Option("--side", help="Hand over pods.json and memory.csv beside a log, where they lie there.")
]


@rules_app.command("score")
def rules_score(
    folders: Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders of labelled logs.")],
    rules: Rules = None,
    side: Side = False,
) -> None:
    """Judge the verdicts on labelled logs: accuracy, coverage, Brier, reliability, confusion, worst misses."""
    from oomscope.cli.calibrate import run_score

    run_score(folders, rules, side)


@rules_app.command("fit")
def rules_fit(
    folders: Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders of labelled logs.")],
    rules: Annotated[
        str, typer.Option("--rules", metavar="DIR", help="The cause files whose weights to refit.")
    ] = "rules",
    side: Side = False,
    write: Annotated[bool, typer.Option("--write", help="Write the weights into the files; comments stay.")] = False,
) -> None:
    """Refit weights on labelled logs by penalised regression, cross-validated by source. Needs scipy.

    With --side each log counts twice, alone and with what lies beside it: the weights must serve both.
    """
    from oomscope.cli.calibrate import run_fit

    run_fit(folders, rules, side, write)
