"""Where words go: stdout is the result, stderr the messages."""

import os
import sys

from oomscope.safe_text import safe


def put(text: str) -> None:
    """Print a result on stdout, as UTF-8 whatever the locale says."""
    data = (text if text.endswith("\n") else text + "\n").encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def tell(message: str) -> None:
    """Print a message on stderr."""
    data = f"{safe(message)}\n".encode("utf-8", "backslashreplace")
    sys.stderr.flush()
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()


def colors(no_color: bool) -> bool:
    """Whether stdout may be coloured: a terminal, and nobody said no (https://no-color.org)."""
    return not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def width() -> int:
    """Columns of the terminal, kept within what is pleasant to read."""
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 110))
