"""The shapes that the document's schema is made of, one small function per part of an incident."""

from oomscope.report.document.schema import (
    CAUSE_ID,
    CHANCE,
    COUNT,
    FORMATS,
    INTEGER,
    NUMBER,
    SCOPES,
    TEXT,
    TRUTH,
    Schema,
    many,
    maybe,
    record,
    ref,
)


def shapes() -> dict[str, Schema]:
    """Every named shape."""
    return {
        "lines": {"type": "array", "prefixItems": [COUNT, COUNT], "minItems": 2, "maxItems": 2},
        "input": _input(),
        "warning": record({"code": TEXT, "message": TEXT, "line": maybe(COUNT)}),
        "text_finding": record({"line": maybe(COUNT), "text": TEXT, "ident": maybe(TEXT)}),
        "incident": _incident(),
        "time": record({"monotonic_seconds": maybe(NUMBER), "wall": maybe(TEXT), "wall_source": maybe(TEXT)}),
        "gap": record({"section": TEXT, "reason": TEXT}),
        "note": record({"id": TEXT, "text": TEXT}, {"lines": maybe(ref("lines"))}),
        "invoker": _invoker(),
        "memcg": _memcg(),
        "node": _node(),
        "accounting": _accounting(),
        "task": _task(),
        "victim": _victim(),
        "workload": _workload(),
        "verdict": _verdict(),
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
            "format": {"enum": FORMATS},
            "bytes": COUNT,
            "lines": COUNT,
            "sha256": maybe(TEXT),
            "first_time": maybe(TEXT),
            "last_time": maybe(TEXT),
            "warnings": many(ref("warning")),
        }
    )


def _incident() -> Schema:
    required: dict[str, Schema] = {
        "id": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
        "input": COUNT,
        "lines": ref("lines"),
        "time": ref("time"),
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
        "workload": maybe(ref("workload")),
        "verdict": maybe(ref("verdict")),
    }
    return record(
        required, {"notes": maybe(many(ref("note"))), "trace": maybe(many(TEXT)), "accounts": maybe(_accounts())}
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
    return record(
        _sizes("ram free swap_total swap_free"),
        {
            "zones": maybe(many(zone)),
            "hugepages": maybe(many(pool)),
            "unreclaimable_slab": maybe(many(slab)),
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
            **_sizes("total_vm anon_rss file_rss shmem_rss pgtables"),
            **_texts("task_memcg why_chosen"),
            "reaped": {},
            "is_init": maybe(TRUTH),
        },
    )


def _workload() -> Schema:
    return record(
        {"key": maybe(TEXT)},
        {
            **_texts("orchestrator runtime cgroup_driver pod_uid container_id qos_class qos_source namespace pod"),
            **_texts("container image owner names_source unit memory_request_source"),
            "cgroup_version": maybe({"enum": [1, 2]}),
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
        },
    )


def _workload_group() -> Schema:
    return record(
        {"key": maybe(TEXT), "incidents": many(TEXT), "kills": COUNT},
        {
            **_texts("first last lifetimes_source"),
            "lifetimes_seconds": maybe(many(NUMBER)),
            "interval_seconds": maybe(many(NUMBER)),
            "verdict": maybe(ref("verdict")),
        },
    )
