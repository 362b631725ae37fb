"""The output formats: what each is called, which file endings mean it, and what makes it. One line of FORMATS a format."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from oomscope.errors import UsageError
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.analysis import Analysis


class Look(NamedTuple):
    """How text is laid out where it is read."""

    color: bool
    width: int


class Format(NamedTuple):
    name: str
    endings: tuple[str, ...]  # the first is the one that messages name
    render: "Callable[[Analysis, Look], str | bytes | Iterable[str]]"
    check: "Callable[[], None] | None" = None  # raises InputError where what it needs is not installed
    binary: bool = False  # nothing for a terminal


def _text(analysis: "Analysis", look: Look) -> str:
    from oomscope.report.text import render_text

    return render_text(analysis.shown_document(), color=look.color, width=look.width)


def _markdown(analysis: "Analysis", flavour: str) -> str:
    from oomscope.report.outputs import markup
    from oomscope.report.outputs.markdown import render_markdown

    return render_markdown(analysis.shown_document(), getattr(markup, flavour))


def _csv(analysis: "Analysis", name: str) -> Iterable[str]:
    from oomscope.report.outputs import table
    from oomscope.report.outputs.csv_table import render_csv

    return render_csv(analysis.document(), getattr(table, name))


def _parquet(analysis: "Analysis", name: str) -> bytes:
    from oomscope.report.outputs import table
    from oomscope.report.outputs.parquet import render_parquet

    return render_parquet(analysis.document(), getattr(table, name))


def _needs_pyarrow() -> None:
    from oomscope.report.outputs.parquet import needs_pyarrow

    needs_pyarrow()


def _pdf(analysis: "Analysis", look: Look) -> bytes:
    from oomscope.report.outputs.pdf import render_pdf

    return render_pdf(analysis.html())


def _needs_browser() -> None:
    from oomscope.report.outputs.pdf import needs_browser

    needs_browser()


def _brief_json(analysis: "Analysis", look: Look) -> Iterable[str]:
    from oomscope.report.outputs.brief_json import render_brief_json

    return render_brief_json(analysis.document())


def _ecs(analysis: "Analysis", look: Look) -> Iterable[str]:
    from oomscope.report.outputs.ecs import render_ecs

    return render_ecs(analysis.document())


def _otel(analysis: "Analysis", look: Look) -> Iterable[str]:
    from oomscope.report.outputs.otel import render_otel

    return render_otel(analysis.document())


def _junit(analysis: "Analysis", look: Look) -> str:
    from oomscope.report.outputs.junit import render_junit

    return render_junit(analysis.shown_document())


def _sarif(analysis: "Analysis", look: Look) -> str:
    from oomscope.report.outputs.sarif import render_sarif

    return render_sarif(analysis.document())


def _openmetrics(analysis: "Analysis", look: Look) -> Iterable[str]:
    from oomscope.report.outputs.openmetrics import render_openmetrics

    return render_openmetrics(analysis.document())


FORMATS = (
    Format("html", (".html", ".htm"), lambda analysis, look: analysis.html()),
    Format("json", (".json",), lambda analysis, look: analysis.written_json()),
    Format("jsonl", (".jsonl", ".ndjson"), lambda analysis, look: analysis.written_lines()),
    Format("brief-json", (".brief.json",), _brief_json),
    Format("text", (".txt", ".text"), _text),
    Format("markdown", (".md", ".markdown"), lambda analysis, look: _markdown(analysis, "MARKDOWN")),
    Format("jira", (".jira",), lambda analysis, look: _markdown(analysis, "JIRA")),
    Format("slack", (".slack",), lambda analysis, look: _markdown(analysis, "SLACK")),
    Format("csv", (".csv",), lambda analysis, look: _csv(analysis, "INCIDENTS")),
    Format("csv-tasks", (".tasks.csv",), lambda analysis, look: _csv(analysis, "TASKS")),
    Format("csv-evidence", (".evidence.csv",), lambda analysis, look: _csv(analysis, "EVIDENCE")),
    Format("parquet", (".parquet",), lambda analysis, look: _parquet(analysis, "INCIDENTS"), _needs_pyarrow, True),
    Format("parquet-tasks", (".tasks.parquet",), lambda analysis, look: _parquet(analysis, "TASKS"), _needs_pyarrow, True),
    Format("parquet-evidence", (".evidence.parquet",), lambda analysis, look: _parquet(analysis, "EVIDENCE"), _needs_pyarrow, True),
    Format("junit", (".xml",), _junit),
    Format("sarif", (".sarif",), _sarif),
    Format("openmetrics", (".prom",), _openmetrics),
    Format("ecs", (".ecs.jsonl", ".ecs.ndjson"), _ecs),
    Format("otel", (".otel.jsonl", ".otlp.jsonl"), _otel),
    Format("pdf", (".pdf",), _pdf, _needs_browser, True),
)  # fmt: skip
NAMES = "|".join(one.name for one in FORMATS)
ENDINGS = " ".join(one.endings[0] for one in FORMATS)


def named(name: str) -> Format:
    """Return the format of this name. Raises UsageError for another."""
    for one in FORMATS:
        if one.name == name:
            return one
    raise UsageError(f"--format {safe_line(name)} is unknown; it is one of {', '.join(one.name for one in FORMATS)}")


def ending_of(target: str) -> str:
    """Return how a file's name ends, from the last dot."""
    return target[target.rfind(".") :].lower() if "." in target else ""


def fits(target: str, kind: Format) -> bool:
    """True if a file's name ends as those of this format do."""
    return target.lower().endswith(kind.endings)


def of_target(target: str) -> Format:
    """Return the format that the ending of a file's name means, the longest that fits; text for stdout.

    Raises UsageError for another.
    """
    if target == "-":
        return named("text")
    name = target.lower()
    fitting = [(len(ending), one) for one in FORMATS for ending in one.endings if name.endswith(ending)]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    *most, last = (one.endings[0] for one in FORMATS)
    raise UsageError(
        f"-o {safe_line(target)}: no format ends like that; use {', '.join(most)} or {last}, or say --format"
    )
