"""Where a table or a key of a TOML text stands: the standard library's parser keeps no positions."""

import re
from typing import NamedTuple

_HEADER = re.compile(r"\s*\[(\[)?\s*([\w.\"'-]+)\s*\]?\]")
_KEY = re.compile(r"\s*([\w\"'-]+)\s*=\s*")


class Place(NamedTuple):
    """A line of the file, 1-based, its text, and where in it the value begins."""

    line: int
    text: str
    column: int


Path = tuple[str, int, str]
"""Table ("" is the file's top), which of its tables (0, 1, ...), key ("" is the table itself)."""


def locate(text: str) -> dict[Path, Place]:
    """Return the place of every table, and of every key that starts a line; inline tables are not looked into."""
    places: dict[Path, Place] = {}
    seen: dict[str, int] = {}
    table, index, quote = "", 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if found := _HEADER.match(line):
            table = found[2].strip("\"'")
            index = seen[table] = seen.get(table, -1) + 1
            places[table, index, ""] = Place(number, line, found.start(2))
        elif found := _KEY.match(line):
            places.setdefault((table, index, found[1].strip("\"'")), Place(number, line, found.end()))
            quote = _left_open(line[found.end() :])
    return places


def _left_open(value: str) -> str:
    """The quote of a multi-line string that starts here and does not end here."""
    for quote in ('"""', "'''"):
        if value.startswith(quote) and quote not in value[3:]:
            return quote
    return ""
