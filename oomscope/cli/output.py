"""Where words go: stdout is the result, stderr the messages."""

import os
import sys
from collections.abc import Iterable, Iterator

from oomscope.errors import InputError
from oomscope.safe_text import safe


def put(text: str | bytes | Iterable[str]) -> None:
    """Print a result, whole or in pieces, on stdout, as UTF-8 whatever the locale says.

    Nothing is left in a buffer of Python's, which would fail a second time on the way out. A reader that went away has what
    it wants (`| head -1`): the rest is not made. Raises InputError if stdout takes no more.
    """
    if sys.stdout is None:  # closed by the caller (>&-): its number may by now be that of some other file
        raise InputError("standard output is closed; write to a file with -o FILE")
    pieces = _pieces(text)
    try:
        sys.stdout.flush()
        for piece in pieces:
            _through(sys.stdout.fileno(), piece)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise InputError(f"standard output cannot be written: {error.strerror or 'unknown error'}") from error


def _pieces(text: str | bytes | Iterable[str]) -> Iterator[bytes]:
    if isinstance(text, bytes):
        yield text
    elif isinstance(text, str):
        yield (text if text.endswith("\n") else text + "\n").encode("utf-8", "backslashreplace")
    else:
        yield from (piece.encode("utf-8", "backslashreplace") for piece in text)


def tell(message: str) -> None:
    """Print a message on stderr, if there is one."""
    if sys.stderr is not None:
        sys.stderr.flush()
        _through(sys.stderr.fileno(), f"{safe(message)}\n".encode("utf-8", "backslashreplace"))


def _through(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def colors(no_color: bool) -> bool:
    """Whether stdout may be coloured: a terminal, and nobody said no (https://no-color.org)."""
    return not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and is_terminal()


def is_terminal() -> bool:
    """True if stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def width() -> int:
    """Columns of the terminal, kept within what is pleasant to read."""
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 110))
