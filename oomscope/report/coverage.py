"""What was read and what was not there to read: inputs, losses, text that only looks like an OOM kill."""

from dataclasses import dataclass

from oomscope.report.fields import Doc, rows, text, wall
from oomscope.report.words import ABSENT, DASH, count, plural
from oomscope.units import size

_MOST = 40


@dataclass(frozen=True, slots=True)
class Warned:
    message: str
    line: str


@dataclass(frozen=True, slots=True)
class Input:
    path: str
    format: str
    lines: str
    size: str
    sha256: str
    times: str
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class Lookalike:
    line: str
    text: str
    ident: str


@dataclass(frozen=True, slots=True)
class Coverage:
    inputs: tuple[Input, ...]
    losses: tuple[str, ...]  # for the first screen
    lookalikes: tuple[Lookalike, ...]
    lookalikes_hidden: str
    redaction: str


def coverage(doc: Doc) -> Coverage:
    """Every input with its warnings, and the sentences that belong on the first screen."""
    inputs = tuple(_input(i) for i in rows(doc, "inputs"))
    findings = rows(doc, "text_findings")
    losses = [w.message + (f" ({w.line})" if w.line else "") for i in inputs for w in i.warnings]
    if findings:
        losses.append(f"{plural(len(findings), 'line')} of OOM-looking text not counted as a kill")
    redaction = doc.get("redaction")
    level = redaction.get("level") if isinstance(redaction, dict) else redaction
    return Coverage(
        inputs=inputs,
        losses=tuple(losses[:5]) + ((f"and {len(losses) - 5} more, listed below",) if len(losses) > 5 else ()),
        lookalikes=tuple(_lookalike(f) for f in findings[:_MOST]),
        lookalikes_hidden=f"{plural(len(findings) - _MOST, 'more line')}" if len(findings) > _MOST else "",
        redaction=str(level) if level else "",
    )


def _input(item: Doc) -> Input:
    member = text(item, "member")
    first, last = wall(item.get("first_time")), wall(item.get("last_time"))
    return Input(
        path=text(item, "path", ABSENT) + (f" → {member}" if member else ""),
        format=text(item, "format", ABSENT),
        lines=DASH if item.get("lines") is None else count(item["lines"]),
        size=DASH if item.get("bytes") is None else size(item["bytes"]),
        sha256=text(item, "sha256"),
        times=f"{first} to {last}" if first and last else first or last or "",
        warnings=tuple(_warned(w) for w in rows(item, "warnings")[:_MOST]),
    )


def _warned(warning: Doc) -> Warned:
    line = warning.get("line")
    return Warned(text(warning, "message") or text(warning, "code"), f"line {line}" if line is not None else "")


def _lookalike(finding: Doc) -> Lookalike:
    line = finding.get("line")
    return Lookalike(DASH if line is None else str(line), text(finding, "text")[:300], text(finding, "ident", DASH))
