"""Records from what the layers of a line said."""

from oomscope.read.record import Record, Trust
from oomscope.read.transports.prefix import Peeled


def record_of(peeled: Peeled, line: int, last_line: int, boot_id: str | None, boot: int = 0) -> Record:
    """What the layers of a line said, as a record."""
    return Record(
        text=peeled.text,
        line=line,
        last_line=last_line,
        monotonic_seconds=peeled.monotonic,
        wall_seconds=peeled.wall,
        wall_source=peeled.wall_source,
        caller=peeled.caller,
        trust=trust_of(peeled),
        ident=peeled.ident,
        host=peeled.host,
        boot_id=boot_id,
        level=peeled.level,
        continuation=peeled.continuation,
        pid=peeled.pid,
        contained=peeled.wrapped and peeled.kind != "vmware",
        boot=boot,
    )


def trust_of(peeled: Peeled) -> Trust:
    """How much a prefix proves about who wrote the text (see `record.Trust`).

    A printk stamp inside a container's or a cloud's log can be written by anybody who can write there, as can a
    `kernel:` tag (`logger -t kernel`); a facility that the kernel's own interfaces show cannot (devkmsg_write
    enforces LOG_USER for facility 0).
    """
    if peeled.facility:
        return "text"
    if peeled.ident is not None:
        return "tag" if peeled.ident == "kernel" and not peeled.pid else "text"  # the kernel is no process
    if peeled.wrapped:
        return "tag" if peeled.monotonic is not None or peeled.stamped or peeled.attested else "text"
    if peeled.attested and peeled.facility == 0:
        return "kernel"
    return "text" if peeled.kind in ("syslog", "rfc5424", "logcat") else "likely"
