"""What is said on stderr of an input that was not read as a whole: it is not an input without kills."""

from collections.abc import Iterator, Sequence

from oomscope.cli.output import tell
from oomscope.errors import Incomplete, InputError
from oomscope.read import InputSummary
from oomscope.report import counting
from oomscope.report.document.incident_body import Json
from oomscope.report.words import plural
from oomscope.safe_text import safe_line

_MOST = 5


def warn(inputs: Sequence[InputSummary], text_findings: Sequence[Json], *, found: bool) -> None:
    """Say on stderr what was not read; where no kill was `found`, everything that may be why."""
    for sentence in _doubts(inputs, found=found):
        tell(sentence)
    if text_findings and not found:
        first = text_findings[0]
        count = len(text_findings)
        what = "line quotes" if count == 1 else "lines quote"
        tell(
            f"oomscope: {count} {what} the kernel's OOM messages, but none can be taken for the kernel's own "
            f"(line {first['line']}: {first['reason']}). If a kill is missing, the kernel log itself is needed: "
            "journalctl -k -o json, or dmesg."
        )


def _doubts(inputs: Sequence[InputSummary], *, found: bool) -> Iterator[str]:
    """Yield the warnings on the inputs: without a kill any of them may be why."""
    said = [(one, warning) for one in inputs for warning in (one.not_read if found else one.warnings)]
    for one, warning in said[:_MOST]:
        place = f", line {warning.line}" if warning.line is not None else ""
        yield f"oomscope: {_name(one)}{place}: {warning.message}"
    if len(said) > _MOST:
        yield f"oomscope: and {plural(len(said) - _MOST, 'more warning')}; --format json lists all"


def judge(inputs: Sequence[InputSummary], text_findings: Sequence[Json], *, found: bool, strict: bool) -> None:
    """Raise InputError if nothing could be read, or, where that is asked for, Incomplete if not everything was.

    Without a kill every warning counts, and so does text that only looks like an OOM report.
    """
    if strict:
        gaps = sum(len(one.not_read if found else one.warnings) for one in inputs)
        if gaps:
            raise Incomplete(f"--strict: the result rests on an incomplete reading ({plural(gaps, 'warning')})")
        if text_findings and not found:
            raise Incomplete("--strict: text looks like an OOM report, and none could be read of it")
    if inputs and not found and all(one.is_unread for one in inputs):
        raise InputError("nothing could be read")


def unsettled(outcomes: Sequence[str]) -> str | None:
    """Return the sentence for reports that end before the kernel says what it did; None without any."""
    cut = counting.unsettled(outcomes)
    return f"{cut}: it is not known whether somebody was" if cut else None


def nothing(inputs: Sequence[InputSummary]) -> str:
    """Return the sentence for a run that found no kill."""
    unread = [one for one in inputs if one.not_read]
    if unread:
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        reason = unread[0].not_read[0].message
        if all(one.is_unread for one in inputs):
            return f"Nothing could be read: {_name(unread[0])}{more}: {reason}."
        return (
            f"Not all of {_name(unread[0])}{more} could be looked at, and no OOM kill was found in the rest: {reason}."
        )
    lines = sum(one.lines for one in inputs)
    kinds = sorted({one.format for one in inputs})
    return f"No OOM kill in {lines:,} {'line' if lines == 1 else 'lines'} of {', '.join(kinds) or 'nothing'}."


def _name(one: InputSummary) -> str:
    return safe_line(one.path + (f" ({one.member})" if one.member else ""))
