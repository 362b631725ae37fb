"""Where a fact comes from: a part of the report, a log that reaches further back, or an input beside the log."""

from oomscope.facts.topics import VOCABULARY
from oomscope.inputs.registry import ORIGINS as SIDE_ORIGINS

ORIGINS: dict[str, str] = {
    "head": "the first and last lines of the kernel's report",
    "trace": "the call trace of the report",
    "memory": "the memory counters and statistics of the report",
    "node": "the Mem-Info of the report",
    "tasks": "the task table of the report",
    "history": "its earlier kills: a log that reaches further back",
    **{name: one.origin_words or name for name, one in SIDE_ORIGINS.items()},
}
"""Each in words that complete `this comes from ...`."""


def origin_of(name: str) -> str:
    """Return the section or input that tells the fact `name`."""
    return VOCABULARY[name].origin
