"""`oomscope watch`."""

from typing import Annotated

import typer

from oomscope.cli.common_options import bytes_of


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
        size = bytes_of(record_size, "--record-size")
        run(path, kmsg, journal, Wish(format_, output, metrics, listen, hook, state, record, size, kubernetes_events))
