"""Which of the paths can be read at all."""

import os
from collections.abc import Sequence
from pathlib import Path

from oomscope.cli.output import tell
from oomscope.errors import InputError
from oomscope.read.files.source import standard_input
from oomscope.safe_text import safe_line


def readable(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """The paths to read, and one sentence for each that cannot be. Raises UsageError for a standard input that is closed."""
    if "-" in paths:
        standard_input()
    good, complaints = [], []
    for path in paths:
        why = None if path == "-" else _why_not(Path(path))
        if why is None:
            good.append(path)
        else:
            complaints.append(f"{safe_line(path)}: {why}")
    return good, complaints


def told(paths: Sequence[str]) -> list[str]:
    """The paths to read; the others are said on stderr. Raises what `readable` raises, and InputError if none is left."""
    good, complaints = readable(paths)
    for complaint in complaints:
        tell(f"oomscope: {complaint}")
    if not good:
        raise InputError("nothing could be read")
    return good


def judge(good: Sequence[str], paths: Sequence[str]) -> None:
    """Raise InputError if not every path could be opened."""
    if len(good) < len(paths):
        raise InputError(f"the result is of {len(good)} of {len(paths)} paths")


def _why_not(path: Path) -> str | None:
    try:
        if not path.exists():
            return "no such file; is the name right, and are you in the right folder?"
    except (OSError, ValueError) as error:
        return f"cannot be looked at ({safe_line(getattr(error, 'strerror', None) or str(error))})"
    if not os.access(path, os.R_OK) or (path.is_dir() and not os.access(path, os.X_OK)):
        return "no permission to read it; try sudo, or copy it to where you may"
    return None
