"""CSV: one row a sample of one cgroup. Columns are found by their header, in any order; a missing one says nothing."""

import csv
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.inputs.metric_names import COLUMNS, LABELS, TIMES, no_limit_is_infinite, who_of
from oomscope.inputs.metric_samples import Sample, bytes_of
from oomscope.safe_text import safe_line

_MAX_COLUMNS = 500


class _Layout(NamedTuple):
    time: int
    labels: tuple[tuple[int, str], ...]
    measures: tuple[tuple[int, str], ...]


def csv_samples(text: str, place: str, expected: str) -> Iterator[Sample]:
    """Yield the samples of a table. Raises InputError if its header names no time or nothing about memory."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise InputError(f"{place}: empty; expected {expected}")
    delimiter = max(",;\t", key=lines[start].count)
    reader = csv.reader(lines[start:], delimiter=delimiter)
    try:
        layout = _layout(next(reader), f"{place}:{start + 1}", expected)
        for row in reader:
            yield from _row(row, layout)
    except csv.Error as error:
        raise InputError(f"{place}:{start + reader.line_num}: {safe_line(str(error))}") from None


def _layout(header: Sequence[str], place: str, expected: str) -> _Layout:
    names = [name.strip().strip('"').lower() for name in header[:_MAX_COLUMNS]]
    time = next((n for n, name in enumerate(names) if name in TIMES), None)
    measures = [(n, COLUMNS[name]) for n, name in enumerate(names) if name in COLUMNS]
    if time is None or not measures:
        what = "no column of times" if time is None else "no column of memory"
        shown = safe_line(", ".join(names)[:120])
        raise InputError(f"{place}: {what} in the header ({shown}); expected {expected}")
    labels = [(n, name) for n, name in enumerate(names) if name in LABELS]
    return _Layout(time, tuple(labels), tuple(measures))


def _row(row: Sequence[str], layout: _Layout) -> Iterator[Sample]:
    if len(row) <= layout.time:
        return
    time = time_of(row[layout.time])
    who = who_of({label: row[n].strip() for n, label in layout.labels if n < len(row)})
    for n, measure in layout.measures:
        if n < len(row) and row[n].strip():
            yield Sample(who, time, measure, no_limit_is_infinite(measure, bytes_of(row[n].strip())))


def time_of(text: str) -> float:
    """Return seconds: a number as it stands, ISO 8601 as seconds since the epoch (UTC without a zone), else NaN."""
    text = text.strip()
    try:
        return float(text)
    except ValueError:
        pass
    if not 8 <= len(text) <= 40:
        return math.nan
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan
