"""Records at a time and from a caller, and the events that are made of them."""

from collections.abc import Iterable
from typing import Any

from helpers.kernel_reading import numbers_of, records_of
from helpers.report_text import CPU, HEAD, USAGE, kill, summary

from oomscope.kernel import OomEvent, assemble
from oomscope.read.record import Record

REPORT = (HEAD, CPU, USAGE, summary(), kill())


def at(seconds: float, *texts: str, **changes: Any) -> list[Record]:  # noqa: ANN401  (fields of a Record)
    """Records within one microsecond."""
    return [r._replace(**changes) for r in records_of(texts, seconds, step=0.0)]


def numbered(*parts: Iterable[Record]) -> list[Record]:
    return [r._replace(line=n, last_line=n) for n, r in enumerate((r for part in parts for r in part), 1)]


def events(*parts: Iterable[Record]) -> tuple[OomEvent, ...]:
    return assemble(numbered(*parts)).events


def victims_and_lines(found: tuple[OomEvent, ...]) -> list[tuple[list[int], list[int]]]:
    """The victims and the lines of each event."""
    return [([v.pid for v in e.victims], numbers_of(e)) for e in found]
