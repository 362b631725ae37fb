"""The report's fixed words: scopes, trust, certainty. Names of causes are in the document, from the cause files."""

from collections.abc import Mapping
from typing import Any, Final

ABSENT: Final = "not in the log"
DASH: Final = "–"

_NO_CAUSE: Final = {"undetermined": "open", "none": "none of these"}

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
    "kernel": ("kernel-attested", "the log records that the kernel wrote these lines"),
    "likely": (
        "kernel log",
        "it looks like a kernel log; its origin cannot be verified",
    ),
    "tag": ("not attested", "anyone who may write to this log could have written these lines"),
    "text": ("unattested text", "nothing in the input says who wrote these lines"),
}

BANDS: Final = (
    ("very likely", "90 % and more"),
    ("likely", "75 % to 90 %"),
    ("leaning", "50 % to 75 %"),
    ("open", "below 50 %, or a lead under 15 points, or fewer than two groups of clues"),
)

_BOUNDARIES: Final = (50, 75, 90)


def cause_name(cause: str, verdict: Mapping[str, Any]) -> str:
    """Return a cause as people read it: `tmpfs_fill` as `tmpfs`. The verdict that mentions it has the names."""
    for one in verdict.get("ranked") or ():
        if one.get("cause") == cause and one.get("name"):
            return str(one["name"])
    return _NO_CAUSE.get(cause) or cause.replace("_", " ")


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
    """`1 kill`, `4 kills`, `1,204 lines`."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def count(n: int) -> str:
    """An integer with commas between its thousands, as every text writes them."""
    return f"{n:,}"


def title_of(text: str) -> str:
    """`text` with a capital first letter; the rest as it was."""
    return text[:1].upper() + text[1:]
