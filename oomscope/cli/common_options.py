"""The options that several commands have, and what they come to."""

from typing import Annotated, Any

import typer

from oomscope.cli import completions
from oomscope.inputs import SideFiles

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Kernel logs: dmesg, journal, syslog; compressed, in archives or directories; - is stdin.",
        show_default=False,
    ),
]
MaybePaths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH...]",
        help="Kernel logs: dmesg, journal, syslog; compressed, in archives or directories; - is stdin.",
        show_default=False,
    ),
]
Year = Annotated[int | None, typer.Option("--year", help="Year of the last line, for logs that print none.")]
Zone = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help="Zone of local times: Europe/Berlin, +02:00. Else UTC is assumed."),
]
Rules = Annotated[str | None, typer.Option("--rules", metavar="DIR", help="Weigh with the cause files of this folder.")]
NO_SIDE_FILES = SideFiles()
Trust = Annotated[
    str,
    typer.Option(
        metavar="kernel|likely|tag|any",
        autocompletion=completions.trust_levels,
        help="The least trust that counts as a kill; any takes text that nothing attests for the kernel's.",
    ),
]


def options_of(rules: str | None, year: int | None, tz: str | None, trust: str, side: SideFiles = NO_SIDE_FILES) -> Any:  # noqa: ANN401  (imported when a command runs)
    """Return the Options that these come to. Raises UsageError for a level of trust that there is not."""
    from oomscope.api import Options
    from oomscope.incident.trust import parse_level

    options = Options(rules=rules, side=side, trust=parse_level(trust))
    return options._replace(read=options.read._replace(year=year, tz=tz))


def bytes_of(size: str | None, option: str = "--max-memory") -> int | None:
    """Return what an option gives in bytes. Raises UsageError for what is no size."""
    if size is None:
        return None
    from oomscope.errors import UsageError
    from oomscope.safe_text import safe_line
    from oomscope.units import parse_quantity

    found = parse_quantity(size)
    if not found:
        raise UsageError(f"{option} {safe_line(size[:80])}: is no size; write it like 500Mi or 2Gi")
    return found
