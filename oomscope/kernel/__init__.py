"""Records to OOM events: the words of the kernel. Knows nothing about Kubernetes."""

from oomscope.kernel.assembler import BRIDGES, CORE_MARKERS, MARKERS, Assembly, assemble
from oomscope.kernel.event import OomEvent
from oomscope.kernel.sections.rate_limit import rate_limits_reports

__all__ = ["BRIDGES", "CORE_MARKERS", "MARKERS", "Assembly", "OomEvent", "assemble", "rate_limits_reports"]
