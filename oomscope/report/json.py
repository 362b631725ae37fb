"""The document as JSON: valid UTF-8 for any string, same document, same bytes."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from oomscope.patterns import lazy
from oomscope.safe_text import INVISIBLE

# What JSON lets stand raw but a terminal, an editor or a strict UTF-8 encoder does not take well.
# Neither does a CI runner take `##vso[` and its like well, wherever they stand in a line.
_ESCAPED = lazy(f"[{INVISIBLE}]|#(?=#[a-z]{{0,20}}\\[)")
_EXPONENT = re.compile(rb"e[-+]?[0-9]{1,3}[,}\]]")  # at the end of a number, or of a word in some text


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
    text = _fast_line(value)
    if text is None:
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError:  # a number that JSON has no word for
            text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = _escaped(text)
    return f"{text[:-1]},{written[1:].lstrip()}" if written else text + "\n"


def _fast_line(value: Mapping[str, Any]) -> str | None:
    """The same bytes as `json.dumps` gives, in a tenth of the time; None where they may differ, or without orjson.

    It writes 0.00001 or 1e-5 where `json` writes 1e-05, and refuses lone surrogates and integers of more than 64 bits.
    """
    dumps = _orjson_dumps()
    if dumps is None:
        return None
    try:
        written = dumps(value)
    except TypeError:
        return None
    return None if b"0.0000" in written or _EXPONENT.search(written) else written.decode()


@lru_cache(maxsize=1)
def _orjson_dumps() -> Callable[[object], bytes] | None:
    """Return orjson's writer, or None on machines that it cannot be had on."""
    try:
        import orjson
    except ImportError:
        return None
    return orjson.dumps


def _line(key: str) -> str:
    return json.dumps(key)


def _escaped(written: str) -> str:
    """JSON with every character as an escape that a terminal or an editor does not take well."""
    return (
        written
        if written.isascii() and "\x7f" not in written and ("#" not in written or "##" not in written)
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
