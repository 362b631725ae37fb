"""Records made quickly: a frozen dataclass sets each of its fields through `object.__setattr__`."""

from oomscope.log.prefixes import Peeled
from oomscope.log.record import Record, Trust


def trust_of(peeled: Peeled) -> Trust:
    """How much a prefix proves about who wrote the text (see `record.Trust`).

    A printk stamp inside a container's or a cloud's log can be written by anybody who can write there, as can a
    `kernel:` tag (`logger -t kernel`); a facility that the kernel's own interfaces show cannot (devkmsg_write
    enforces LOG_USER for facility 0).
    """
    if peeled.facility:
        return "text"
    if peeled.ident is not None:
        return "tag" if peeled.ident == "kernel" else "text"
    if peeled.wrapped:
        return "tag" if peeled.monotonic is not None or peeled.attested else "text"
    if peeled.attested and peeled.facility == 0:
        return "kernel"
    return "text" if peeled.kind in ("syslog", "rfc5424", "logcat") else "likely"


def record_of(peeled: Peeled, line: int, last_line: int, boot_id: str | None) -> Record:
    return Record(
        peeled.text,
        line,
        last_line,
        peeled.monotonic,
        peeled.wall,
        peeled.wall_source,
        peeled.caller,
        trust_of(peeled),
        peeled.ident,
        peeled.host,
        boot_id,
        peeled.level,
        peeled.continuation,
        peeled.pid,
    )
