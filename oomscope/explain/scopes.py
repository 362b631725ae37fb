"""Whose limit it can be: for each scope who dies, what the orchestrator shows, where to look, what raises or lowers it."""

from typing import NamedTuple


class ScopeText(NamedTuple):
    whose: str
    dies: str
    shows: str
    look: str  # a command
    moves: str


SCOPE_TEXTS = {
    "container": ScopeText(
        "The memory limit of one container (resources.limits.memory, docker run -m) was reached. The node may have plenty free.",
        "Only tasks of this container can be chosen, the one with the highest badness first; with memory.oom.group (kubelet "
        "1.28 and newer on cgroup v2, unless singleProcessOOMKill) all of them die together.",
        "If the container's first process dies, Kubernetes shows OOMKilled, exit code 137, and restarts it. If only a child "
        "dies, the container runs on and Kubernetes says nothing: the kernel log is the only witness.",
        "kubectl describe pod POD; cat /sys/fs/cgroup/.../memory.max memory.events",
        "limits.memory of the container; an in-place resize or a vertical autoscaler may have changed it since.",
    ),
    "pod": ScopeText(
        "The limit of a whole pod was reached: the sum of its containers' limits, or the pod's own resources. Volumes of medium "
        "Memory count towards it whichever container wrote them, and outlive a container's restart.",
        "Any task of any container of the pod, so a sidecar can die of what the main container took.",
        "The runtime watches the container's cgroup, not the pod's: the status may read Error, exit code 137, where one looks "
        "for OOMKilled. A pod with one container has one limit twice, and the kernel may name either.",
        "kubectl get pod POD -o jsonpath='{.spec.containers[*].resources}{.spec.volumes}'",
        "The limits of its containers, pod-level resources, emptyDir sizeLimit, the runtime class's overhead.",
    ),
    "qos": ScopeText(
        "The cgroup of a QoS class (kubepods-burstable, kubepods-besteffort) has a limit or reserve of its own, and its pods "
        "together reached it.",
        "Any task of any pod of the class; the victim need not be the pod that grew.",
        "Nothing: the kubelet reports kills of the root cgroup only (SystemOOM), and those that end a container's first process.",
        "cat /sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/memory.max",
        "The kubelet's qosReserved and the memory QoS feature set it; requests of the pods above the class lower it.",
    ),
    "kubepods": ScopeText(
        "All pods of the node together reached what the kubelet lets them have: capacity less kube-reserved and system-reserved "
        "(node allocatable, enforceNodeAllocatable: pods).",
        "Any task of any pod, by badness: those above their request and BestEffort pods first. Processes of the system are safe.",
        "Containers end as OOMKilled far below their own limits. The eviction manager acts on a threshold of its own and looks "
        "only every ten seconds: a fast rise overtakes it.",
        "kubectl get node NODE -o jsonpath='{.status.allocatable.memory}'; cat /sys/fs/cgroup/kubepods.slice/memory.max",
        "kube-reserved, system-reserved and evictionHard lower it; fewer or honestly requested pods relieve it.",
    ),
    "service": ScopeText(
        "A systemd unit reached its MemoryMax= (MemoryLimit= on cgroup v1): a service, a scope, or a slice above it. A user's "
        "session lives in user-UID.slice and its session-N.scope.",
        "A task of the unit or of any unit below it; with OOMPolicy=kill all of them, with OOMPolicy=stop systemd stops what is left.",
        "systemctl status says Result: oom-kill, the journal of the unit that a process was killed by the OOM killer.",
        "systemctl show UNIT -p MemoryMax -p MemoryHigh -p MemoryCurrent -p OOMPolicy; systemd-cgtop -m",
        "systemctl set-property UNIT MemoryMax=2G raises it and stays; MemoryHigh= slows down before it, MemorySwapMax= bounds its swap.",
    ),
    "cgroup": ScopeText(
        "A cgroup that no known orchestrator made reached its limit, or the log does not name which: lxc, a batch system, a "
        "build sandbox, somebody with mkdir.",
        "A task of that cgroup or of any below it.",
        "Whatever made the cgroup may show exit code 137 or signal 9, or nothing.",
        "systemd-cgls; cat /sys/fs/cgroup/PATH/memory.max; grep . /sys/fs/cgroup/PATH/memory.events",
        "memory.max (memory.limit_in_bytes on cgroup v1); an ancestor's limit holds as well, whatever its own says.",
    ),
    "node": ScopeText(
        "No cgroup's limit: the node itself ran out. Free pages fell below the min watermark of every zone that the allocation "
        "could use, and reclaim found nothing more.",
        "Any process of the node, by badness: its size plus its oom_score_adj. The kubelet sets that by QoS class and request, "
        "so a BestEffort pod dies for what a database took.",
        "The kubelet reports an event SystemOOM on the node; a pod whose first process died reads OOMKilled though it was "
        "below its limit.",
        "kubectl describe node NODE; free -m; ps aux --sort=-rss | head",
        "More RAM or swap, honest requests, limits on what grows, system-reserved, evictionHard; vm.min_free_kbytes moves the watermarks.",
    ),
    "cpuset": ScopeText(
        "No cgroup's limit: a cpuset (cpuset.mems) allows only some NUMA nodes, and those are full while others may have free pages.",
        "A task that is allowed on the same nodes, since killing another would free nothing there.",
        "The topology manager and Guaranteed pods with whole CPUs bind so; Kubernetes shows OOMKilled and no reason.",
        "numastat -m; cat /sys/fs/cgroup/PATH/cpuset.mems.effective",
        "A wider cpuset.mems, the kubelet's memoryManagerPolicy and topologyManagerPolicy, spreading the workload.",
    ),
    "mempolicy": ScopeText(
        "No cgroup's limit: a memory policy of the task (numactl --membind, mbind) allows only some NUMA nodes, and those are full.",
        "A task whose policy or cpuset overlaps those nodes.",
        "Nothing names the policy: neither Kubernetes nor systemd knows of it, unless the unit has NUMAPolicy=.",
        "numastat -p PID; grep -E 'Mems_allowed|bind' /proc/PID/status /proc/PID/numa_maps | head",
        "--preferred instead of --membind, interleave, more nodes in the mask.",
    ),
    "sysrq": ScopeText(
        "No limit: somebody asked, by SysRq-f or by writing f to /proc/sysrq-trigger. The order is printed as -1.",
        "The task with the highest badness of the whole node, however much is free.",
        "Nothing but the log tells it apart from a shortage: a container that dies so reads OOMKilled or Error.",
        "journalctl -k | grep -i sysrq; sysctl kernel.sysrq",
        "kernel.sysrq says who may; some tools of user space write it when memory runs low.",
    ),
    "panic": ScopeText(
        "vm.panic_on_oom made the kernel panic instead of killing: 1 for a node-wide shortage, 2 for a cgroup's as well; or it "
        "found nobody that it may kill.",
        "Nobody, or rather everything: the machine stops, and kernel.panic says after how many seconds it boots again.",
        "The node turns NotReady and comes back with a new boot id; its pods restart without a word of memory.",
        "sysctl vm.panic_on_oom kernel.panic; ls /sys/fs/pstore /var/crash",
        "vm.panic_on_oom=0; fewer processes at oom_score_adj -1000.",
    ),
}  # fmt: skip
