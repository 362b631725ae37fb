"""Records that a paste put on one line: longer than printk can write, and with stamps inside."""

from oomscope.patterns import lazy
from oomscope.read.transports.prefixes import Peeler

_COLLAPSED_SYSLOG = lazy(
    r"(?<=\s)(?=[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \S{1,64} [\w.-]{1,32}(?:\[\d{1,10}\])?: )"
)
_BREAK = lazy(r"<br ?/?>")
MIN_COLLAPSED = 5
"""So many records on one line are no name that looks like one."""
_COLLAPSED = lazy(r"(?<=\s)(?=\[ {0,6}\d{1,10}\.\d{6}\] )")


def pieces_of(line: str, most: int, peeler: Peeler, *, prefixed: bool) -> list[str]:
    """Return the records of a line, none of them longer than `most`; none where it is one record, or not surely several."""
    if line.count("<br") >= MIN_COLLAPSED:
        line = _BREAK.sub(" ", line)
    pieces = _COLLAPSED.split(line)
    if len(pieces) < 3 or len(max(pieces, key=len)) > most or not line.lstrip(" \t>`").startswith("["):
        return _of_syslog(line, most, peeler, prefixed=prefixed)
    return pieces


def _of_syslog(line: str, most: int, peeler: Peeler, *, prefixed: bool) -> list[str]:
    """Lines of a syslog on one line, of which the first is the kernel's: another program's message may hold anything."""
    pieces = _COLLAPSED_SYSLOG.split(line)
    if len(pieces) < MIN_COLLAPSED or len(max(pieces, key=len)) > most:
        return []
    peeled = peeler.peel(line)
    if peeled is None:
        return [] if prefixed else pieces
    return pieces if peeled.ident == "kernel" else []
