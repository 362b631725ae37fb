"""The set in files of syslog daemons, on consoles, and in what a crash leaves behind."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from transports.dmesg import escaped, syslog2
from transports.one_set import HOST, Printk

Records = Sequence[Printk]


def _date(record: Printk) -> datetime:
    return datetime.fromtimestamp(record.wall, UTC)


def _stamped(record: Printk) -> str:
    return f"[{record.seconds:12.6f}] "


def _rfc3164(record: Printk) -> str:
    return f"{_date(record):%b %e %H:%M:%S} {HOST} kernel: "


def _rfc3339(record: Printk) -> str:
    return f"{_date(record):%Y-%m-%dT%H:%M:%S.%f}+00:00 {HOST} kernel: "


def _rfc5424(record: Printk) -> str:
    return f"<{record.level}>1 {_date(record):%Y-%m-%dT%H:%M:%S.%f}Z {HOST} kernel - - - "


def _each_line(records: Records, prefix: Callable[[Printk], str], *, stamp: bool = True) -> bytes:
    """imklog reads syslog(2): a message a line, with the kernel's stamp before rsyslog 8.2312, without it since"""
    rows = ((r, line) for r in records for line in r.text.split("\n"))
    return "".join(f"{prefix(r)}{_stamped(r) if stamp else ''}{line}\n" for r, line in rows).encode()


def flattened(text: str) -> str:
    """rsyslog's EscapeControlCharactersOnReceive: `#` and three octal digits"""
    return "".join(f"#{ord(c):03o}" if ord(c) < 0x20 or ord(c) == 0x7F else c for c in text)


def rfc3164(records: Records) -> bytes:
    """RSYSLOG_TraditionalFileFormat, as in Ubuntu's kern.log up to 22.04"""
    return _each_line(records, _rfc3164)


def rfc3339(records: Records) -> bytes:
    """RSYSLOG_FileFormat, the default of Debian 12 and Ubuntu 24.04"""
    return _each_line(records, _rfc3339, stamp=False)


def rfc5424(records: Records) -> bytes:
    """RSYSLOG_SyslogProtocol23Format; RFC 5424, section 6"""
    return _each_line(records, _rfc5424)


def rfc3164_wire(records: Records) -> bytes:
    """RFC 3164 as received: the priority in front"""
    return _each_line(records, lambda r: f"<{r.level}>{_rfc3164(r)}", stamp=False)


def imjournal(records: Records) -> bytes:
    """RHEL's /var/log/messages: one line a journal entry, its newlines `#012` and its tabs `#011`"""
    return "".join(f"{_rfc3164(r)}{flattened(r.text)}\n" for r in records).encode()


def imkmsg(records: Records) -> bytes:
    r"""rsyslog's imkmsg does not undo what /dev/kmsg escapes: `\x0a` and its like stay"""
    return "".join(f"{_rfc3339(r)}{escaped(r.text)}\n" for r in records).encode()


def serial(records: Records) -> bytes:
    """A serial console: CRLF, a stamp on every line, and a login prompt in front of some of them"""
    prompts = (f"{HOST} login: ", "", "Starting Network Manager...", "", "", "Password: ", "")
    lines = syslog2(records).decode().removesuffix("\n").split("\n")
    return "".join(f"{prompts[n % 7]}{line}\r\n" for n, line in enumerate(lines)).encode()


def _dumped(records: Records) -> list[str]:
    """kmsg_dump_get_buffer: as syslog(2), with the level"""
    return [f"<{r.level}>{_stamped(r)}{line}\n" for r in records for line in r.text.split("\n")]


def _parts(records: Records, reason: str, size: int = 1024) -> Iterator[str]:
    """pstore_dump (fs/pstore/platform.c): Part1 is the newest, each of at most `size` bytes of whole lines"""
    lines, part = _dumped(records), 0
    while lines:
        body: list[str] = []
        while lines and (not body or sum(map(len, body)) + len(lines[-1]) <= size):
            body.insert(0, lines.pop())
        part += 1
        yield f"{reason}#1 Part{part}\n{''.join(body)}"


def pstore_panic(records: Records) -> bytes:
    """/sys/fs/pstore/dmesg-efi-* in one file, in the order of their names"""
    return "".join(_parts(records, "Panic")).encode()


def pstore_oops(records: Records) -> bytes:
    """dmesg-ramoops-*, joined oldest first by somebody's hand"""
    return "".join(reversed(list(_parts(records, "Oops", 4096)))).encode()


def vmcore(records: Records) -> bytes:
    r"""kexec-tools' vmcore-dmesg.txt: newlines as they are, what isprint refuses as `\xNN`"""
    return "".join(f"{_stamped(r)}{_printable(r.text)}\n" for r in records).encode()


def makedumpfile(records: Records) -> bytes:
    """`makedumpfile --dump-dmesg`: the same with further lines indented"""
    return "".join(
        f"{_stamped(r)}{_printable(r.text)}\n".replace("\n", "\n" + " " * 15, r.text.count("\n")) for r in records
    ).encode()


def _printable(text: str) -> str:
    return "".join(chr(b) if 0x20 <= b < 0x7F or b in b"\t\n" else f"\\x{b:02x}" for b in text.encode())


TRANSPORTS = {
    "syslog-rfc3164": rfc3164,
    "syslog-rfc3164-wire": rfc3164_wire,
    "syslog-iso": rfc3339,
    "syslog-rfc5424": rfc5424,
    "syslog-imjournal": imjournal,
    "syslog-imkmsg": imkmsg,
    "serial": serial,
    "pstore-panic": pstore_panic,
    "pstore-oops": pstore_oops,
    "vmcore-dmesg": vmcore,
    "makedumpfile-dmesg": makedumpfile,
}
