"""The document's JSON Schema 2020-12, as published by `oomscope schema`.

Within `schema_version` 1 keys are only added, so an object that may grow stays open; the small closed shapes
(a line range, a chance, a part of a sum) refuse what they do not know. `$defs/line` is a line of `--format jsonl`.
"""

from oomscope.report.document.schema_shapes import shapes
from oomscope.report.document.schema_words import TEXT, Schema, many, record, ref


def schema() -> Schema:
    """Return the whole schema, a fresh dict."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:oomscope:document:1",
        "title": "oomscope analysis",
        "description": "Sizes are bytes; null means that the log does not say; lines are 1-based, [first, last]; "
        "times are UTC. $defs/line describes one line of --format jsonl.",
        **record(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "oomscope_version": TEXT,
                "rules_hash": TEXT,
                "inputs": many(ref("input")),
                "machines": many(ref("machine")),
                "incidents": many(ref("incident")),
                "workloads": many(ref("workload_group")),
                "text_findings": many(ref("text_finding")),
            },
            {"more_incidents": many(ref("more_incidents"))},
        ),
        "$defs": shapes(),
    }
