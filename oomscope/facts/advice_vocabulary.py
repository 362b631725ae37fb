"""The facts that remedies count with: each computed from the incident's own numbers, and unknown where one is missing."""

from oomscope.facts.table import Fact

ADVICE_FACTS = (
    # a limit
    Fact("raise_buys_low_seconds", "seconds", "how long the larger limit would hold at the fastest rate that the series allow"),
    Fact("raise_buys_high_seconds", "seconds", "the same at the slowest rate; unknown where the series allow none at all"),
    Fact("raise_buys_life_seconds", "seconds", "how long the larger limit would hold if it fills as fast as in its lives so far"),
    Fact("need_quantity", "text", "what was charged when the kernel killed, with what was swapped, in Kubernetes units"),
    Fact("high_quantity", "text", "nine tenths of the limit, for memory.high, in mebibytes as systemd writes them"),
    Fact("tmpfs_room", "text", "what a tmpfs may hold beside the rest of the charge, with a fifth of both to spare within the limit"),
    Fact("lock_room", "text", "what may be locked beside the rest of the charge, with a fifth of both to spare within the limit"),
    Fact("same_comm", "text", "name of the most numerous group of tasks"),
    Fact("workers_fit", "count", "how many of that group fit the limit, with a fifth of it to spare"),
    # what a pod's settings say
    Fact("memory_volume", "text", "name of the pod's memory-backed volume"),
    Fact("heap_flag", "text", "name of the flag that bounds the heap: -Xmx, GOMEMLIMIT, ..."),
    Fact("heap_setting", "text", "that flag with three quarters of the limit (GOMEMLIMIT, which counts everything: nine tenths)"),
    # requests
    Fact("request_bytes", "bytes", "the victim's memory request, from the inventory or as its oom_score_adj tells it", "kubelet, pkg/kubelet/qos/policy.go"),
    Fact("victim_bytes", "bytes", "the first victim's footprint"),
    Fact("victim_quantity", "text", "the same in Kubernetes units"),
    Fact("victim_over_request", "truth", "the first victim held more than its memory request"),
    # the node
    Fact("largest_group_bytes", "bytes", "footprint of the largest workload of the node"),
    Fact("largest_group_quantity", "text", "the same in Kubernetes units"),
    Fact("largest_requested", "text", "the memory request that its oom_score_adj tells, in Kubernetes units", "kubelet, pkg/kubelet/qos/policy.go"),
    Fact("daemons_bytes", "bytes", "footprint of the processes outside pods"),
    Fact("daemons_quantity", "text", "the same in Kubernetes units, rounded up"),
    Fact("reserved_bytes", "bytes", "what the node keeps back from pods: capacity less allocatable"),
    Fact("hugepages_used", "count", "reserved huge pages that are in use, where there is one pool"),
    Fact("min_free_kbytes", "count", "min watermarks of all zones together, in KiB, as vm.min_free_kbytes counts"),
    Fact("min_free_kbytes_twice", "count", "twice that"),
)  # fmt: skip
