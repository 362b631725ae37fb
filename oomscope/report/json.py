"""The document as JSON: valid UTF-8 for any string, same document, same bytes."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oomscope.patterns import lazy
from oomscope.safe_text import INVISIBLE

# What JSON lets stand raw but a terminal, an editor or a strict UTF-8 encoder does not take well.
# Neither does a CI runner take `##vso[` and its like well, wherever they stand in a line.
_ESCAPED = lazy(f"[{INVISIBLE}]|#(?=#[a-z]{{0,20}}\\[)")


def render_json(doc: object) -> str:
    """The document, indented by one space, keys in the document's order, ending in a newline."""
    try:
        written = json.dumps(doc, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a number that JSON has no word for
        written = json.dumps(_finite(doc), indent=1, ensure_ascii=False, allow_nan=False)
    return _escaped(written) + "\n"


def stream_json(head: Mapping[str, Any], lists: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """The same text in pieces, with each list's entries written one after the other behind the keys of `head`."""
    yield "{" + ",".join(f"\n {_line(key)}: {_indented(value)}" for key, value in head.items())
    for key, entries in lists.items():
        yield f",\n {_line(key)}: ["
        some = False
        for entry in entries:
            yield f"{',' if some else ''}\n  {_indented(entry, 2)}"
            some = True
        yield "\n ]" if some else "]"
    yield "\n}\n"


def _indented(value: object, by: int = 1) -> str:
    return render_json(value).rstrip("\n").replace("\n", "\n" + " " * by)  # no string holds a newline as it is


def render_line(value: Mapping[str, Any], written: str = "") -> str:
    """The same on one line; `written` is an object that this function has rendered before, whose keys come last."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # a number that JSON has no word for
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = _escaped(text)
    return f"{text[:-1]},{written[1:].lstrip()}" if written else text + "\n"


def _line(key: str) -> str:
    return json.dumps(key)


def _escaped(written: str) -> str:
    """JSON with every character as an escape that a terminal or an editor does not take well."""
    return (
        written
        if written.isascii() and "\x7f" not in written and "##" not in written
        else _ESCAPED.sub(_escape, written)
    )


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _finite(value: object) -> object:
    """`value` with every NaN and infinity as null: the log does not say."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
