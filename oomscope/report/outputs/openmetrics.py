"""OpenMetrics text for node_exporter's textfile collector: how many kills each workload had, and why."""

from collections import Counter
from collections.abc import Iterator, Mapping

from oomscope.report.counting import is_kill
from oomscope.report.fields import Doc, rows, sub, text
from oomscope.safe_text import safe_line

LABELS = ("namespace", "pod", "container", "unit", "host", "scope", "cause", "init_died")


def render_openmetrics(doc: Doc) -> Iterator[str]:
    """One sample for each set of labels, then the end mark."""
    kills = Counter(labels_of(i) for i in rows(doc, "incidents") if is_kill(i))
    return render_counts(
        kills, Counter(labels_of(i) for i in rows(doc, "incidents") if text(i, "outcome") == "unknown")
    )


def render_counts(
    kills: Mapping[tuple[str, ...], int], unsettled: Mapping[tuple[str, ...], int] | None = None
) -> Iterator[str]:
    """The same of incidents that were counted by `labels_of`; `unsettled` are those that end before they say who was killed."""
    yield from _counter("oom_kills", "OOM kills of the kernel, as oomscope read them from logs.", kills)
    if unsettled:
        yield from _counter(
            "oom_reports_cut", "OOM reports that end before the line that says who was killed.", unsettled
        )
    yield "# EOF\n"


def _counter(name: str, what: str, found: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    yield f"# TYPE {name} counter\n# HELP {name} {what}\n"
    for values, count in sorted(found.items()):
        labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in zip(LABELS, values, strict=True))
        yield f"{name}_total{{{labels}}} {count}\n"


def labels_of(incident: Doc) -> tuple[str, ...]:
    """Return the values of LABELS for one kill."""
    load = sub(incident, "workload")
    init = next((v.get("is_init") for v in rows(incident, "victims")), None)
    return (
        *(text(load, name) for name in ("namespace", "pod", "container", "unit")),
        text(incident, "host"),
        text(incident, "scope"),
        text(sub(incident, "verdict"), "cause"),
        {True: "true", False: "false"}.get(init, ""),  # type: ignore[arg-type]
    )


def _quoted(value: str) -> str:
    return safe_line(value).replace("\\", "\\\\").replace('"', '\\"')
