"""Records to OOM events: the words of the kernel. Knows nothing about Kubernetes."""

from oomscope.kernel.assembler import (
    BAD_VALUES,
    BRIDGES,
    CORE_MARKERS,
    LONG_BLOCK,
    MARKERS,
    REPORT_WORDS,
    WIDE,
    Assembly,
    assemble,
)
from oomscope.kernel.damaged_lines import looks_damaged
from oomscope.kernel.event import OomEvent
from oomscope.kernel.sections.rate_limit import rate_limits_reports

__all__ = [
    "BAD_VALUES",
    "BRIDGES",
    "CORE_MARKERS",
    "LONG_BLOCK",
    "MARKERS",
    "REPORT_WORDS",
    "WIDE",
    "Assembly",
    "OomEvent",
    "assemble",
    "looks_damaged",
    "rate_limits_reports",
]
