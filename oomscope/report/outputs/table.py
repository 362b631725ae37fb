"""One row an incident, as CSV that a spreadsheet takes for text: no cell of the input begins a formula."""

import csv
import io
from collections.abc import Iterator, Sequence

from oomscope.report.fields import Doc, number, rows, sub, text
from oomscope.safe_text import safe_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "incident", "outcome", "file", "member", "first_line", "last_line", "host", "wall", "monotonic_seconds", "scope",
    "constraint", "namespace", "pod", "container", "unit", "workload", "comm", "pid", "anon_rss_bytes", "file_rss_bytes",
    "shmem_rss_bytes", "oom_score_adj", "usage_bytes", "limit_bytes", "oom_memcg", "task_memcg", "killer", "trust",
    "mechanism", "cause", "words", "probability", "kernel_release",
)  # fmt: skip


def render_csv(doc: Doc) -> Iterator[str]:
    """The header, then one line an incident; sizes are bytes, what the log does not say is empty."""
    yield _line(COLUMNS)
    for incident in rows(doc, "incidents"):
        known = _row(incident)
        yield _line([_cell(known.get(name)) for name in COLUMNS])


def _row(incident: Doc) -> dict[str, object]:
    victim = next(iter(rows(incident, "victims")), {})
    load, memcg, verdict = sub(incident, "workload"), sub(incident, "memcg"), sub(incident, "verdict")
    source, time = sub(incident, "source"), sub(incident, "time")
    first, last = incident.get("lines") or (None, None)
    flat = {name: incident.get(name) for name in COLUMNS}
    return {
        **flat,
        **{name: load.get(name) for name in ("namespace", "pod", "container", "unit")},
        **{name: victim.get(name) for name in ("comm", "pid", "anon_rss_bytes", "file_rss_bytes", "shmem_rss_bytes", "oom_score_adj")},
        **{name: memcg.get(name) for name in ("usage_bytes", "limit_bytes")},
        "incident": incident.get("id"),
        "file": source.get("path"),
        "member": source.get("member"),
        "first_line": first,
        "last_line": last,
        "wall": time.get("wall"),
        "monotonic_seconds": time.get("monotonic_seconds"),
        "workload": load.get("key"),
        "mechanism": text(sub(verdict, "mechanism"), "id"),
        "cause": verdict.get("cause"),
        "words": verdict.get("words"),
        "probability": number(verdict, "probability"),
    }  # fmt: skip


def _cell(value: object) -> str:
    """A cell; text that a spreadsheet would compute gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    clean = safe_line(str(value))
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
