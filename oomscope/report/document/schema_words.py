"""The words that the shapes of the schema are written in, and the closed lists of values."""

from typing import Any, Final

Schema = dict[str, Any]


def listed(names: str) -> list[str]:
    """Return the names in `a b c` as a list."""
    return names.split()


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
