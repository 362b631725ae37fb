"""The first line of a table that a log store exports: which column holds what."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress

from oomscope.patterns import lazy

_NAME = lazy(r'"?[@\w.][\w.@/ -]{0,60}"?')
_BETWEEN = (",", ";", "\t", "|")
_MESSAGES = (
    "_raw",
    "message",
    "@message",
    "msg",
    "log",
    "line",
    "content",
    "body",
    "textpayload",
    "text",
    "event",
    "event.original",
)
_MOST = 64
_DMESG = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{6}[+-]")
"""`dmesg --time-format iso`, whose fraction stands behind a comma."""


def columns_of(line: str) -> tuple[tuple[str, ...], str] | None:
    """Return the names of the columns and the mark between them; None where the line is no such head.

    The column with the message is called "message", and Graylog's "source" is "host".

    sample::

        "timestamp","source","message"
        Date,Host,Service,Message
    """
    line = line.strip("\ufeff\r\n ")
    for between in _BETWEEN:
        cells = line.split(between)
        if not 2 <= len(cells) <= _MOST or not all(_NAME.fullmatch(cell.strip()) for cell in cells):
            continue
        names = [cell.strip().strip('"') for cell in cells]
        message = next((wanted for wanted in _MESSAGES if wanted in map(str.lower, names)), None)
        if message is not None:
            hosted = any(name.lower() in ("host", "hostname", "host.name") for name in names)
            return tuple(_name(name, message, hosted=hosted) for name in names), between
    return None


def is_table(lines: Sequence[bytes]) -> bool:
    """True if the first line is such a head, and most rows of the sample have its columns."""
    found = columns_of(lines[0].decode("utf-8", "replace"))
    if found is None:
        return False
    if sum(_DMESG.match(line) is not None for line in lines) > 0.5 * len(lines):
        return False
    names, between = found
    rows = csv.reader(
        (line.decode("utf-8", "replace").replace("\0", "") + "\n" for line in lines[1:]), delimiter=between
    )
    counted: list[bool] = []
    with suppress(csv.Error):
        counted += (len(row) >= len(names) for row in rows if row)
    return sum(counted) > 0.5 * len(counted) or not counted


def _name(name: str, message: str, *, hosted: bool) -> str:
    if name.lower() == message:
        return "message"
    return "host" if name.lower() == "source" and not hosted else name
