"""Which family a stream belongs to, from its first bytes; which transport its lines were, from what was read."""

import re
from collections.abc import Mapping
from typing import Literal

from oomscope.read.transports.prefix_patterns import LINE_FORMATS

Family = Literal["lines", "ndjson", "json", "export", "verbose", "pstore", "binary-journal"]

FORMATS = (
    *LINE_FORMATS, "dmesg-json", "journal-json", "journal-export", "journal-verbose", "docker-json", "cloud-logging",
    "json", "pstore", "archive",
)  # fmt: skip
"""The published name of every transport."""

_VERBOSE = re.compile(rb"(?m)^\S[^\n]{10,80}\[s=[0-9a-f]{8,64};i=[0-9a-f]{1,16};")
PSTORE_PART = re.compile(
    rb"(?m)^(?:Panic|Oops|Emergency|Restart|Halt|Poweroff|Shutdown|Unknown)#(\d{1,6}) Part(\d{1,6})[ \t\r]*$"
)


def family_of(head: bytes) -> Family:
    """The reader that a stream needs. Lines are the rule; the others are records that lines do not bound."""
    if head.startswith(b"LPKSHHRH"):
        return "binary-journal"
    sample = head[:8192]
    if sample[:1] in b"{[ \t\n\r\x1ed" and _is_json(sample):
        line = head[: head.find(b"\n")] if b"\n" in head else head
        return "ndjson" if line.startswith(b"{") and line.rstrip().endswith(b"}") else "json"
    if sample.startswith(b"__CURSOR=") or (b"__REALTIME_TIMESTAMP=" in sample and b"\n_BOOT_ID=" in sample):
        return "export"
    if b"[s=" in sample and _VERBOSE.search(sample):
        return "verbose"
    if PSTORE_PART.match(sample):
        return "pstore"
    return "lines"


def _is_json(sample: bytes) -> bool:
    """An object, or a list of them; also as server-sent events (`data: `) and as a JSON sequence (RS)."""
    rest = sample.lstrip().removeprefix(b"data:").removeprefix(b"\x1e").lstrip()
    if rest.startswith(b"["):
        rest = rest[1:].lstrip()
    return rest.startswith(b"{") and rest[1:].lstrip().startswith(b'"')


def format_of(kinds: Mapping[str, int], family: Family) -> str:
    """The transport's name in the report: what most lines were."""
    if family == "export":
        return "journal-export"
    if family == "verbose":
        return "journal-verbose"
    if family == "pstore":
        return "pstore"
    counted = {kind: count for kind, count in kinds.items() if kind != "journal-remark"}
    if not counted:
        return "json" if family in ("json", "ndjson") else "text"
    named = {kind: count for kind, count in counted.items() if kind}
    bare = counted.get("", 0)
    if not named or sum(named.values()) * 4 < bare:
        return "text"
    best = max(named, key=lambda kind: (named[kind], kind))
    if best == "syslog" and "journal-remark" in kinds:
        return "journal-short"
    return best
