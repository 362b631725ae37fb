"""What util-linux's dmesg prints of the set (sys-utils/dmesg.c, print_record), and the kernel's own interfaces.

Reading /dev/kmsg, dmesg prints a prefix once a record and indents the record's further lines to its width; `-S` reads
syslog(2), where every line has one.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from transports.one_set import RELEASE, Printk

LEVELS = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
Records = Sequence[Printk]


def _printed(records: Records, prefix: Callable[[Printk], str]) -> bytes:
    return "".join(_indented(prefix(record), record.text) for record in records).encode()


def _indented(prefix: str, text: str) -> str:
    return prefix + text.replace("\n", "\n" + " " * len(prefix)) + "\n"


def _stamp(record: Printk) -> str:
    return f"[{record.seconds:12.6f}]"


def _date(record: Printk) -> datetime:
    return datetime.fromtimestamp(record.wall, UTC)


def dmesg(records: Records) -> bytes:
    """sample:: [ 1000.000000] java invoked oom-killer: …"""
    return _printed(records, lambda r: _stamp(r) + " ")


def caller(records: Records) -> bytes:
    """CONFIG_PRINTK_CALLER: `[ 1000.000000] [  T901] …`"""
    return _printed(records, lambda r: f"{_stamp(r)} [{r.caller:>6}] ")


def ctime(records: Records) -> bytes:
    """`dmesg -T`, `--time-format ctime`"""
    return _printed(records, lambda r: f"[{_date(r):%a %b %e %H:%M:%S %Y}] ")


def iso(records: Records) -> bytes:
    """`--time-format iso`: a comma in front of the microseconds"""
    return _printed(records, lambda r: f"{_date(r):%Y-%m-%dT%H:%M:%S,%f}+00:00 ")


def delta(records: Records) -> bytes:
    """`dmesg -d`: the time with the difference"""
    gaps = _gaps(records)
    return _printed(records, lambda r: f"[{r.seconds:12.6f} <{gaps[r]:12.6f}>] ")


def only_delta(records: Records) -> bytes:
    """`--time-format delta`: the difference alone"""
    gaps = _gaps(records)
    return _printed(records, lambda r: f"[<{gaps[r]:12.6f}>] ")


def reltime(records: Records) -> bytes:
    """`dmesg -e`: a date where the minute is new, else the difference"""
    return _printed(records, _relative(records))


def human(records: Records) -> bytes:
    """`dmesg -H -L=always`: reltime, with the default colours of term-colors around stamp, subsystem and alerts"""
    prefix = _relative(records)
    out = []
    for record in records:
        head = prefix(record)
        first, *more = record.text.split("\n")
        out.append(f"\x1b[32m{head}\x1b[0m{_coloured(first, record.level)}\n")
        out += [f"{' ' * len(head)}{_coloured(line, record.level)}\n" for line in more]
    return "".join(out).encode()


def _coloured(text: str, level: int) -> str:
    if level <= 3:
        return f"\x1b[31m{text}\x1b[0m"
    subsystem = re.match(r"[\w .-]{1,20}: ", text)
    return f"\x1b[33m{subsystem[0]}\x1b[0m{text[subsystem.end() :]}" if subsystem else text


def _gaps(records: Records) -> dict[Printk, float]:
    return {records[0]: 0.0} | {b: b.seconds - a.seconds for a, b in pairwise(records)}


def _relative(records: Records) -> Callable[[Printk], str]:
    gaps = _gaps(records)
    dated = {records[0]} | {b for a, b in pairwise(records) if int(a.wall // 60) != int(b.wall // 60)}
    return lambda r: f"[{_date(r):%b%d %H:%M}] " if r in dated else f"[{gaps[r]:+11.6f}] "


def decoded(records: Records) -> bytes:
    """`dmesg -x`"""
    return _printed(records, lambda r: f"kern  :{LEVELS[r.level]:<6}: {_stamp(r)} ")


def raw(records: Records) -> bytes:
    """`dmesg -r`: a record's further lines have no prefix at all"""
    return "".join(f"<{r.level}>{_stamp(r)} {r.text}\n" for r in records).encode()


def no_time(records: Records) -> bytes:
    """`dmesg -t`"""
    return _printed(records, lambda r: "")


def syslog2(records: Records) -> bytes:
    """`dmesg -S`, busybox, /proc/kmsg: the kernel puts the prefix on every line"""
    return "".join(f"{_stamp(r)} {line}\n" for r in records for line in r.text.split("\n")).encode()


def as_json(records: Records) -> bytes:
    """`dmesg -J`"""
    return _json({"pri": r.level, "time": r.seconds, "msg": r.text} for r in records)


def decoded_json(records: Records) -> bytes:
    """`dmesg -J -x`"""
    return _json(
        {"fac": "kern", "pri": LEVELS[r.level], "time": r.seconds, "caller": r.caller, "msg": r.text} for r in records
    )


def _json(objects: Iterator[dict[str, object]]) -> bytes:
    rows = [
        ",\n".join(
            f'         "{key}":{value:12.6f}'
            if isinstance(value, float)
            else f'         "{key}": {json.dumps(value, ensure_ascii=False)}'
            for key, value in row.items()
        )
        for row in objects
    ]
    return ('{\n   "dmesg": [\n      {\n' + "\n      },{\n".join(rows) + "\n      }\n   ]\n}\n").encode()


def escaped(text: str) -> str:
    r"""As msg_add_ext_text (kernel/printk/printk.c): `\xNN` for control bytes, those above 0x7e, and the backslash."""
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else f"\\x{b:02x}" for b in text.encode())


def kmsg_line(record: Printk, sequence: int, more: str = "") -> str:
    return f"{record.level},{sequence},{record.seconds * 1e6:.0f},-,caller={record.caller}{more};{escaped(record.text)}"


def kmsg(records: Records) -> bytes:
    """/dev/kmsg, a device's dictionary below its record"""
    out = []
    for n, record in enumerate(records, 400):
        out.append(kmsg_line(record, n) + "\n")
        if record.text.startswith("usb "):
            out.append(" SUBSYSTEM=usb\n DEVICE=c189:1\n")
    return "".join(out).encode()


def netconsole(records: Records) -> bytes:
    """A datagram a record, the receiver's file"""
    return syslog2(records)


def netconsole_extended(records: Records, chunk: int = 1000) -> bytes:
    """`netconsole=+…` with the release in front; more than MAX_PRINT_CHUNK bytes go in fragments (send_msg_fragmented)"""
    out = []
    for n, record in enumerate(records, 400):
        whole = f"{RELEASE},{kmsg_line(record, n)}"
        header, _, body = whole.partition(";")
        if len(whole) <= chunk:
            out.append(whole + "\n")
            continue
        at = 0
        while at < len(body):
            start = f"{header},ncfrag={at}/{len(body)};"
            part = body[at : at + chunk - len(start)]
            out.append(f"{start}{part}\n")
            at += len(part)
    return "".join(out).encode()


def netconsole_fragments(records: Records) -> bytes:
    """The same with so small a chunk that every second record is in fragments"""
    return netconsole_extended(records, chunk=170)


TRANSPORTS = {
    "dmesg": dmesg,
    "dmesg-caller": caller,
    "dmesg-T": ctime,
    "dmesg-iso": iso,
    "dmesg-d": delta,
    "dmesg-delta": only_delta,
    "dmesg-reltime": reltime,
    "dmesg-H": human,
    "dmesg-x": decoded,
    "dmesg-r": raw,
    "dmesg-t": no_time,
    "dmesg-S": syslog2,
    "dmesg-J": as_json,
    "dmesg-J-x": decoded_json,
    "kmsg": kmsg,
    "netconsole": netconsole,
    "netconsole-extended": netconsole_extended,
    "netconsole-ncfrag": netconsole_fragments,
}
