"""What the accounts mean, one subject each: the long form of what the page says in a sentence."""

from typing import NamedTuple


class Topic(NamedTuple):
    title: str
    text: str  # paragraphs, apart by an empty line
    source: str

    @property
    def paragraphs(self) -> list[str]:
        """Each on one line."""
        return [" ".join(one.split()) for one in self.text.split("\n\n")]


_V2, _V1 = "Documentation/admin-guide/cgroup-v2.rst", "Documentation/admin-guide/cgroup-v1/memory.rst"

TOPICS = {
    "memcg": Topic(
        "CONSTRAINT_MEMCG: a cgroup's limit was hit, not the node's",
        """The kernel prints CONSTRAINT_MEMCG where a memory cgroup reached its limit. It does not say what
        the cgroup is. oom_memcg= names it, and task_memcg= the cgroup that the victim lives in, which may lie
        below it.

        oom_memcg is a container's: the container's own limit (oomscope explain container). A pod's: the limit
        that its containers share (pod). kubepods or a QoS class below it: the limit of all pods of the node, or
        of a class (kubepods, qos). A unit, a slice or a session of systemd (service). Anything else: a cgroup
        that a program made (cgroup).

        The node may have plenty of free memory. The other constraints are CONSTRAINT_NONE (node),
        CONSTRAINT_CPUSET (cpuset) and CONSTRAINT_MEMORY_POLICY (mempolicy).""",
        "mm/oom_kill.c, constrained_alloc and dump_oom_summary",
    ),
    "usage": Topic(
        "What counts to a cgroup",
        """usage = anonymous memory + page cache + kernel memory. The limit counts all three; nothing is in
        two of them.

        cgroup v2: anon; file, with shmem (tmpfs, shared memory) inside it; kernel (slab, stacks, page
        tables, per-cpu, vmalloc); sock beside it. Swap cache stands in both anon and swap.

        cgroup v1: rss is anonymous memory only, cache holds tmpfs too, kernel memory is a counter of
        its own (kmem) and charged to usage as well. The lines with total_ include the children, and are
        the ones that count.

        What remains is named as unaccounted, never spread: per-CPU stocks, statistics that lag behind,
        or a kind of memory that this kernel does not list.""",
        f"{_V2}, memory.stat; {_V1} 5.2",
    ),
    "working-set": Topic(
        "usage − inactive_file: what kubectl top shows",
        """cAdvisor subtracts inactive file pages from usage and calls the rest working set; kubectl top,
        the dashboards of most clusters and the kubelet's eviction use it, docker stats does the same.

        It is neither what the limit counts (usage) nor what cannot be reclaimed: active file pages are
        in it and can go, tmpfs is in it and cannot. A container may be killed with a working set below
        its limit where inactive file pages are dirty, and live for days with one at its limit.""",
        "cAdvisor, container/libcontainer/handler.go",
    ),
    "rss": Topic(
        "container_memory_rss: anonymous memory only",
        """cAdvisor takes anon (cgroup v2) or total_rss (v1). It holds neither page cache nor tmpfs nor
        kernel memory, so a container that dies of those dies with a small rss. It is not the RSS of ps,
        which counts mapped files and shared pages in each process, so that the sum over processes may
        exceed the usage.""",
        f"{_V1} 5.5; cAdvisor, container/libcontainer/handler.go",
    ),
    "page-cache": Topic(
        "Why clean page cache cannot cause a kill, and which file pages can",
        """Before it kills, the kernel reclaims sixteen times over, and goes on as long as anything comes
        free. A clean page of a file is dropped at once: a large cache at the kill means that its pages
        could not be dropped.

        Those are pages that are dirty or under writeback (a slow or remote disk, and cgroup v1 does not
        throttle the writer), pages that are locked (mlock, unevictable), tmpfs and shared memory, which
        only swap can take, pages protected by memory.min or memory.low, and the working set of
        programs, read back as fast as it is dropped.""",
        "mm/memcontrol.c, try_charge_memcg; mm/vmscan.c",
    ),
    "tmpfs": Topic(
        "Files in memory: tmpfs, /dev/shm, emptyDir of medium Memory",
        """They count as page cache (file, container_memory_cache) and as shmem, but cannot be dropped:
        only swap or rm makes room. They are charged to whoever touched the page first, and stay charged
        there.

        Killing the writer frees none of it. The files outlive the process; in a volume of the pod they
        outlive the container too, so the next one starts with the memory used up, and dies at once.

        sizeLimit of the emptyDir (size= of the mount) turns the kill into ENOSPC for the writer.""",
        f"{_V2}, Memory Ownership; kubernetes issues 119611, 128339",
    ),
    "first-touch": Topic(
        "Who is charged for a page that several use",
        """The cgroup of the task that touched it first, until it is freed: page cache, tmpfs, shared
        segments, page tables of them. A second container that reads the same file pays nothing, a
        backup that reads it first pays for all.

        When the first one ends, cgroup v2 leaves the charge with its parent; a restart can then find
        part of the pod's limit already used.""",
        f"{_V2}, Memory Ownership",
    ),
    "swap": Topic(
        "Swap, swappiness and the limits on them",
        """Without swap, or with memory.swap.max at 0 as Kubernetes has it by default, anonymous memory and
        tmpfs cannot be reclaimed at all: the limit then acts on them alone.

        cgroup v2 counts swap apart (memory.swap.max). cgroup v1 counts memory and swap together
        (memsw): its limit can be hit while the memory limit is not. vm.swappiness and memory.swappiness
        (v1) say how readily anonymous pages go rather than file pages; 0 means hardly ever.

        What is swapped is not usage, but it counts for badness: a swapped-out giant can still be
        chosen.""",
        f"{_V2}, memory.swap.max; {_V1} 2.4, 5.3",
    ),
    "requests": Topic(
        "A memory request is no limit",
        """The scheduler adds requests up; the kernel never sees them as a reserve. The kubelet turns them
        into oom_score_adj: Guaranteed -997, BestEffort 1000, Burstable 1000 − 1000 × request /
        capacity, from 3 to 999.

        So on a full node who holds more than he asked for dies first. Within a container's own limit
        all its tasks have the same value, and only size decides.""",
        "kubelet, pkg/kubelet/qos/policy.go; mm/oom_kill.c, oom_badness",
    ),
    "eviction": Topic(
        "What a node keeps back from its pods, and when the kubelet ends a pod itself",
        """allocatable = capacity − kube-reserved − system-reserved − the hard eviction threshold
        (evictionHard, memory.available, 100Mi unless it is set). The scheduler places pods by allocatable.
        By default the kubelet also sets it as the limit of the cgroup above all pods (kubepods): where that
        is hit, the pods together hold too much, and no container's own limit is to blame.

        Below the eviction threshold the kubelet ends pods, those first that use more than they request. It
        looks every ten seconds; a pod that fills the node faster meets the kernel first. An evicted pod
        shows Evicted, not OOMKilled, and is replaced elsewhere.

        kube-reserved is for the kubelet and the container runtime, system-reserved for the other daemons.
        Neither is a limit of theirs, unless enforceNodeAllocatable names it. With failSwapOn, which is the
        default, a kubelet does not start on a node with swap.""",
        "kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources; kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction",
    ),
    "overcommit": Topic(
        "Committed_AS, CommitLimit and vm.overcommit_memory",
        """Committed_AS is what all programs may still write to: address space that was asked for, touched or
        not. It is no usage, and may be far above the RAM without harm.

        vm.overcommit_memory 0 refuses only requests that are plainly too large, 1 refuses none. 2 refuses
        what would go above CommitLimit (swap and vm.overcommit_ratio per cent of the RAM): malloc fails
        then, and the oom-killer is rarely met. A memory cgroup's limit counts touched pages, whatever this
        is set to.""",
        "Documentation/mm/overcommit-accounting.rst; proc(5)",
    ),
    "pressure": Topic(
        "memory.pressure and /proc/pressure: time lost to waiting for memory",
        """some: the share of time in which at least one task waited for memory; full: in which all of them
        did. avg10, avg60 and avg300 are per cent over that many seconds, total is microseconds.

        High pressure before a kill means reclaim that found little: page cache read back as fast as it was
        dropped, or swap. systemd-oomd acts on it; the kernel's oom-killer does
        not.""",
        "Documentation/accounting/psi.rst (in v4.20)",
    ),
    "memory.high": Topic(
        "memory.high throttles, memory.max kills",
        """Above memory.high a cgroup's tasks are made to reclaim and are slowed down; nobody is killed.
        Only memory.max (the limit of the report) kills. With memory.high a little below it, writers
        wait for their disk instead of dying.

        memory.events counts both: high, and max; the failcnt of the report is that max.""",
        f"{_V2}, memory.high",
    ),
    "memory.min": Topic(
        "memory.min and memory.low protect",
        """Below memory.min nothing is reclaimed from a cgroup, below memory.low only if nothing else is
        left. Protection that adds up to nearly the parent's limit leaves reclaim nothing to take, and
        the parent kills.

        Kernels from 6.19 on print what was protected in the report.""",
        f"{_V2}, memory.min, memory.low",
    ),
    "watermarks": Topic(
        "min, low, high: when a node is out of memory",
        """Below low, kswapd reclaims in the background until free is above high. Below min, an allocation
        must reclaim itself; if every zone that it may use stays below min and nothing comes free, the
        kernel kills.

        Each zone of each NUMA node has its own three. Free memory in a zone that the allocation cannot
        use, in pieces that are too small, or held back for lower zones (lowmem_reserve, CMA,
        highatomic) does not help it.""",
        "mm/page_alloc.c, __zone_watermark_ok; vm.min_free_kbytes",
    ),
    "container-exit": Topic(
        "What Kubernetes says of a kill, and what it does not",
        """The first process of the container dies: the container ends, OOMKilled, exit code 137, and is
        restarted. A child dies: the container runs on, and neither status nor events say a word
        (memory.events oom_kill counts it).

        The pod's limit, not the container's, was hit: the runtime may miss it, and the status reads
        Error. The limit is too small to start at all: "container init was OOM-killed (memory limit too
        low?)" is the runtime's sentence.

        Exit code 137 alone is signal 9, which a failed probe and a drain send too.""",
        "containerd issues 8180, 12260; kubernetes issues 50632, 78973",
    ),
    "oom_kill_disable": Topic(
        "A cgroup that waits instead of being killed (v1)",
        """With oom_kill_disable in memory.oom_control, tasks that hit the limit sleep until somebody frees
        memory or raises it: a container that hangs with no kill in the log. under_oom 1 shows it.
        cgroup v2 has no such switch.""",
        f"{_V1} 10",
    ),
    "badness": Topic(
        "Why this process and not another",
        """badness = rss + swap + page tables, in pages, + oom_score_adj × all pages / 1000; the largest
        dies. -1000 exempts, 1000 all but chooses. All pages are the cgroup's limit or the node's RAM
        and swap.

        Who allocated last (the invoker) has no part in it, unless vm.oom_kill_allocating_task is set.""",
        "mm/oom_kill.c, oom_badness",
    ),
    "odds": Topic(
        "How sure a verdict is, and what open means",
        """very likely: 90 % and more. likely: 75 % to 90 %. leaning: 50 % to 75 %. open: below that, or the
        first cause leads the second by less than 15 points, or fewer than two groups of clues speak; in the
        JSON its cause is undetermined.

        The odds weigh the clues that the log and what was given with it hold, by weights that were fitted
        to kills with known causes. They never pass 97 %. Evidence of one kind alone is capped: one kill with
        nothing beside it never makes a leak more than leaning.

        Open is no failure to read: who died, whose limit it was and what filled it are known all the same,
        and the page asks the question that would settle the rest.""",
        "oomscope rules list; the weights stand in the rules",
    ),
}
