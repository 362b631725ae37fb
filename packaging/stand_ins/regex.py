"""In the place of regex, which is native and not in the single file: says once what is not read, and matches nothing."""

import sys
from typing import Any

BESTMATCH = DOTALL = 0
_SAID = [False]


class Pattern:
    """Matches nothing."""

    def match(self, *_: Any, **__: Any) -> None:
        return None

    search = match


def compile(*_: Any) -> Pattern:
    """Return what matches nothing."""
    if not _SAID[0] and sys.stderr is not None:
        _SAID[0] = True
        sys.stderr.write("oomscope: damaged lines (misread, mistyped) are not read: regex is not installed\n")
    return Pattern()
