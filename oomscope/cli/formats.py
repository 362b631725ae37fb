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
    render: "Callable[[Analysis, Look], str | Iterable[str]]"


def _text(analysis: "Analysis", look: Look) -> str:
    from oomscope.report.text import render_text

    return render_text(analysis.shown_document(), color=look.color, width=look.width)


def _markdown(analysis: "Analysis", flavour: str) -> str:
    from oomscope.report.outputs import markup
    from oomscope.report.outputs.markdown import render_markdown

    return render_markdown(analysis.shown_document(), getattr(markup, flavour))


def _csv(analysis: "Analysis", look: Look) -> Iterable[str]:
    from oomscope.report.outputs.table import render_csv

    return render_csv(analysis.document())


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
    Format("text", (".txt", ".text"), _text),
    Format("markdown", (".md", ".markdown"), lambda analysis, look: _markdown(analysis, "MARKDOWN")),
    Format("jira", (".jira",), lambda analysis, look: _markdown(analysis, "JIRA")),
    Format("slack", (".slack",), lambda analysis, look: _markdown(analysis, "SLACK")),
    Format("csv", (".csv",), _csv),
    Format("junit", (".xml",), _junit),
    Format("sarif", (".sarif",), _sarif),
    Format("openmetrics", (".prom",), _openmetrics),
)
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


def of_target(target: str) -> Format:
    """Return the format that the ending of a file's name means; text for stdout. Raises UsageError for another."""
    if target == "-":
        return named("text")
    ending = ending_of(target)
    for one in FORMATS:
        if ending in one.endings:
            return one
    *most, last = (one.endings[0] for one in FORMATS)
    raise UsageError(
        f"-o {safe_line(target)}: no format ends like that; use {', '.join(most)} or {last}, or say --format"
    )
