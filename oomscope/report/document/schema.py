"""The document's JSON Schema 2020-12, as published by `oomscope schema`.

Within `schema_version` 1 keys are only added, so an object that may grow stays open; the small closed shapes
(a line range, a chance, a part of a sum) refuse what they do not know. `$defs/line` is a line of `--format jsonl`.
"""

from typing import Any, Final

Schema = dict[str, Any]


def listed(names: str) -> list[str]:
    """Return the names in `a b c` as a list."""
    return names.split()


FORMATS: Final = listed(
    "dmesg dmesg-ctime dmesg-iso dmesg-json kmsg syslog rfc5424 journal-short journal-json journal-export cri "
    "docker-json cloud-logging text json journal-verbose netconsole pstore talos vmware logcat archive"
)
SCOPES: Final = listed("container pod qos kubepods service cgroup node cpuset mempolicy")
OUTCOMES: Final = listed("killed spared no_killable panicked unknown")
MACHINE_EVIDENCE: Final = [
    "boot id",
    "same records",
    "host name",
    "--same-machine",
    "the same input",
    "this input alone",
]

TEXT: Final[Schema] = {"type": "string"}
CAUSE_ID: Final[Schema] = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*$"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
INTEGER: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
CHANCE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 1}
TRUTH: Final[Schema] = {"type": "boolean"}
TIME: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
"""Every time of a document: UTC with microseconds, so that times sort as text."""


def maybe(shape: Schema) -> Schema:
    """Return `shape`, or null: the log does not say."""
    return {"oneOf": [shape, {"type": "null"}]}


def many(shape: Schema) -> Schema:
    """Return a list of `shape`."""
    return {"type": "array", "items": shape}


def ref(name: str) -> Schema:
    """Return a reference to one of the named shapes."""
    return {"$ref": f"#/$defs/{name}"}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None, *, closed: bool = False) -> Schema:
    """Return the shape of an object; it is open for keys of later versions unless `closed`."""
    shape: Schema = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {**shape, "additionalProperties": False} if closed else shape


def schema() -> Schema:
    """Return the whole schema, a fresh dict."""
    from oomscope.report.document.schema_shapes import shapes

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
        ),
        "$defs": shapes(),
    }
