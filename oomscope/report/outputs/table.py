"""The tables that CSV and Parquet hold: their columns, and a row for each incident, task or clue."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from oomscope.report.fields import Doc, number, rows, sub, text

Row = Mapping[str, object]


class Table(NamedTuple):
    """One kind of row. Sizes are bytes; what the log does not say is None."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Doc], Iterator[Row]]


_WHOLE_NUMBERS: Final = frozenset(("first_line", "last_line", "pid", "tgid", "uid", "oom_score_adj", "badness_pages", "rank"))  # fmt: skip
_FRACTIONS: Final = frozenset(("monotonic_seconds", "probability", "weight", "cpu_seconds"))


def kind_of(column: str) -> str:
    """Return what a column holds: `size` in bytes, `integer`, `number` or `text`."""
    if column.endswith("_bytes"):
        return "size"
    if column in _WHOLE_NUMBERS:
        return "integer"
    if column.endswith("_count"):
        return "integer"
    return "number" if column in _FRACTIONS else "text"


def _incidents(doc: Doc) -> Iterator[Row]:
    for incident in rows(doc, "incidents"):
        yield _incident(incident)


def _incident(incident: Doc) -> Row:
    victim = next(iter(rows(incident, "victims")), {})
    load, memcg, verdict = sub(incident, "workload"), sub(incident, "memcg"), sub(incident, "verdict")
    source, time = sub(incident, "source"), sub(incident, "time")
    first, last = _span(incident.get("lines"))
    return {
        **{name: incident.get(name) for name in COLUMNS},
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


def _tasks(doc: Doc) -> Iterator[Row]:
    for incident in rows(doc, "incidents"):
        killed = {one.get("pid") for one in rows(incident, "victims")}
        for task in rows(incident, "tasks"):
            yield {**task, "incident": incident.get("id"), "killed": "yes" if task.get("pid") in killed else "no"}


def _evidence(doc: Doc) -> Iterator[Row]:
    for incident in rows(doc, "incidents"):
        for clue in rows(sub(incident, "verdict"), "evidence"):
            first, last = _span(clue.get("lines"))
            yield {**clue, "incident": incident.get("id"), "clue": clue.get("id"), "first_line": first, "last_line": last}  # fmt: skip


def _span(lines: object) -> Sequence[object]:
    return lines if isinstance(lines, (list, tuple)) and len(lines) == 2 else (None, None)


COLUMNS: Final = (
    "incident", "outcome", "file", "member", "first_line", "last_line", "host", "wall", "monotonic_seconds", "scope",
    "constraint", "namespace", "pod", "container", "unit", "workload", "comm", "pid", "anon_rss_bytes", "file_rss_bytes",
    "shmem_rss_bytes", "oom_score_adj", "usage_bytes", "limit_bytes", "oom_memcg", "task_memcg", "killer", "trust",
    "mechanism", "cause", "words", "probability", "kernel_release",
)  # fmt: skip
INCIDENTS: Final = Table("incidents", COLUMNS, _incidents)
TASKS: Final = Table(
    "tasks",
    (
        "incident", "pid", "tgid", "uid", "comm", "killed", "total_vm_bytes", "rss_bytes", "anon_rss_bytes", "file_rss_bytes",
        "shmem_rss_bytes", "pgtables_bytes", "swap_bytes", "oom_score_adj", "badness_pages", "rank",
    ),
    _tasks,
)  # fmt: skip
EVIDENCE: Final = Table(
    "evidence",
    ("incident", "clue", "cause", "group", "weight", "says", "first_line", "last_line", "source"),
    _evidence,
)
