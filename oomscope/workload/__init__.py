"""Cgroup paths to pods, containers and units; what inventories and runtimes say about them.

Inventories are in `inventory` (reading), `pods` (shapes, finding) and `memory_flags`; a run without one does not load them.
"""

from oomscope.workload.adj import AdjReading, qos_from_adj, request_bytes
from oomscope.workload.identity import Identity, Level, QosClass
from oomscope.workload.key import workload_key
from oomscope.workload.paths import SAME_LIMIT_CAVEAT, Scope, ScopeReading, contains, identify, scope_of

__all__ = [
    "SAME_LIMIT_CAVEAT",
    "AdjReading",
    "Identity",
    "Level",
    "QosClass",
    "Scope",
    "ScopeReading",
    "contains",
    "identify",
    "qos_from_adj",
    "request_bytes",
    "scope_of",
    "workload_key",
]
