"""Reading the document: tolerant of what the log did not say, and formatting at the edge."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from oomscope.patterns import lazy
from oomscope.report.words import ABSENT
from oomscope.safe_text import safe_line
from oomscope.units import size

Doc = Mapping[str, Any]
RawLines = Mapping[str, Sequence[tuple[int, str]]]

_PLAIN_ID = lazy(r"[0-9a-z]{1,64}")
_WALL = lazy(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?")
EMPTY: Doc = {}


class Part(NamedTuple):
    """A piece of a sentence; `code` marks the log's own words."""

    text: str
    code: bool = False


Phrase = tuple[Part, ...]


def say(*pieces: str | Part | None) -> Phrase:
    """A sentence of plain strings and parts; None and empty pieces fall away."""
    return tuple(p if isinstance(p, Part) else Part(p) for p in pieces if p)


def code(text: str | None) -> Part | None:
    """A word of the log, made visible on one line."""
    return Part(safe_line(str(text)), True) if text not in (None, "") else None


def ticked(words: str) -> Phrase:
    """A sentence of the document, its names in backticks marked as the log's own words."""
    pieces = words.split("`")
    if len(pieces) % 2 == 0:
        return say(words)
    return say(*(code(piece) if n % 2 else piece for n, piece in enumerate(pieces)))


_BLANK_IN_NUMBER = lazy(r"(?<=\d) (?=%|[KMGT]iB\b|B\b|min\b|s\b|h\b|d\b)")


def unbroken(phrase: Phrase) -> Phrase:
    """The sentence with no line break between a number and its unit."""
    return tuple(p if p.code else Part(_BLANK_IN_NUMBER.sub("\u00a0", p.text)) for p in phrase)


def plain(phrase: Phrase) -> str:
    """The sentence without marks."""
    return "".join(part.text for part in phrase)


def sub(doc: Doc, key: str) -> Doc:
    """The object under `key`, or an empty one."""
    value = doc.get(key)
    return value if isinstance(value, Mapping) else EMPTY


def rows(doc: Doc, key: str) -> Sequence[Doc]:
    """The list of objects under `key`, or an empty one."""
    value = doc.get(key)
    return value if isinstance(value, (list, tuple)) else ()


def text(doc: Doc, key: str, default: str = "") -> str:
    """The string under `key` on one safe line, or `default`."""
    value = doc.get(key)
    return default if value is None or value == "" else safe_line(str(value))


def amount(doc: Doc, key: str, default: str = ABSENT) -> str:
    """The bytes under `key` as a size, or `default`."""
    value = doc.get(key)
    return default if value is None else size(value)


def number(doc: Doc, key: str) -> float | None:
    """The number under `key`, or None."""
    value = doc.get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def anchor(identity: object) -> str:
    """A fragment id: the incident's own if it is plain, else a hash of it."""
    name = str(identity)
    if _PLAIN_ID.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def wall(value: object) -> str | None:
    """`2026-11-22T00:31:07.123456Z` as `2026-11-22T00:31:07Z`; other text as it is, safe."""
    if not value:
        return None
    found = _WALL.fullmatch(str(value))
    return f"{found[1]}T{found[2]}{found[3] or ''}" if found else safe_line(str(value))


def moment(incident: Doc) -> str:
    """When an incident happened: UTC if the log says, else seconds since boot, else that it does not say."""
    time = sub(incident, "time")
    shown = wall(time.get("wall"))
    if shown:
        return shown
    seconds = number(time, "monotonic_seconds")
    return f"{seconds:.3f} s after boot" if seconds is not None else "time " + ABSENT


def span(lines: object) -> tuple[int, int] | None:
    """`[first, last]` of the document as a pair, or None."""
    if isinstance(lines, (list, tuple)) and len(lines) == 2 and all(isinstance(n, int) for n in lines):
        return lines[0], lines[1]
    return None


def short_path(path: str, most: int = 60) -> str:
    """A long cgroup path by its two ends."""
    return path if len(path) <= most else f"{path[:12]}…{path[13 - most :]}"


def line_words(lines: tuple[int, int] | None) -> str:
    """`line 41`, `lines 12–96`, or nothing."""
    if lines is None:
        return ""
    first, last = lines
    return f"line {first}" if first == last else f"lines {first}–{last}"
