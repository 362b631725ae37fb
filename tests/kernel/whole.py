"""An assembly as text, every field of it: what the golden files of tests/events hold, to the last number.

A line a shape, with the fields that say something; a field that is not there is None, False or empty.
"""

import json
from pathlib import Path

from events.golden import HERE, parts
from helpers.kernel_reading import assembly_of

WHOLE = Path(__file__).parent / "whole"


def whole(log: bytes) -> str:
    """Everything that `assemble` finds in a log."""
    assembly = assembly_of(log)
    out: list[str] = []
    for event in assembly.events:
        out.append("EVENT")
        for name, value in zip(event._fields, event, strict=True):
            if name == "line_runs":
                out.append("line_runs: " + " ".join(f"{a}-{b}" if a != b else str(a) for a, b in event.line_runs))
            elif name != "raw":
                out += _fields(name, value)
    out += [
        line for name in ("text_findings", "orphan_reaps", "waiting") for line in _fields(name, getattr(assembly, name))
    ]
    return "\n".join(out) + "\n"


def _fields(name: str, value: object) -> list[str]:
    if value is None or value is False or value == ():
        return []
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        inner = [(f, v) for f, v in zip(value._fields, value, strict=True) if not (v is None or v is False or v == ())]
        flat = [f"{f}={json.dumps(v)}" for f, v in inner if not _nested(v)]
        below = [line for f, v in inner if _nested(v) for line in _fields(f"{name}.{f}", v)]
        return [f"{name}: {' '.join(flat)}", *below]
    if isinstance(value, tuple) and _nested(value):
        return [line for n, item in enumerate(value) for line in _fields(f"{name}[{n}]", item)]
    return [f"{name}: {json.dumps(value)}"]


def _nested(value: object) -> bool:
    return isinstance(value, tuple) and (hasattr(value, "_fields") or any(hasattr(v, "_fields") for v in value))


def names() -> list[str]:
    """The logs whose whole reading is held: what is damaged, and an era of each shape."""
    return sorted(path.stem for path in WHOLE.glob("*.txt"))


def log_of(name: str) -> bytes:
    return parts(HERE / f"{name}.txt")[1]
