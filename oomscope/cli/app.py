"""The typer application: every command, none of its work."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oomscope import __version__
from oomscope.cli import completions
from oomscope.cli.choice_options import with_choice
from oomscope.cli.formats import ENDINGS, NAMES
from oomscope.cli.record_app import record_app
from oomscope.cli.rules_app import Rules, rules_app
from oomscope.cli.side_options import with_side_inputs
from oomscope.inputs import SideFiles

if TYPE_CHECKING:
    from oomscope.chosen import Choice

app = typer.Typer(
    help="Find every OOM kill in a kernel log and say who died, whose limit it was, why, and how sure.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(rules_app, name="rules")
app.add_typer(record_app, name="record")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"oomscope {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find every OOM kill in a kernel log and say who died, whose limit it was, why, and how sure."""


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
NO_SIDE_FILES = SideFiles()
Trust = Annotated[
    str,
    typer.Option(
        metavar="kernel|likely|tag|any",
        autocompletion=completions.trust_levels,
        help="The least trust that counts as a kill; any takes text that nothing attests for the kernel's.",
    ),
]


@app.command()
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
    from oomscope.incident.trust import parse_level
    from oomscope.incident.what_if import parse_changes

    options = _options(rules, year, tz, side)
    if max_seconds is not None and not 0 < max_seconds < 1e9:
        raise UsageError(f"--max-seconds {max_seconds}: is no number of seconds")
    options = options._replace(
        read=options.read._replace(max_seconds=max_seconds, max_memory=_bytes_of(max_memory)),
        max_incidents=max_incidents,
        what_if=parse_changes(what_if or ()),
        trust=parse_level(trust),
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


@app.command()
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
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Compare two analyses: which workloads are killed now and were not before, which no longer, and what changed."""
    from oomscope.cli.diff import run
    from oomscope.incident.trust import parse_level

    run(before, after, output, format_, _options(rules, year, tz, NO_SIDE_FILES)._replace(trust=parse_level(trust)))


@app.command()
@with_side_inputs
def facts(
    paths: Paths,
    side: SideFiles = NO_SIDE_FILES,
    rules: Rules = None,
    year: Year = None,
    tz: Zone = None,
    trust: Trust = "tag",
) -> None:
    """Print every fact of every incident: what the causes are weighed by."""
    from oomscope.cli.facts import run
    from oomscope.incident.trust import parse_level

    options = _options(rules, year, tz, side)
    run(paths, options._replace(trust=parse_level(trust)))


@app.command()
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


@app.command()
def schema() -> None:
    """Print the JSON Schema of the document that --format json prints."""
    from oomscope.cli.output import put
    from oomscope.report.document.schema import schema as the_schema
    from oomscope.report.json import render_json

    put(render_json(the_schema()))


@app.command()
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
    from oomscope.incident.trust import parse_level

    run(folder, _options(rules, year, tz, NO_SIDE_FILES)._replace(trust=parse_level(trust)))


@app.command()
def watch(
    path: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A log file, through rotation.", show_default=False)
    ] = None,
    kmsg: Annotated[bool, typer.Option("--kmsg", help="Follow /dev/kmsg; this is the default.")] = False,
    journal: Annotated[bool, typer.Option("--journal", help="Follow the kernel messages of the journal.")] = False,
    format_: Annotated[str, typer.Option("--format", "-f", metavar="text|jsonl", help="What is printed.")] = "text",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Append to this file instead of stdout.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="FILE", help="Keep the place here, so that a restart goes on where it was."),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option("--metrics", metavar="FILE", help="Keep OpenMetrics counts here, for node_exporter.")
    ] = None,
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="127.0.0.1:PORT", help="Serve the counts at /metrics.")
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option(
            "--hook",
            metavar="'CMD ARG...'",
            help="Run for each incident, with its JSON on stdin; split into words, no shell; at most one a second.",
        ),
    ] = None,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="DIR", help="Sample the memory of every cgroup into a ring of files here."),
    ] = None,
    record_size: Annotated[
        str, typer.Option("--record-size", metavar="SIZE", help="How large the ring may become.")
    ] = "50Mi",
    kubernetes_events: Annotated[
        bool,
        typer.Option("--kubernetes-events", help="In a pod: post an event on the pod whose process was killed."),
    ] = False,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Follow nothing: print which cgroups of the ring will meet their limit.")
    ] = False,
) -> None:
    """Follow a kernel log and tell of each OOM kill within a second, with its verdict."""
    from oomscope.cli.watch import Wish, run, run_forecast

    if forecast:
        run_forecast(record, format_)
    else:
        size = _bytes_of(record_size, "--record-size")
        run(path, kmsg, journal, Wish(format_, output, metrics, listen, hook, state, record, size, kubernetes_events))


@app.command()
def fleet(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="GLOB|URL...",
            help="Logs of many nodes: files, folders, quoted patterns, URLs such as s3://bucket/logs/*.gz.",
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
    from oomscope.incident.trust import parse_level

    options = _options(rules, year, tz, NO_SIDE_FILES)._replace(trust=parse_level(trust))
    run(names, out, options, scheduler, workers or os.cpu_count() or 1, batch, strict=strict)


def _options(
    rules: str | None,
    year: int | None,
    tz: str | None,
    side: SideFiles,
) -> Any:  # noqa: ANN401  (imported when a command runs)
    from oomscope.api import Options

    options = Options(rules=rules, side=side)
    return options._replace(read=options.read._replace(year=year, tz=tz))


def _bytes_of(size: str | None, option: str = "--max-memory") -> int | None:
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
