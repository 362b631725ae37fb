"""The shapes that `read` hands on: one kernel message with its place, time and trust, and what was read."""

from typing import Literal, NamedTuple

from oomscope.warning_codes import NOT_READ, UNREAD

Trust = Literal["kernel", "likely", "tag", "text"]
TRUST_RANK: dict[Trust, int] = {"kernel": 3, "likely": 2, "tag": 1, "text": 0}
"""kernel: the transport of the whole input attests facility 0. likely: a whole kernel ring. tag: a syslog line tagged
`kernel:`, which `logger -t kernel` can write too, or a line of a paste. text: no tag, or another program's."""


class Record(NamedTuple):
    """One printk record (or the nearest thing that the transport has to one), with every prefix taken off."""

    text: str  # a multi-line record keeps its "\n"; undecodable bytes are surrogate escapes
    line: int  # first physical line, 1-based
    last_line: int
    monotonic_seconds: float | None = None  # printk's clock
    wall_seconds: float | None = None  # seconds since the epoch, UTC
    wall_source: str | None = None  # prefix | journal | syslog | inferred year | ...
    caller: str | None = None  # printk caller id: T123 or C0
    trust: Trust = "likely"
    ident: str | None = None  # syslog identifier or tag ("kernel", "systemd", "systemd-oomd"), where there is one
    host: str | None = None
    boot_id: str | None = None
    level: int | None = None  # syslog severity 0..7
    continuation: bool = (
        False  # goes on with the record above: a pr_cont fragment (/dev/kmsg flag c), the rest of a line
    )
    borrowed: bool = False  # a line without a prefix: time, host and trust are those of the record above it
    pid: int | None = None  # of the sender, where the transport has it: systemd-oomd[812]
    contained: bool = False  # came out of a container's or an application's own output, which may say anything
    boot: int = 0  # number of the boot among those in this input: see clock/boots.py


class InputWarning(NamedTuple):
    """Something that a reader of the report must know about an input."""

    code: str  # kebab-case, stable: ring-buffer-lost-head, records-missed, line-too-long, ...
    message: str
    line: int | None = None


class InputSummary(NamedTuple):
    """What one input was."""

    path: str
    member: str | None  # path inside an archive
    format: str  # one of the published names, transports.family.FORMATS
    bytes: int  # after decompression
    lines: int
    sha256: str | None  # of the decompressed bytes; None where the input is too large to be hashed by the way
    first_time: str | None = None  # ISO 8601 UTC, of the first and the last record that has a wall clock
    last_time: str | None = None
    warnings: tuple[InputWarning, ...] = ()

    @property
    def not_read(self) -> tuple[InputWarning, ...]:
        """The warnings that a part of the input was not read."""
        return tuple(warning for warning in self.warnings if warning.code in NOT_READ)

    @property
    def is_unread(self) -> bool:
        """True if not one line could be read, although there is something to read."""
        codes = {warning.code for warning in self.not_read}
        return not codes.isdisjoint(UNREAD) or (not self.lines and bool(codes - {"no-kernel-log"}))
