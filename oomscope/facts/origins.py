"""Where a fact comes from: a part of the report, a log that reaches further back, or an input beside the log."""

from typing import Literal

from oomscope.facts.advice_vocabulary import ADVICE_FACTS
from oomscope.facts.side_vocabulary import SIDE_FACTS

Origin = Literal["head", "trace", "memory", "node", "tasks", "history", "pods", "metrics", "nodes", "cgroup", "events"]

ORIGINS: dict[Origin, str] = {
    "head": "the first and last lines of the kernel's report",
    "trace": "the call trace of the report",
    "memory": "the memory counters and statistics of the report",
    "node": "the Mem-Info of the report",
    "tasks": "the task table of the report",
    "history": "its earlier lives: a log that reaches further back",
    "pods": "the pod inventory",
    "metrics": "its memory over time",
    "nodes": "the node inventory",
    "cgroup": "the memory files of its cgroup",
    "events": "the events of the cluster",
}
"""Each in words that complete `this comes from ...`."""


_NODES = frozenset({"node_capacity_bytes", "node_allocatable_bytes"})
_HISTORY = frozenset({
    "kills", "lives", "lives_regular", "others_at_once", "same_victim_comm", "limit_lowered", "limit_raised",
    "shmem_survived",
})  # fmt: skip
_NODE = frozenset({
    "ram_bytes", "free_bytes", "free_share", "swap_total_bytes", "swap_free_share", "slab_block_printed",
    "largest_slab", "hugetlb_bytes", "hugetlb_share", "hugetlb_free_share", "usable_zone_above_high",
    "blocks_missing", "other_nodes_free_share", "allowed_nodes", "allowed_node_full",
})  # fmt: skip
_TASKS = frozenset({
    "tasks", "tasks_rss_share", "victim_is_largest", "victim_rank", "victim_share", "equal_tasks", "swapped_share",
    "kubernetes_node", "groups_over_tenth", "victim_in_largest_group", "daemons_of_ram",
})  # fmt: skip
_HEAD = frozenset({
    "branch", "scope", "constraint", "order", "victims", "victim_comm", "victim_pid", "victim_adj",
    "victim_in_container", "invoker_comm", "invoker_is_victim", "oom_memcg", "limit_owner", "limit_by", "limit_unit", "limit_container", "kubernetes",
    "orchestrator", "unit", "container_id", "workload", "limit_owner_is_victim", "init_died", "oom_group",
    "no_killable", "kill_allocating", "sysrq", "userspace_killer", "kill_line_only", "gfp_account",
    "same_limit_pod",
})  # fmt: skip
_SIDE = frozenset(fact.name for fact in SIDE_FACTS)
_ADVICE: dict[str, Origin] = {
    **dict.fromkeys((fact.name for fact in ADVICE_FACTS), "memory"),
    **dict.fromkeys(("raise_buys_low_seconds", "raise_buys_high_seconds"), "metrics"),
    **dict.fromkeys(("memory_volume", "heap_flag", "heap_setting", "request_bytes", "victim_over_request"), "pods"),
    **dict.fromkeys(("same_comm", "workers_fit", "victim_bytes", "victim_quantity"), "tasks"),
    **dict.fromkeys(("largest_group_bytes", "largest_group_quantity", "largest_requested"), "tasks"),
    **dict.fromkeys(("daemons_bytes", "daemons_quantity"), "tasks"),
    **dict.fromkeys(("hugepages_used", "min_free_kbytes", "min_free_kbytes_twice"), "node"),
    "raise_buys_life_seconds": "history",
    "reserved_bytes": "nodes",
}


def origin_of(name: str) -> Origin:
    """Which input or section tells the fact `name`."""
    if name in _ADVICE:
        return _ADVICE[name]
    if name in _SIDE:
        return _beside(name)
    if name in _HISTORY or name.startswith(("life_", "footprint_", "storm_")):
        return "history"
    if name in _HEAD:
        return "head"
    if name in _TASKS or (name.startswith(("largest_task", "same_comm", "largest_")) and name not in _NODE):
        return "tasks"
    if name in _NODE or name.startswith("node_"):
        return "node"
    return "trace" if name.startswith("trace_") else "memory"


def _beside(name: str) -> Origin:
    if name in _NODES:
        return "nodes"
    if name.startswith("series_"):
        return "metrics"
    if name.startswith("event_"):
        return "events"
    if name == "runtime_restarts":
        return "history"
    return "cgroup" if name.startswith("cgroup_") else "pods"
