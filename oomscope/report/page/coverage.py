"""What was read and what was not there to read: inputs, losses, text that only looks like an OOM kill."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.report.fields import Doc, number, rows, text, wall
from oomscope.report.tables import Column, Grid, Row, columns, plain_rows, word
from oomscope.report.words import ABSENT, DASH, count, plural
from oomscope.units import size

_MOST = 40


class Warned(NamedTuple):
    message: str
    line: str


class Coverage(NamedTuple):
    finding: str
    inputs: Grid
    losses: tuple[str, ...]  # for the first screen
    lookalikes: Grid | None
    lookalikes_hidden: str


def coverage(doc: Doc) -> Coverage:
    """Every input with its warnings, and the sentences that belong on the first screen."""
    inputs = rows(doc, "inputs")
    warned = [_warned(w, text(i, "path") if len(inputs) > 1 else "") for i in inputs for w in rows(i, "warnings")]
    findings = rows(doc, "text_findings")
    losses = [w.message + (f" ({w.line})" if w.line else "") for w in warned]
    if findings:
        losses.append(
            f"{plural(len(findings), 'line')} {'that looks like an OOM kill and is' if len(findings) == 1 else 'that look like OOM kills and are'} not counted"
        )
    lines = sum(number(i, "lines") or 0 for i in inputs)
    return Coverage(
        finding=f"{plural(len(inputs), 'file')}, {plural(int(lines), 'line')}",
        inputs=_inputs(rows(doc, "inputs")),
        losses=tuple(losses[:5]) + ((f"and {len(losses) - 5} more, listed below",) if len(losses) > 5 else ()),
        lookalikes=_lookalikes(findings[:_MOST]) if findings else None,
        lookalikes_hidden=f"{plural(len(findings) - _MOST, 'more line')}" if len(findings) > _MOST else "",
    )


def _inputs(inputs: Sequence[Doc]) -> Grid:
    table: list[Row] = []
    for item in inputs:
        table.append(_input(item))
        shown = [_warned(w) for w in rows(item, "warnings")[:_MOST]]
        table += [Row((f"{w.message} ({w.line})" if w.line else w.message,), "warned") for w in shown]
    titles = columns("path", "format", "#lines", "#size", "times", Column("sha256", "path"))
    return Grid("Inputs", titles, tuple(table), scroll=True)


def _input(item: Doc) -> Row:
    member = text(item, "member")
    first, last = wall(item.get("first_time")), wall(item.get("last_time"))
    return Row(
        (
            word(text(item, "path", ABSENT) + (f" → {member}" if member else "")),
            text(item, "format", ABSENT),
            DASH if item.get("lines") is None else count(item["lines"]),
            DASH if item.get("bytes") is None else size(item["bytes"]),
            f"{first} to {last}" if first and last else first or last or ABSENT,
            word(text(item, "sha256")),
        )
    )


def _warned(warning: Doc, path: str = "") -> Warned:
    line = warning.get("line")
    said = text(warning, "message") or text(warning, "code")
    return Warned(f"{path}: {said}" if path else said, f"line {line}" if line is not None else "")


def _lookalikes(findings: Sequence[Doc]) -> Grid:
    table = [(_number(f.get("line")), word(text(f, "ident", DASH)), word(text(f, "text")[:300])) for f in findings]
    titles = columns("#line", "from", Column("text", "path"))
    return Grid("OOM-looking text that was not counted as a kill", titles, plain_rows(table), scroll=True)


def _number(line: object) -> str:
    return DASH if line is None else str(line)
