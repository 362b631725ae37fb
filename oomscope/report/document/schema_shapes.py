"""The shapes that the document's schema is made of, one small function per part of an incident."""

from oomscope.read.transports.family import FORMATS
from oomscope.report.document.incident_body import VICTIM_SIZES
from oomscope.report.document.schema_words import (
    CAUSE_ID,
    CHANCE,
    COUNT,
    INTEGER,
    MACHINE_EVIDENCE,
    NUMBER,
    OUTCOMES,
    SCOPES,
    TEXT,
    TIME,
    TRUTH,
    Schema,
    many,
    maybe,
    record,
    ref,
)


def shapes() -> dict[str, Schema]:
    """Return every named shape."""
    return {
        "lines": {"type": "array", "prefixItems": [COUNT, COUNT], "minItems": 2, "maxItems": 2},
        "input": _input(),
        "warning": record({"code": TEXT, "message": TEXT, "line": maybe(COUNT)}),
        "machine": _machine(),
        "text_finding": record(
            {"input": COUNT, "line": maybe(COUNT), "text": TEXT, "ident": maybe(TEXT), "reason": TEXT}
        ),
        "more_incidents": record(
            {"input": COUNT, "host": maybe(TEXT), "workload": maybe(TEXT), "incidents": COUNT, "kills": COUNT}
        ),
        "incident": _incident(),
        "line": _line(),
        "source": record({"path": TEXT, "member": maybe(TEXT), "lines": ref("lines")}),
        "time": _time(),
        "gap": record({"section": TEXT, "reason": TEXT}),
        "note": record({"id": TEXT, "text": TEXT}, {"lines": maybe(ref("lines"))}),
        "invoker": _invoker(),
        "memcg": _memcg(),
        "node": _node(),
        "accounting": _accounting(),
        "accounts": _accounts(),
        "task": _task(),
        "victim": _victim(),
        "workload": _workload(),
        "kubernetes_outcome": _kubernetes_outcome(),
        "verdict": _verdict(),
        "mechanism": _mechanism(),
        "ranked": record({"cause": TEXT, "probability": CHANCE}, {"name": TEXT}, closed=True),
        "evidence": _evidence(),
        "answer": _answer(),
        "workload_group": _workload_group(),
    }


def _sizes(names: str) -> dict[str, Schema]:
    """`a b` as two nullable sizes, `a_bytes` and `b_bytes`."""
    return {f"{name}_bytes": maybe(COUNT) for name in names.split()}


def _texts(names: str) -> dict[str, Schema]:
    return {name: maybe(TEXT) for name in names.split()}


def _input() -> Schema:
    return record(
        {
            "path": TEXT,
            "member": maybe(TEXT),
            "format": {"enum": list(FORMATS)},
            "bytes": COUNT,
            "lines": COUNT,
            "sha256": maybe(TEXT),
            "first_time": maybe(TIME),
            "last_time": maybe(TIME),
            "warnings": many(ref("warning")),
        }
    )


def _machine() -> Schema:
    """One host in one boot. `boot` counts the boots of a host from 0; `how` says what joins its inputs."""
    return record(
        {
            "id": COUNT,
            **_texts("host boot_id kernel_release"),
            "boot": COUNT,
            "inputs": many(COUNT),
            "how": {"enum": MACHINE_EVIDENCE},
        }
    )


def _time() -> Schema:
    return record(
        {
            "monotonic_seconds": maybe(NUMBER),
            "wall": maybe(TIME),
            "wall_source": maybe(TEXT),
            "assumed": many({"enum": ["year", "zone"]}),
        }
    )


def _known_at_once() -> dict[str, Schema]:
    """Return the keys of an incident that stand outside its own report, in the document and in a line alike."""
    return {
        "id": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
        "input": COUNT,
        "machine": COUNT,
        "outcome": {"enum": OUTCOMES},
        "time": ref("time"),
        "workload": maybe(ref("workload")),
    }


_LATER: dict[str, Schema] = {
    "source": ref("source"),
    "invocations": {"type": "integer", "minimum": 1},
    "kubernetes_outcome": maybe(ref("kubernetes_outcome")),
}
"""Keys of schema 1.1 that a document need not have."""


def _report() -> dict[str, Schema]:
    """Return the keys of an incident that its own report tells."""
    return {
        "lines": ref("lines"),
        "trust": {"enum": ["kernel", "likely", "tag", "text"]},
        "killer": TEXT,
        "gaps": many(ref("gap")),
        **_texts("boot_id host kernel_release architecture constraint oom_memcg task_memcg page_size_source"),
        **_sizes("page_size"),
        "scope": maybe({"enum": SCOPES}),
        "oom_group": maybe(TRUTH),
        "invoker": maybe(ref("invoker")),
        "memcg": maybe(ref("memcg")),
        "node": maybe(ref("node")),
        "accounting": maybe(ref("accounting")),
        "tasks": many(ref("task")),
        "victims": many(ref("victim")),
    }


_REPORT_TOO: dict[str, Schema] = {"trace": maybe(many(TEXT)), "accounts": maybe(ref("accounts"))}


def _incident() -> Schema:
    return record(
        {
            **_known_at_once(),
            **_report(),
            "notes": many(ref("note")),
            "also_seen": many(_place()),
            "verdict": maybe(ref("verdict")),
        },
        {**_LATER, **_REPORT_TOO},
    )


def _place() -> Schema:
    """Where another input holds the same incident."""
    return record({"input": COUNT, "line": COUNT}, closed=True)


def _line() -> Schema:
    """One line of `--format jsonl`: an incident with its facts, and the verdict without its ledger.

    `more_notes` are notes beside those of its own report, which are `notes`.
    """
    clue = record({"id": TEXT, "cause": TEXT, "weight": NUMBER, "lines": maybe(ref("lines"))})
    verdict = record(
        {
            "cause": CAUSE_ID,
            "probability": CHANCE,
            "words": maybe(TEXT),
            "ranked": many(record({"cause": TEXT, "probability": CHANCE})),
            "evidence": many(clue),
        },
        {"headline": TEXT, "mechanism": maybe(ref("mechanism"))},
    )
    fact: Schema = {"type": ["number", "string", "boolean"]}
    return record(
        {
            "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
            **_known_at_once(),
            "facts": {"type": "object", "additionalProperties": fact},
            "more_notes": many(ref("note")),
            "verdict": verdict,
            **_report(),
            "notes": many(ref("note")),
        },
        {**_LATER, **_REPORT_TOO},
    )


def _invoker() -> Schema:
    return record(
        {"comm": maybe(TEXT)},
        {
            "pid": maybe(INTEGER),
            "gfp_mask": maybe(TEXT),
            "gfp_flags": maybe(many(TEXT)),
            "order": maybe(INTEGER),
            "oom_score_adj": maybe(INTEGER),
            "cpuset": maybe(TEXT),
        },
    )


def _memcg() -> Schema:
    counters: Schema = {"type": "object", "additionalProperties": maybe(NUMBER)}
    return record(
        {"version": maybe({"enum": [1, 2]}), **_sizes("usage limit"), "failcnt": maybe(COUNT)},
        {
            **_sizes("swap_usage swap_limit memsw_usage memsw_limit kmem_usage kmem_limit working_set"),
            "stat": maybe(counters),
        },
    )


def _node() -> Schema:
    zone = record({"name": TEXT}, {"node": maybe(INTEGER), **_sizes("free min low high managed present")})
    zone["properties"]["buddy"] = maybe(many({"type": "array", "items": INTEGER, "minItems": 2}))
    pool = record({"size_bytes": maybe(COUNT)}, {"node": maybe(INTEGER), "total": maybe(COUNT), "free": maybe(COUNT)})
    slab = record({"name": TEXT, **_sizes("used total")})
    allocation = record({"bytes": COUNT, "calls": COUNT, "where": TEXT})
    return record(
        _sizes("ram free swap_total swap_free"),
        {
            "zones": maybe(many(zone)),
            "hugepages": maybe(many(pool)),
            "unreclaimable_slab": maybe(many(slab)),
            "memory_allocations": maybe(many(allocation)),
            "counters": maybe({"type": "object", "additionalProperties": maybe(NUMBER)}),
        },
    )


def _accounting() -> Schema:
    part = record({"name": TEXT, "bytes": COUNT}, closed=True)
    return record({"total_bytes": maybe(COUNT), "parts": many(part), "unaccounted_bytes": maybe(INTEGER)})


def _accounts() -> Schema:
    """What each tool showed at the kill, and what that means here."""
    reading = record({"tools": many(TEXT), "bytes": COUNT, "how": TEXT})
    return record({"readings": many(reading), "says": many(record({"topic": TEXT, "text": TEXT}))})


def _task() -> Schema:
    return record(
        {"pid": INTEGER, "comm": TEXT, **_sizes("rss")},
        {
            **{name: maybe(INTEGER) for name in ("tgid", "uid", "oom_score_adj", "badness_pages", "rank")},
            **_sizes("total_vm anon_rss file_rss shmem_rss pgtables swap"),
            "cgroup": maybe(TEXT),
        },
    )


def _victim() -> Schema:
    return record(
        {"pid": maybe(INTEGER), "comm": maybe(TEXT)},
        {
            **{name: maybe(INTEGER) for name in ("uid", "oom_score_adj", "line")},
            **{name: maybe(COUNT) for name in VICTIM_SIZES},
            **_texts("task_memcg why_chosen"),
            "reaped": maybe(record({"done": TRUTH, "line": COUNT, **_sizes("anon_rss file_rss shmem_rss")})),
            "is_init": maybe(TRUTH),
        },
    )


def _workload() -> Schema:
    return record(
        {"key": maybe(TEXT)},
        {
            **_texts("orchestrator runtime cgroup_driver pod_uid container_id qos_class qos_source namespace pod"),
            **_texts("container image owner names_source unit name memory_request_source"),
            "cgroup_version": maybe({"enum": [1, 2]}),
            "memory_request_share": maybe({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}),
            **_sizes("memory_request memory_limit"),
        },
    )


def _evidence() -> Schema:
    return record(
        {"id": TEXT, "cause": TEXT, "weight": NUMBER, "group": TEXT, "says": TEXT, "lines": maybe(ref("lines"))},
        {"source": maybe(TEXT)},
    )


def _answer() -> Schema:
    """What one open clue would do if it were true: before and after are of the cause that leads now."""
    chances = {"probability": CHANCE, "before": CHANCE, "after": CHANCE}
    texts = {"id": TEXT, "says": TEXT, "cause": TEXT, "lead": TEXT, "words": TEXT}
    return record({**texts, "missing": many(TEXT), **chances, "nats": NUMBER}, {"input": maybe(TEXT)})


def _verdict() -> Schema:
    remedy = record({"action": TEXT}, {"detail": maybe(TEXT), "command": maybe(TEXT)})
    question = record({"question": TEXT}, {"command": maybe(TEXT)})
    undecided = record({"id": TEXT, "missing": many(TEXT)}, {**_texts("cause says input"), "weight": maybe(NUMBER)})
    wanted = record(
        {"input": TEXT, "what": TEXT, "clues": COUNT, "nats": NUMBER, "command": TEXT},
        {"up": maybe(ref("answer")), "down": maybe(ref("answer"))},
    )
    return record(
        {"cause": CAUSE_ID, "probability": maybe(CHANCE), "words": maybe(TEXT)},
        {
            "ranked": many(ref("ranked")),
            "evidence": many(ref("evidence")),
            "undecided": many(undecided),
            "remedies": many(remedy),
            "would_settle": many(question),
            "remedies_if": many(record({**remedy["properties"], "cause": TEXT})),
            "would_change": many(ref("answer")),
            "wanted": many(wanted),
            **_texts("title summary branch"),
            "headline": TEXT,
            "mechanism": maybe(ref("mechanism")),
        },
    )


def _mechanism() -> Schema:
    """What filled what, as the log says it; `share` is of the limit or of the node's RAM."""
    return record(
        {"id": CAUSE_ID, "says": TEXT, "lines": maybe(ref("lines")), "share": maybe(NUMBER), "bytes": maybe(COUNT)}
    )


def _kubernetes_outcome() -> Schema:
    """What became of the victim's container, and what `kubectl get pod` shows of it."""
    return record(
        {"container_ended": maybe(TRUTH), "container_restarted": maybe(TRUTH), "status_shows": maybe(TEXT), "why": TEXT}
    )


def _workload_group() -> Schema:
    return record(
        {"key": maybe(TEXT), "incidents": many(TEXT), "kills": COUNT},
        {
            "machine": COUNT,
            "example": TEXT,
            "first": maybe(TIME),
            "last": maybe(TIME),
            "lifetimes_source": maybe(TEXT),
            "lifetimes_seconds": maybe(many(NUMBER)),
            "interval_seconds": maybe(many(NUMBER)),
            "series": maybe(_series()),
            "verdict": maybe(ref("verdict")),
        },
    )


def _series() -> Schema:
    """Samples of a workload's memory, [seconds, bytes] each, in runs without a gap, and when it was killed."""
    return record(
        {
            "measure": TEXT,
            "clock": {"enum": ["epoch", "boot"]},
            "runs": many(many(many(NUMBER))),
            "kills": many(record({"incident": TEXT, "at": NUMBER})),
        }
    )
