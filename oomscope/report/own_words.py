"""Sentences of the cause files, told apart from the input's words in them: of ours nothing is renamed."""

import json
import re
from collections.abc import Iterator
from functools import cache

from oomscope.bundled import bundled

_PLACE = re.compile(r"\{\w{1,64}\}")
_KEYS = ("says", "summary", "title", "action", "command", "detail", "asks", "name")
_MOST_PIECES = 12
Piece = tuple[str, bool]
"""Text, and whether it is ours."""


class OwnWords:
    """The sentences of the bundled rules, as they are and with places for values."""

    def __init__(self) -> None:
        index = json.loads((bundled("rules") / "index.json").read_text("utf-8"))
        texts = set(_texts(index))
        self._whole = frozenset(text for text in texts if not _PLACE.search(text))
        self._parts = [_PLACE.split(text) for text in texts if 0 < len(_PLACE.findall(text)) <= _MOST_PIECES]

    def pieces(self, text: str) -> list[Piece]:
        """Return the text in pieces; one piece that is not ours where it is no sentence of the rules."""
        if text in self._whole:
            return [(text, True)]
        for parts in self._parts:
            if text.startswith(parts[0]) and text.endswith(parts[-1]) and any(part.strip() for part in parts):
                found = re.fullmatch("(.{0,1000}?)".join(map(re.escape, parts)), text)
                if found is not None:
                    return list(_between(parts, found.groups()))
        return [(text, False)]


def _between(parts: list[str], values: tuple[str, ...]) -> Iterator[Piece]:
    for part, value in zip(parts, (*values, ""), strict=True):
        yield part, True
        yield value, False


@cache
def own_words() -> OwnWords:
    """Return the sentences of the bundled rules, which are read when they are first asked for."""
    return OwnWords()


def _texts(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if key in _KEYS and len(value) > 1:
            yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, key)
