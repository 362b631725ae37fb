"""What journalctl prints of the set (systemd, src/shared/logs-show.c), as journald took it from /dev/kmsg."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from transports.one_set import BOOT_ID, HOST, Printk

Records = Sequence[Printk]
_SEQNUM = "59263e1f988f4f5c894bff704a24221f"


def _date(record: Printk) -> datetime:
    return datetime.fromtimestamp(record.wall, UTC)


def _short(records: Records, stamp: Callable[[Printk], str]) -> bytes:
    """`STAMP HOST kernel: text`; further lines are indented to the first one's column, a tab becomes eight blanks."""
    out = []
    for record in records:
        prefix = f"{stamp(record)} {HOST} kernel: "
        out.append(prefix + record.text.replace("\t", " " * 8).replace("\n", "\n" + " " * len(prefix)) + "\n")
    return "".join(out).encode()


def short(records: Records) -> bytes:
    """The default, with the remark that older versions begin with"""
    first, last = (f"{_date(r):%a %Y-%m-%d %H:%M:%S} UTC" for r in (records[0], records[-1]))
    return f"-- Logs begin at {first}, end at {last}. --\n".encode() + _short(
        records, lambda r: f"{_date(r):%b %d %H:%M:%S}"
    )


def short_full(records: Records) -> bytes:
    return _short(records, lambda r: f"{_date(r):%a %Y-%m-%d %H:%M:%S} UTC")


def short_iso(records: Records) -> bytes:
    return _short(records, lambda r: f"{_date(r):%Y-%m-%dT%H:%M:%S}+0000")


def short_iso_precise(records: Records) -> bytes:
    return _short(records, lambda r: f"{_date(r):%Y-%m-%dT%H:%M:%S.%f}+00:00")


def short_precise(records: Records) -> bytes:
    return _short(records, lambda r: f"{_date(r):%b %d %H:%M:%S.%f}")


def short_unix(records: Records) -> bytes:
    return _short(records, lambda r: f"{r.wall:.6f}")


def short_monotonic(records: Records) -> bytes:
    return _short(records, lambda r: f"[{r.seconds:12.6f}]")


def short_delta(records: Records) -> bytes:
    """output_timestamp_monotonic: sixteen blanks in place of the first line's difference"""
    before = {b: a for a, b in pairwise(records)}

    def stamp(record: Printk) -> str:
        gap = f" <{record.seconds - before[record].seconds:12.6f} >" if record in before else " " * 16
        return f"[{record.seconds:12.6f}{gap}]"

    return _short(records, stamp)


def cat(records: Records) -> bytes:
    """Nothing but the message"""
    return "".join(f"{r.text}\n" for r in records).encode()


def _fields(record: Printk, number: int) -> dict[str, str]:
    """The fields in the order of an export; the priority and facility are those of the record."""
    monotonic, real = round(record.seconds * 1e6), round(record.wall * 1e6)
    cursor = f"s={_SEQNUM};i={number:x};b={BOOT_ID};m={monotonic:x};t={real:x};x=b6b81842958053d6"
    return {
        "__CURSOR": cursor,
        "__REALTIME_TIMESTAMP": str(real),
        "__MONOTONIC_TIMESTAMP": str(monotonic),
        "_BOOT_ID": BOOT_ID,
        "_MACHINE_ID": "27ed497f9b4424c44dd0d84c1412a6c0",
        "_HOSTNAME": HOST,
        "_TRANSPORT": "kernel",
        "PRIORITY": str(record.level),
        "SYSLOG_FACILITY": "0",
        "SYSLOG_IDENTIFIER": "kernel",
        "_SOURCE_MONOTONIC_TIMESTAMP": str(monotonic),
        "MESSAGE": record.text,
    }


def verbose(records: Records) -> bytes:
    """A heading with the cursor, fields indented by four, a field's further lines to the column of its value"""
    out = []
    for n, record in enumerate(records, 1):
        fields = _fields(record, n)
        out.append(f"{_date(record):%a %Y-%m-%d %H:%M:%S.%f} UTC [{fields['__CURSOR']}]\n")
        for key, value in fields.items():
            if not key.startswith("__"):
                out.append(f"    {key}=" + value.replace("\n", "\n" + " " * (len(key) + 5)) + "\n")
    return "".join(out).encode()


def export(records: Records) -> bytes:
    """A value with a newline has its length in front, as eight bytes"""
    out = []
    for n, record in enumerate(records, 1):
        for key, value in _fields(record, n).items():
            data = value.encode()
            if "\n" in value:
                out.append(key.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n")
            else:
                out.append(key.encode() + b"=" + data + b"\n")
        out.append(b"\n")
    return b"".join(out)


def _objects(records: Records) -> list[dict[str, object]]:
    return [dict(_fields(record, n)) for n, record in enumerate(records, 1)]


def as_json(records: Records) -> bytes:
    return "".join(json.dumps(o, separators=(",", ":"), ensure_ascii=False) + "\n" for o in _objects(records)).encode()


def json_bytes(records: Records) -> bytes:
    """Every message as an array of bytes, which is how one with a control character or broken UTF-8 is printed"""
    objects = [o | {"MESSAGE": list(str(o["MESSAGE"]).encode())} for o in _objects(records)]
    return "".join(json.dumps(o, separators=(",", ":")) + "\n" for o in objects).encode()


def json_pretty(records: Records) -> bytes:
    return "".join(json.dumps(o, indent="\t", ensure_ascii=False) + "\n" for o in _objects(records)).encode()


def json_sse(records: Records) -> bytes:
    return "".join(f"data: {json.dumps(o, ensure_ascii=False)}\n\n" for o in _objects(records)).encode()


def json_seq(records: Records) -> bytes:
    return "".join(f"\x1e{json.dumps(o, ensure_ascii=False)}\n" for o in _objects(records)).encode()


TRANSPORTS = {
    "journal-short": short,
    "journal-short-full": short_full,
    "journal-short-iso": short_iso,
    "journal-short-iso-precise": short_iso_precise,
    "journal-short-precise": short_precise,
    "journal-short-unix": short_unix,
    "journal-short-monotonic": short_monotonic,
    "journal-short-delta": short_delta,
    "journal-with-unit": short_full,  # a kernel message has no unit: its identifier is printed in the unit's place
    "journal-cat": cat,
    "journal-verbose": verbose,
    "journal-export": export,
    "journal-json": as_json,
    "journal-json-bytes": json_bytes,
    "journal-json-pretty": json_pretty,
    "journal-json-sse": json_sse,
    "journal-json-seq": json_seq,
}
