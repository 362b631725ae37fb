"""Which family a stream belongs to, from its first bytes; which transport its lines were, from what was read."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from oomscope.read.transports.prefix_patterns import LINE_FORMATS

Family = Literal["lines", "ndjson", "json", "csv", "export", "verbose", "pstore", "binary-journal"]

FORMATS = (
    *LINE_FORMATS, "dmesg-json", "journal-json", "journal-export", "journal-verbose", "docker-json", "cloud-logging",
    "json", "csv", "pstore", "archive", "directory",
)  # fmt: skip
"""The published name of every transport."""

HEADER = re.compile(rb"\S[^\n]{9,80}\[s=[0-9a-f]{8,64};i=[0-9a-f]{1,16};b=[0-9a-f]{32};[^\]\s]{1,200}\]\s*$")
"""The first line of an entry of `journalctl -o verbose`."""
_REALTIME = re.compile(rb"__REALTIME_TIMESTAMP=\d{15,17}")
FIELD = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}=")
_JSON_TOKEN = re.compile(rb'\s*(?:\[?\s*\{\s*"|"[^"]{1,64}"\s*:|[\]\[{},\s]{1,64}$|"|-?\d[\d.eE+-]{0,30},?\s*$)')
_CSV_WORDS = (b"message", b"_raw", b"msg", b"log", b"line", b"content", b"body", b"text", b"event")
SHARE = 0.8
"""Of the lines in an input's beginning that have to look alike: one line never says what kind of input it is."""
WHOLE = 0.98
"""Of the records that have to be of one transport before it attests who wrote them: one may be damaged."""
_SAMPLE_LINES = 400
PSTORE_PART = re.compile(
    rb"(?m)^(?:Panic|Oops|Emergency|Restart|Halt|Poweroff|Shutdown|Unknown)#(\d{1,6}) Part(\d{1,6})[ \t\r]*$"
)


def family_of(head: bytes) -> Family:
    """The reader that a stream needs, judged by the lines of its beginning. Lines are the rule; the others are records
    that lines do not bound.
    """
    if head.startswith(b"LPKSHHRH"):
        return "binary-journal"
    lines = [line for line in head.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line.strip()]
    if not lines:
        return "lines"
    if PSTORE_PART.match(lines[0]) and not (lines[1:] and _json_family(head, lines[1:])):
        return "pstore"
    if _is_export(head, lines):
        return "export"
    if _is_verbose(lines):
        return "verbose"
    if len(lines) > 1 and any(word in lines[0][:1024].lower() for word in _CSV_WORDS):
        from oomscope.read.transports.csv_head import is_table

        if is_table(lines) and _json_family(head, lines[1:]) is None:
            return "csv"
    return _json_family(head, lines) or "lines"


def _is_export(head: bytes, lines: Sequence[bytes]) -> bool:
    """Fields line by line; the first entry has the journal's own, unless the beginning is gone."""
    if len(lines) > 1 and lines[0].startswith(b"__CURSOR=") and _REALTIME.fullmatch(lines[1]):
        return True  # whatever follows: a field may be binary, and long
    if b"__REALTIME_TIMESTAMP=" not in head and not lines[0].startswith(b"__CURSOR="):
        return False
    return sum(FIELD.match(line) is not None for line in lines) >= SHARE * len(lines)


def _is_verbose(lines: Sequence[bytes]) -> bool:
    """Headers with a cursor, and indented fields below them."""
    rows = [line for line in lines if not line.startswith(b"-- ")]
    headers = sum(HEADER.match(line) is not None for line in rows)
    return headers > 0 and headers + sum(line.startswith(b"    ") for line in rows) >= SHARE * len(rows)


def _json_family(head: bytes, lines: Sequence[bytes]) -> Family | None:
    """Objects line by line, or objects and lists that lines do not bound; also as server-sent events (`data: `) and as a
    JSON sequence (RS).
    """
    rows = [line.removeprefix(b"\x1e").removeprefix(b"data:").strip() for line in lines]
    objects = [row for row in rows if row.startswith(b"{")]
    whole = sum(row.endswith(b"}") and row != b"{}" for row in objects)
    if len(objects) >= SHARE * len(rows) and (whole or len(objects) > 1):
        if whole >= SHARE * len(rows):
            return "ndjson"  # whatever the first line is
        return "ndjson" if rows[0].startswith(b"{") and (whole > 1 or len(rows) == 1 or not _opens(rows[0])) else "json"
    first = rows[0]
    if not first.startswith((b"{", b"[")) or (first.startswith(b"[") and not _opens_list(head)):
        return None
    if len(lines) == 1:
        return "json"
    tokens = sum(_JSON_TOKEN.match(row) is not None for row in rows)
    return "json" if tokens >= SHARE * len(rows) else None


def _opens(row: bytes) -> bool:
    """True if the line begins an object that goes on in the next."""
    return row.count(b"{") > row.count(b"}")


def _opens_list(head: bytes) -> bool:
    rest = head.lstrip().removeprefix(b"\x1e").removeprefix(b"data:").lstrip()[1:].lstrip()
    return rest.startswith(b"{") and rest[1:].lstrip().startswith(b'"')


def format_of(kinds: Mapping[str, int], family: Family) -> str:
    """The transport's name in the report: what most lines were."""
    if family == "export":
        return "journal-export"
    if family == "verbose":
        return "journal-verbose"
    if family == "csv":
        return "csv"
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
