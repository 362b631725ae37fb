"""What exporters call things: cAdvisor's metric names, column headers of CSV files, labels."""

import math
from collections.abc import Mapping

from oomscope.series.memory_series import Who

# cAdvisor, lib/container/libcontainer/handler.go: rss is `anon` (v2) or `total_rss` (v1), cache is `file`, with shmem.
METRICS = {
    "container_memory_usage_bytes": "usage",
    "container_memory_working_set_bytes": "working_set",
    "container_memory_rss": "anon",
    "container_memory_cache": "file",
    "container_memory_swap": "swap",
    "container_memory_kernel_usage": "kernel",
    "container_memory_mapped_file": "mapped",
    "container_start_time_seconds": "start",
    "container_spec_memory_limit_bytes": "limit",
    "kube_pod_container_resource_limits": "limit",
    "kube_pod_container_resource_limits_memory_bytes": "limit",
}

_COLUMNS = {
    "usage": ("usage", "usage_bytes", "memory_usage", "memory.current", "memory.usage_in_bytes", "used", "value"),
    "limit": ("limit", "limit_bytes", "memory.max", "memory.limit_in_bytes", "max"),
    "anon": ("anon", "rss", "anon_bytes", "total_rss"),
    "file": ("file", "cache", "file_bytes", "total_cache"),
    "shmem": ("shmem", "shmem_bytes", "total_shmem"),
    "swap": ("swap", "swap_current", "swap_bytes", "memory.swap.current", "total_swap"),
    "working_set": ("working_set", "working_set_bytes"),
    "mapped": ("mapped_file", "mapped_file_bytes", "total_mapped_file"),
    "kernel": ("kernel", "kmem_usage", "kernel_bytes"),
}
COLUMNS = {**METRICS, **{alias: name for name, aliases in _COLUMNS.items() for alias in aliases}}
TIMES = ("t", "time", "timestamp", "ts", "date", "datetime", "_time")
LABELS = {
    "cgroup": "cgroup",
    "id": "cgroup",
    "path": "cgroup",
    "namespace": "namespace",
    "pod": "pod",
    "pod_name": "pod",
    "container": "container",
    "container_name": "container",
}


def who_of(labels: Mapping[str, object]) -> Who:
    """Return whose series it is by its labels; also by the older `pod_name` and `container_name`."""
    found: dict[str, str] = {}
    for label, field in LABELS.items():
        value = labels.get(label)
        if isinstance(value, str) and value and field not in found:
            found[field] = value[:8192]
    return Who(**found)


def measure_of(labels: Mapping[str, object]) -> str | None:
    """Return what a Prometheus series measures. One without a name is the result of an expression: usage of some kind."""
    name = labels.get("__name__")
    if name is None:
        return "usage"
    if name == "kube_pod_container_resource_limits" and labels.get("resource") not in (None, "memory"):
        return None
    return METRICS.get(name) if isinstance(name, str) else None


def no_limit_is_infinite(measure: str, value: float) -> float:
    """Return a value, infinite for the 0 that cAdvisor writes where a container has no limit."""
    return math.inf if measure == "limit" and value == 0 else value
