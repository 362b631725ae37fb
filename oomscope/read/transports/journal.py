"""The journal's fields to a record, whichever way they were exported; the export and verbose formats."""

import re
from collections.abc import Iterator, Mapping

from oomscope.read.record import Record, Trust

Fields = Mapping[str, str | None]


def field_trust(fields: Fields) -> Trust:
    """kernel: journald read it from /dev/kmsg and the facility is the kernel's.

    `_TRANSPORT=kernel` alone proves nothing: user space writes to /dev/kmsg too, and journald then takes the
    identifier from the text; only for facility 0 it sets "kernel" itself (journald-kmsg.c, dev_kmsg_record).
    Any other transport is a process's, whatever that calls itself. Without one of both (`--output-fields`), a tag.
    """
    ident, facility = fields.get("SYSLOG_IDENTIFIER"), fields.get("SYSLOG_FACILITY")
    if ident not in (None, "kernel") or facility not in (None, "0"):
        return "text"
    if "_TRANSPORT" in fields:
        of_kernel = fields["_TRANSPORT"] == "kernel" and "_PID" not in fields
        return ("kernel" if ident is not None else "tag") if of_kernel else "text"
    if fields.get("TRANSPORT", "kernel") != "kernel":
        return "text"
    return "text" if any(name in fields for name in _OF_A_PROCESS) else "tag"


_OF_A_PROCESS = (
    "_PID", "_COMM", "_UID", "_SYSTEMD_UNIT", "CONTAINER_NAME", "PID", "COMM", "UID", "SYSTEMD_UNIT", "EXE", "CMDLINE",
)  # fmt: skip
"""What journald, or a container's engine, writes of a sender; the kernel has none of it. Fluent Bit can leave the `_` out
(Strip_Underscores): such a name attests nothing, since a sender may choose it, but it tells that there was a sender."""

_JOURNALDS_OWN = (
    "_HOSTNAME", "_BOOT_ID", "_PID", "_COMM", "_UID", "_SYSTEMD_UNIT", "_SOURCE_MONOTONIC_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
)  # fmt: skip


def with_underscores(fields: Fields) -> Fields:
    """Return the fields under the names that journald gives them, where a collector has left all of the `_` out.

    The transport keeps its stripped name: what is called so attests nothing.
    """
    if any(name.startswith("_") for name in fields):
        return fields
    named = {name: fields[name[1:]] for name in _JOURNALDS_OWN if name[1:] in fields}
    return {**fields, **named} if named else fields


def record_of_fields(fields: Fields, line: int, last_line: int) -> Record | None:
    """A journal entry as a record; None for one without a message."""
    text = fields.get("MESSAGE")
    if text is None:
        return None
    monotonic = _number(fields, "_SOURCE_MONOTONIC_TIMESTAMP", 1e6)
    if monotonic is None and fields.get("_TRANSPORT") == "kernel":
        monotonic = _number(fields, "__MONOTONIC_TIMESTAMP", 1e6)
    wall = _number(fields, "__REALTIME_TIMESTAMP", 1e6)
    if wall is None:
        wall = _number(fields, "_SOURCE_REALTIME_TIMESTAMP", 1e6)
    pid = _number(fields, "_PID", 1) or _number(fields, "SYSLOG_PID", 1)
    level = _number(fields, "PRIORITY", 1)
    return Record(
        text=text,
        line=line,
        last_line=last_line,
        monotonic_seconds=monotonic,
        wall_seconds=wall,
        wall_source="journal" if wall is not None else None,
        trust=field_trust(fields),
        ident=_sender(fields),
        host=fields.get("_HOSTNAME"),
        boot_id=fields.get("_BOOT_ID"),
        level=int(level) if level is not None and level < 8 else None,
        pid=int(pid) if pid else None,
        contained=_is_unsigned(fields),
    )


def _is_unsigned(fields: Fields) -> bool:
    """True for an entry of which only the message was asked for (`--output-fields=MESSAGE`): anybody may have sent it."""
    return not any(name in fields for name in ("SYSLOG_IDENTIFIER", "_TRANSPORT", "TRANSPORT", *_OF_A_PROCESS))


_KILLERS = ("systemd", "systemd-oomd", "earlyoom", "nohang", "nohang-desktop", "oomd")


def may_be_of_interest(ident: object) -> bool:
    """True for an identifier under which the kernel or a killer writes, and for none."""
    return ident is None or ident == "kernel" or ident in _KILLERS


def _sender(fields: Fields) -> str | None:
    """Return the identifier, which the sender chooses; where it is that of a killer and the fields that journald itself
    writes name another program, that program.
    """
    ident, comm = fields.get("SYSLOG_IDENTIFIER"), fields.get("_COMM")
    if ident is None or comm is None or ident not in _KILLERS:
        return ident or comm
    if ident == "systemd":
        own = fields.get("_PID") in ("1", None) or fields.get("_SYSTEMD_UNIT", "init.scope") == "init.scope"
    else:
        unit, user = fields.get("_SYSTEMD_UNIT"), fields.get("_UID")
        own = comm == ident[:15] and (unit == f"{ident}.service" if unit else user in ("0", None))
    return ident if own else f"{comm} (as {ident})"


def _number(fields: Fields, name: str, unit: float) -> float | None:
    text = fields.get(name)
    return int(text) / unit if text and text.isascii() and text.isdecimal() and len(text) <= 18 else None


def export_records(data: bytes, first_line: int) -> Iterator[Record]:
    """`journalctl -o export`: KEY=value lines, or KEY, a little-endian length and that many bytes; blank line between.

    sample::

        __REALTIME_TIMESTAMP=1760923259021044
        _TRANSPORT=kernel
        MESSAGE=zram: Added device: zram0
    """
    fields: dict[str, str | None] = {}
    at, line, start = 0, first_line, first_line
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        row = data[at:end]
        at, line = end + 1, line + 1
        if not row:
            if record := record_of_fields(fields, start, line - 2):
                yield record
            fields, start = {}, line
            continue
        if not fields:
            start = line - 1
        key, equals, value = row.partition(b"=")
        if not equals:
            if _NAME.fullmatch(row) is None:
                continue  # of no journal's writing
            size = int.from_bytes(data[at : at + 8], "little")
            if at + 8 + size >= len(data):
                return  # the field's end is not here: what there is of it is no structure
            value = data[at + 8 : at + 8 + size]
            line += data.count(b"\n", at, at + 8 + size + 1)
            at += 8 + size + 1
        fields[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
    if record := record_of_fields(fields, start, line - 1):
        yield record


_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
_HEADER = re.compile(r"\S[^\n]{9,80}\[s=[0-9a-f]{8,64};i=[0-9a-f]{1,16};b=[0-9a-f]{32};[^\]\s]{1,200}\]\s*$")


def verbose_records(data: bytes, first_line: int) -> Iterator[Record]:
    """`journalctl -o verbose`: a line with the time and the cursor, then indented fields.

    sample::

        Mon 2025-10-20 01:20:59.021044 UTC [s=5926…;i=1;b=0c0a…;m=353580;t=6418ce554a6f4;x=b6b8…]
            _TRANSPORT=kernel
            MESSAGE=zram: Added device: zram0
    """
    fields: dict[str, str | None] = {}
    start, key = first_line, ""
    line = first_line - 1
    rows = data.removesuffix(b"\n").decode("utf-8", "surrogateescape").split("\n")
    for line, row in enumerate(rows, first_line):
        if row[:1] not in ("", " ") and "[s=" in row and _HEADER.match(row):
            if record := record_of_fields(fields, start, line - 1):
                yield record
            fields, start, key = dict(_cursor(row)), line, ""
        elif row.startswith("    ") and not row.startswith("     "):
            name, equals, value = row[4:].partition("=")
            if equals:
                key, fields[name] = name, value
        elif key and row.startswith("     "):
            fields[key] = (fields[key] or "") + "\n" + row[4 + len(key) + 1 :]
    if record := record_of_fields(fields, start, line):
        yield record


def _cursor(row: str) -> Iterator[tuple[str, str]]:
    """The cursor holds the times in hexadecimal microseconds: m since boot, t since the epoch, and b, the boot."""
    names = {"m": "__MONOTONIC_TIMESTAMP", "t": "__REALTIME_TIMESTAMP"}
    for part in row[row.index("[s=") + 1 :].rstrip("]\r").split(";"):
        key, _, value = part.partition("=")
        if key in names and 0 < len(value) <= 15 and all(c in "0123456789abcdef" for c in value):
            yield names[key], str(int(value, 16))
        elif key == "b":
            yield "_BOOT_ID", value
