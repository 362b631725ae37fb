"""Patterns that are compiled when they are first used: an everyday dmesg pays for two of them, not for forty."""

import re
from collections.abc import Callable
from functools import cached_property


class Lazy:
    """A pattern by its source. `match` is its bound method once it is compiled; the rest is at `pattern`."""

    match: Callable[[str, int], re.Match[str] | None]

    def __init__(self, source: str) -> None:
        self._source = source
        self.match = self._first

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self._source)

    def _first(self, text: str, pos: int) -> re.Match[str] | None:
        self.match = self.pattern.match
        return self.match(text, pos)
