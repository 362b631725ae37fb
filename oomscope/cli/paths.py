"""Which of the paths can be read at all."""

import os
from collections.abc import Sequence
from pathlib import Path

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


def _why_not(path: Path) -> str | None:
    try:
        if not path.exists():
            return "no such file; is the name right, and are you in the right folder?"
    except (OSError, ValueError) as error:
        return f"cannot be looked at ({safe_line(getattr(error, 'strerror', None) or str(error))})"
    if not os.access(path, os.R_OK) or (path.is_dir() and not os.access(path, os.X_OK)):
        return "no permission to read it; try sudo, or copy it to where you may"
    return None
