"""Patterns that are compiled when they are first used: a run needs a third of them, and compiling all takes longer than
reading an everyday log."""

import re
from typing import Any, cast

_METHODS = ("match", "search", "fullmatch", "finditer", "findall", "sub", "split", "groups", "pattern")


class _Lazy:
    """Stands for a compiled pattern; on the first use of a method it takes over the methods of the real one."""

    def __init__(self, source: str, flags: int) -> None:
        self._made_of = (source, flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever the compiled pattern has under that name)
        if name not in _METHODS:
            raise AttributeError(name)
        source, flags = self._made_of
        compiled = re.compile(ascii_digits(source), flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(self, name)


def ascii_digits(source: str) -> str:
    r"""Return a pattern whose `\d` matches 0 to 9 only: no kernel, daemon or clock writes the digits of other scripts.

    `re.ASCII` would do more: names of months in all languages are found by their letters.
    """
    if "\\d" not in source:
        return source
    inside = False

    def replaced(token: re.Match[str]) -> str:
        nonlocal inside
        text = token[0]
        if text == "\\d":
            return "0-9" if inside else "[0-9]"
        if text[0] == "[":
            inside = True
        elif text == "]":
            inside = False
        return text

    return _TOKENS.sub(replaced, source)


_TOKENS = re.compile(r"\\.|\[\^?\]?|\]", re.DOTALL)


def lazy(source: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but later. A mistake in `source` shows at the first use: each pattern has a test that uses it."""
    return cast("re.Pattern[str]", _Lazy(source, flags))
