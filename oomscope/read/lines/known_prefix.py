"""The prefix of the newest record, for the lines after it that begin with the very same: nine of ten in a report."""

from oomscope.patterns import lazy
from oomscope.read.clock.times import COARSE
from oomscope.read.record import Record
from oomscope.read.transports.prefix import Peeled

PRINTK_TEXT = 1_150
"""No text of a printk record is longer."""
_REPEATING = ("syslog", "dmesg", "dmesg-ctime", "dmesg-iso", "journal-short")

# What may end a prefix: printk's stamp, and the caller behind it.
_STAMP = lazy(r"\[ *(\d{1,10}\.\d{1,9})\] ")
_MAY_BE_MORE = frozenset(("", "[", "(", "<", " "))
_MORE = lazy(r"[(<]|\[(?! *\d{1,10}\] )| \[")  # what may be more of a prefix; a row of the task table is not
_new = tuple.__new__


def is_escaped(text: str) -> bool:
    """True if the text holds what may be an escape of a daemon, or a console's carriage return."""
    return "#0" in text or "\\" in text or "\r" in text


class KnownPrefix:
    """What a prefix said. A line that begins with it, or with all of it but another uptime, says the same."""

    __slots__ = ("_behind", "_head", "_prefix", "_rest", "_size")

    def __init__(self, prefix: str, record: Record) -> None:
        self._prefix, self._size = prefix, len(prefix)
        stamp = _STAMP.search(prefix) if record.monotonic_seconds is not None and record.caller is None else None
        self._head = prefix[: stamp.start()] if stamp is not None and stamp.end() == len(prefix) else ""
        self._rest = record[3:]
        self._behind = record[4:]  # the uptime

    def record(self, line: str, number: int, *, escaped: bool) -> Record | None:
        """The line's record; None where it begins differently, or where its text may begin with more of a prefix.

        `escaped`: the line may hold what a daemon or a console did to control characters.
        """
        if line.startswith(self._prefix):
            size, rest = self._size, self._rest
        elif (head := self._head) and line.startswith(head) and (stamp := _STAMP.match(line, len(head))) is not None:
            size = stamp.end()
            rest = (float(stamp[1]),) + self._behind  # noqa: RUF005  (here and below: a third less time than unpacking)
            self._prefix, self._size, self._rest = line[:size], size, rest
        else:
            return None
        text = line[size:]
        if text[:1] in _MAY_BE_MORE and (text == "" or _MORE.match(text) is not None):
            return None
        if (escaped and is_escaped(text)) or len(text) > PRINTK_TEXT:
            return None
        return _new(Record, (text, number, number) + rest)  # noqa: RUF005


def known_prefix(peeled: Peeled, record: Record) -> KnownPrefix | None:
    """Return the prefix for the lines to come; None for one that is never the same twice, or that only looks the same."""
    if peeled.kind not in _REPEATING or peeled.wrapped or peeled.partial or peeled.fragment or peeled.continuation:
        return None
    prefix = peeled.prefix
    if not prefix.endswith(" ") or record.last_line != record.line or COARSE in (peeled.wall_source or ""):
        return None
    if peeled.kind == "dmesg" and peeled.monotonic is None:  # a time since the line before
        return None
    return KnownPrefix(prefix, record)
