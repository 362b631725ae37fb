"""The shape between a line and its record."""


class Peeled:
    """What the layers of one line said, and the text that is left."""

    __slots__ = (
        "attested", "caller", "column", "continuation", "facility", "fragment", "host", "ident", "kind", "level",
        "monotonic", "partial", "pid", "prefix", "sequence", "stamped", "text", "wall", "wall_source", "width", "wrapped",
    )  # fmt: skip

    def __init__(self, text: str = "", kind: str = "") -> None:
        self.text = text
        self.kind = kind  # the transport that the line looks like; "" for a line without any prefix
        self.width = 0  # of everything before the text
        self.prefix = ""  # everything before the text, where the line begins with it
        self.monotonic: float | None = None
        self.wall: float | None = None
        self.wall_source: str | None = None
        self.caller: str | None = None
        self.host: str | None = None
        self.ident: str | None = None
        self.pid: int | None = None
        self.level: int | None = None
        self.facility: int | None = None
        self.attested = False  # the facility comes from the kernel, not from a syslog sender
        self.wrapped = False  # came through a container's or a cloud's log
        self.column = 0  # of the text in what was wrapped
        self.stamped = False  # what was wrapped has printk's or dmesg's own time in brackets
        self.partial = False  # CRI: the rest of the line comes with the next record
        self.continuation = False
        self.sequence: str | None = None  # /dev/kmsg, netconsole
        self.fragment: str | None = None  # netconsole: offset/length
