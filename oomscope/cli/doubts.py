"""What is said where no kill was found: an input that could not be read is not an input without kills."""

from collections.abc import Iterator, Sequence

from oomscope.analysis import Analysis
from oomscope.cli.output import tell
from oomscope.read import InputSummary
from oomscope.report.document.incident_body import Json
from oomscope.safe_text import safe_line

NO_LOG = ("empty-input", "binary-input", "error-message")
"""Warnings that say of an input that it is no log at all."""
UNREAD = (
    "archive-too-deep", "archive-too-large", "binary-journal", "decompression-bomb", "member-unreadable", "no-kernel-log",
    "too-large", "truncated-archive", "truncated-compression",
)  # fmt: skip
"""Warnings that say of an input that a part of it was not looked at."""
_MOST = 5


def warn(inputs: Sequence[InputSummary], text_findings: Sequence[Json]) -> None:
    """Say on stderr what may be why no kill was found."""
    for sentence in _doubts(inputs):
        tell(sentence)
    if text_findings:
        first = text_findings[0]
        count = len(text_findings)
        what = "line quotes" if count == 1 else "lines quote"
        tell(
            f"oomscope: {count} {what} the kernel's OOM messages, but none can be taken for the kernel's own "
            f"(line {first['line']}: {first['reason']}). If a kill is missing, the kernel log itself is needed: "
            "journalctl -k -o json, or dmesg."
        )


def _doubts(inputs: Sequence[InputSummary]) -> Iterator[str]:
    """Yield every warning on an input: any of them may be why."""
    said = [(one, warning) for one in inputs for warning in one.warnings]
    for one, warning in said[:_MOST]:
        place = f", line {warning.line}" if warning.line is not None else ""
        yield f"oomscope: {_name(one)}{place}: {warning.message}"
    if len(said) > _MOST:
        yield f"oomscope: and {len(said) - _MOST} more warnings; --format json lists all"


def nothing(analysis: Analysis) -> str:
    """Return the sentence for a run that found no kill."""
    if analysis.inputs and all(any(w.code in NO_LOG for w in one.warnings) for one in analysis.inputs):
        return "No log was read, so nothing is known about OOM kills."
    unread = [one for one in analysis.inputs if any(warning.code in UNREAD for warning in one.warnings)]
    if unread:
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        reason = next(warning.message for warning in unread[0].warnings if warning.code in UNREAD)
        return (
            f"Not all of {_name(unread[0])}{more} could be looked at, and no OOM kill was found in the rest: {reason}."
        )
    lines = sum(one.lines for one in analysis.inputs)
    kinds = sorted({one.format for one in analysis.inputs})
    return f"No OOM kill in {lines:,} {'line' if lines == 1 else 'lines'} of {', '.join(kinds) or 'nothing'}."


def _name(one: InputSummary) -> str:
    return safe_line(one.path + (f" ({one.member})" if one.member else ""))
