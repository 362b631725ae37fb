"""The document as JSON: valid UTF-8 for any string, same document, same bytes."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from oomscope.patterns import lazy

# What JSON lets stand raw but a terminal, an editor or a strict UTF-8 encoder does not take well.
_ESCAPED = lazy(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def render_json(doc: Mapping[str, Any]) -> str:
    """The document, indented by one space, keys in the document's order, ending in a newline."""
    try:
        written = json.dumps(doc, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a number that JSON has no word for
        written = json.dumps(_finite(doc), indent=1, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(_escape, written) + "\n"


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
