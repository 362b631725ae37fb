"""The report's fixed words: causes, scopes, trust, certainty. Nothing here comes from a log."""

from typing import Final

ABSENT: Final = "not in the log"
DASH: Final = "–"

CAUSES: Final = {
    "leak": ("leak", "Anonymous memory grows without bound"),
    "low_limit": ("low limit", "The limit is smaller than what the workload ordinarily needs"),
    "tmpfs_fill": ("tmpfs", "Files on tmpfs fill the memory"),
    "shared_memory": ("shared segments", "Shared memory segments fill the limit"),
    "page_cache": ("page cache", "File pages could not be given back in time"),
    "unevictable": ("unevictable pages", "Locked or otherwise unevictable pages hold the memory"),
    "kernel_memory": ("kernel memory", "The kernel's own memory fills the limit"),
    "process_proliferation": ("too many processes", "Too many processes, none of them large"),
    "node_overcommit": ("node overcommit", "Many workloads together outgrew the node"),
    "noisy_neighbour": ("noisy neighbour", "One workload took the node; the victim may be innocent"),
    "system_daemon": ("system daemon", "A process outside the workloads' cgroups took the node"),
    "numa_constraint": ("NUMA constraint", "A cpuset or memory policy kept the allocation away from free pages"),
    "hugetlb_reservation": ("huge page reservation", "Reserved huge pages left too little for the rest"),
    "swap_exhausted": ("swap exhausted", "Swap ran out first"),
    "fragmentation": ("fragmentation", "Enough free pages, but not in one piece"),
    "unaccounted_memory": ("unaccounted memory", "Memory that is on no list of the report"),
    "manual": ("by hand", "Somebody asked for this kill"),
    "userspace_killer": ("userspace killer", "A userspace daemon killed, not the kernel"),
    "undetermined": ("undetermined", "The clues do not carry a verdict"),
    "none": ("none of these", "None of the known causes"),
}

SCOPES: Final = {
    "container": "the container's own limit",
    "pod": "the pod's limit, shared by its containers",
    "qos": "the limit of a QoS class, shared by many pods",
    "kubepods": "the limit over all pods of the node",
    "service": "the service's own limit",
    "cgroup": "a cgroup's limit",
    "node": "no cgroup's limit: the node ran out of free pages",
    "cpuset": "no cgroup's limit: the nodes allowed by a cpuset ran out of free pages",
    "mempolicy": "no cgroup's limit: the nodes allowed by a memory policy ran out of free pages",
}

TRUST: Final = {
    "kernel": ("kernel-attested", "the log records that the kernel itself wrote these lines"),
    "likely": (
        "kernel log",
        "a kernel log without a recorded facility, or whole reports in a syslog whose two clocks agree",
    ),
    "tag": ("syslog tag only", "anyone who may write to syslog could have written these lines"),
    "text": ("unattested text", "nothing in the input says who wrote these lines"),
}

BANDS: Final = (
    ("very likely", "90 % and more"),
    ("likely", "75 % to 90 %"),
    ("leaning", "50 % to 75 %"),
    ("undetermined", "below 50 %, or a lead under 15 points, or fewer than two groups of clues"),
)

_BOUNDARIES: Final = (50, 75, 90)


def cause_name(cause: str) -> str:
    """`tmpfs_fill` as `tmpfs`; an unknown id as it is."""
    return CAUSES[cause][0] if cause in CAUSES else cause.replace("_", " ")


def cause_title(cause: str) -> str:
    """The cause as a sentence; an unknown id as it is."""
    return CAUSES[cause][1] if cause in CAUSES else cause.replace("_", " ")


def percent5(probability: float) -> int:
    """A probability in steps of 5 %, never above 95, never rounded up into a stronger word's band."""
    raw = min(max(probability, 0.0), 0.97) * 100
    rounded = int(raw / 5 + 0.5) * 5
    crossed = any(raw < edge <= rounded for edge in _BOUNDARIES)
    return rounded - 5 if crossed else rounded


def odds(probability: float) -> str:
    """`about 95 %`, or `under 5 %` where a step of 5 would say 0."""
    step = percent5(probability)
    return f"about {step} %" if step else "under 5 %"


def strength(weight: float) -> str:
    """A weight in nats as a word; the number stands beside it."""
    size = abs(weight)
    return "strong" if size >= 2 else "moderate" if size >= 1 else "weak"


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 kill`, `4 kills`, `1 204 lines`: the count grouped by thin spaces."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def count(n: int) -> str:
    """An integer with its thousands apart."""
    return f"{n:,}".replace(",", "\u2009")


def title_of(text: str) -> str:
    """`text` with a capital first letter; the rest as it was."""
    return text[:1].upper() + text[1:]
