"""Records made quickly.

A frozen dataclass sets each field through `object.__setattr__`: 5 µs a record, where a dense log has millions.
A draft has the same slots and no such guard, is filled in 1 µs and then is made the Record that it is laid out as.
"""

from typing import cast

from oomscope.log.peeled import Peeled
from oomscope.log.record import Record, Trust


class _Draft:
    __slots__ = tuple(Record.__slots__)

    def __init__(
        self,
        text: str,
        line: int,
        last_line: int,
        monotonic: float | None,
        wall: float | None,
        wall_source: str | None,
        caller: str | None,
        trust: Trust,
        ident: str | None,
        host: str | None,
        boot_id: str | None,
        level: int | None,
        continuation: bool,
        pid: int | None,
    ) -> None:
        self.text = text
        self.line = line
        self.last_line = last_line
        self.monotonic_seconds = monotonic
        self.wall_seconds = wall
        self.wall_source = wall_source
        self.caller = caller
        self.trust = trust
        self.ident = ident
        self.host = host
        self.boot_id = boot_id
        self.level = level
        self.continuation = continuation
        self.borrowed = False
        self.pid = pid


def dmesg_record(text: str, line: int, monotonic: float, boot_id: str | None) -> Record:
    """The everyday one: `[ts] text`."""
    draft = _Draft(text, line, line, monotonic, None, None, None, "likely", None, None, boot_id, None, False, None)
    draft.__class__ = Record  # type: ignore[assignment]
    return cast(Record, draft)


def record_of(peeled: Peeled, line: int, last_line: int, boot_id: str | None) -> Record:
    """What the layers of a line said, as a record."""
    draft = _Draft(
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
    draft.__class__ = Record  # type: ignore[assignment]
    return cast(Record, draft)


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
