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
        compiled = re.compile(*self._made_of)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(self, name)


def lazy(source: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but later. A mistake in `source` shows at the first use: each pattern has a test that uses it."""
    return cast("re.Pattern[str]", _Lazy(source, flags))
