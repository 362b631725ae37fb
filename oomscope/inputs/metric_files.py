"""Metric files: Prometheus JSON, OpenMetrics text or CSV, told apart by what stands in them, not by their names."""

import re
from collections.abc import Iterator
from pathlib import Path

from oomscope.errors import InputError
from oomscope.inputs.metric_csv import csv_samples
from oomscope.inputs.metric_names import measure_of, no_limit_is_infinite, who_of
from oomscope.inputs.metric_samples import Sample, bytes_of, gather
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import documents, member, rows, table
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line
from oomscope.series.memory_series import Series

_EXPECTED = "a query_range answer of Prometheus, OpenMetrics text with times, or a CSV with a column t or time"
_LINE = lazy(r"([a-zA-Z_:][a-zA-Z0-9_:]{0,200})(?:\{(.*)\})?[ \t]+(\S{1,40})(?:[ \t]+(\S{1,40}))?(?:[ \t]+#.*)?")
_LABEL = lazy(r'([a-zA-Z_][a-zA-Z0-9_]{0,200})="((?:[^"\\]|\\.)*+)",?')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def read_metrics(path: str | Path) -> list[Series]:
    """Return the series in a file. Raises InputError if it cannot be read or holds none."""
    return parse_metrics(read_text(path, "ask for the series of the killed containers only"), safe_line(str(path)))


def parse_metrics(text: str, place: str = "the metrics") -> list[Series]:
    """Return the series in a text. Raises InputError with the place if there are none."""
    head = text.lstrip()[:1]
    if head in ("{", "["):
        samples = _prometheus(text, place)
    elif _is_openmetrics(text):
        samples = _openmetrics(text)
    else:
        samples = csv_samples(text, place, _EXPECTED)
    found = gather(samples, place)
    if not found:
        raise InputError(f"{place}: no memory series in it; expected {_EXPECTED}")
    return found


def _prometheus(text: str, place: str) -> Iterator[Sample]:
    """query_range (matrix) and query (vector) answers, whole or only their `result`."""
    for document in documents(text, place, _EXPECTED):
        yield from answered(document)


def answered(document: object) -> Iterator[Sample]:
    """Yield the samples of one answer of Prometheus."""
    for one in rows(document) or rows(document, "data", "result") or rows(document, "result"):
        labels = table(one, "metric")
        measure = measure_of(labels)
        if measure is None:
            continue
        who = who_of(labels)
        values = member(one, "values")
        single = member(one, "value")
        for pair in [*(values if isinstance(values, list) else []), *([single] if single else [])]:
            if isinstance(pair, list) and len(pair) == 2:
                time, value = bytes_of(pair[0]), bytes_of(pair[1])
                yield Sample(who, time, measure, no_limit_is_infinite(measure, value))


def _is_openmetrics(text: str) -> bool:
    first = [line for line in text[:65536].splitlines() if line.strip()][:20]
    bare = [line for line in first if not line.startswith("#")]
    return bool(first) and (first[0].startswith(("# HELP", "# TYPE", "# UNIT", "# EOF")) or _looks_like(bare))


def _looks_like(lines: list[str]) -> bool:
    return bool(lines) and all("{" in line and _LINE.fullmatch(line.strip()[:4096]) for line in lines)


def _openmetrics(text: str) -> Iterator[Sample]:
    """sample:: container_memory_rss{id="/kubepods/…",pod="web-1"} 4.2e+07 1741817969.4"""
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip()) if len(line) <= 1 << 16 and not line.startswith("#") else None
        if found is None or found[4] is None:
            continue
        labels: dict[str, object] = {m[1]: _unescaped(m[2]) for m in _LABEL.finditer(found[2] or "")}
        measure = measure_of({**labels, "__name__": found[1]})
        if measure is not None:
            value = no_limit_is_infinite(measure, bytes_of(found[3]))
            yield Sample(who_of(labels), bytes_of(found[4]), measure, value)


def _unescaped(text: str) -> str:
    return re.sub(r'\\[n"\\]', lambda m: _ESCAPES[m[0]], text)
