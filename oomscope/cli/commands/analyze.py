"""`oomscope analyze`."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oomscope.cli import completions
from oomscope.cli.choice_options import with_choice
from oomscope.cli.common_options import NO_SIDE_FILES, MaybePaths, Rules, Trust, Year, Zone, bytes_of, options_of
from oomscope.cli.formats import ENDINGS, NAMES
from oomscope.cli.side_options import with_side_inputs
from oomscope.inputs import SideFiles

if TYPE_CHECKING:
    from oomscope.chosen import Choice


@with_side_inputs
@with_choice
def analyze(
    paths: MaybePaths = None,
    journal: Annotated[
        bool,
        typer.Option(
            "--journal",
            help="Read this machine's journal: the kernel, systemd, the kubelet, container runtimes. --boot, --since and "
            "--until are handed to journalctl.",
        ),
    ] = False,
    dmesg: Annotated[bool, typer.Option("--dmesg", help="Read this machine's kernel ring buffer, /dev/kmsg.")] = False,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=f"Write here; the ending picks the format: {ENDINGS}; - is stdout. Repeatable.",
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar=NAMES,
            autocompletion=completions.formats,
            help="Print this format to stdout, or write it to -o.",
        ),
    ] = None,
    side: SideFiles = NO_SIDE_FILES,
    choice: "Choice | None" = None,
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if", metavar="CHANGE", help="limit=2Gi or adj:PID=-500: who would have died then. Repeatable."
        ),
    ] = None,
    trust: Trust = "tag",
    same_machine: Annotated[
        bool, typer.Option("--same-machine", help="All inputs are of one machine, though nothing in them shows it.")
    ] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="Only list the kills, one line each, at full speed; nothing is weighed.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes that read several inputs; default: the cores.")
    ] = None,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            "--max-seconds",
            metavar="N",
            min=0.001,
            help="Stop reading after N seconds and report what was read. Default: 60 s of processor time for each input, "
            "and 2 s for each MiB of it.",
        ),
    ] = None,
    max_memory: Annotated[
        str | None,
        typer.Option(
            "--max-memory",
            metavar="SIZE",
            help="Stop reading when this process holds more, such as 2Gi, and report what was read. Default: three "
            "quarters of what the machine has, or of the limit of the cgroup.",
        ),
    ] = None,
    max_incidents: Annotated[
        int,
        typer.Option(
            "--max-incidents", metavar="N", min=1, help="Describe so many; others are counted by workload and host."
        ),
    ] = 200_000,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit 3 if a part of the input could not be read, or a limit was met."),
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="WHAT",
            autocompletion=completions.findings,
            help="kill (exit 10), causes such as leak,low_limit (11), very-likely (12), incomplete (3); commas between.",
        ),
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Take out names of hosts, users, addresses and accounts.")
    ] = False,
    redact_strict: Annotated[
        bool, typer.Option("--redact-strict", help="Take out names of pods, units, images and processes as well.")
    ] = False,
    redact_map: Annotated[
        str | None, typer.Option("--redact-map", metavar="FILE", help="Write here what was taken out (mode 0600).")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", help="In GitHub Actions: the step's summary, and five annotations at most.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; so does NO_COLOR.")] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="No verdict on the terminal and no messages, only what -o or --format asks for."
        ),
    ] = False,
) -> None:
    """Analyse kernel logs: a short verdict here, and the incident report as oomscope-report.html."""
    from oomscope.cli.analyze import Wish, run
    from oomscope.cli.findings import parse
    from oomscope.cli.live_logs import Live, paths_or_input
    from oomscope.errors import UsageError
    from oomscope.incident.what_if import parse_changes

    options = options_of(rules, year, tz, trust, side)
    if max_seconds is not None and not 0 < max_seconds < 1e9:
        raise UsageError(f"--max-seconds {max_seconds}: is no number of seconds")
    options = options._replace(
        read=options.read._replace(max_seconds=max_seconds, max_memory=bytes_of(max_memory)),
        max_incidents=max_incidents,
        what_if=parse_changes(what_if or ()),
        same_machine=same_machine,
        jobs=jobs or os.cpu_count() or 1,
    )
    level = "strict" if redact_strict else "standard" if redact else None
    live = Live(journal, dmesg, choice, alone=not paths)
    wish = Wish(
        tuple(output or ()),
        format_,
        no_color,
        quiet,
        strict,
        choice,
        level,
        redact_map,
        parse(fail_on),
        github,
        live,
    )
    paths = paths_or_input(paths or (), live)
    if brief:
        _refuse_with_brief(wish)
        from oomscope.cli.brief import run as run_brief

        run_brief(paths, wish, options)
        return
    run(paths, wish, options)


def _refuse_with_brief(wish: Any) -> None:  # noqa: ANN401 - a Wish, whose module is read late
    """Raise UsageError for what needs a whole analysis."""
    from oomscope.cli.findings import FailOn
    from oomscope.errors import UsageError

    if wish.live.journal or wish.live.dmesg:
        raise UsageError(
            "--brief reads files and pipes; leave it out, or run: journalctl -k -o export | oomscope analyze --brief -"
        )
    if wish.choice is not None or wish.redact or wish.github or wish.fail_on != FailOn():
        raise UsageError(
            "--brief lists every kill as it is: it goes with no choice, no --redact, --github or --fail-on"
        )
