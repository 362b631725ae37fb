"""One careful way to read a file that somebody handed over: a cap on its size, any encoding, errors that say what to do."""

from pathlib import Path

from oomscope.errors import InputError
from oomscope.safe_text import safe_line

MOST_BYTES = 1 << 30
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what PowerShell writes into a file


def read_text(path: str | Path, smaller: str, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a file.

    Raises InputError if it cannot be read, or is larger than `most_bytes`; `smaller` tells how to hand over less.
    """
    place = safe_line(str(path))
    try:
        with Path(path).open("rb") as file:
            content = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{place}: {getattr(error, 'strerror', None) or 'cannot be read'}") from None
    if len(content) > most_bytes:
        raise InputError(f"{place}: larger than {_size(most_bytes)}; {smaller}")
    return decoded(content)


def decoded(content: bytes) -> str:
    """Return bytes as text: UTF-16 where they begin so, else UTF-8; without a mark of the byte order."""
    encoding = "utf-16" if content[:2] in _UTF_16 else "utf-8"
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def _size(size: int) -> str:
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"
