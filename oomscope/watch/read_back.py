"""The lines before the place where a file is followed on: the earlier kills of what is killed next stand in them."""

import os
from pathlib import Path
from typing import BinaryIO, Final

from oomscope.watch.line import Line

MOST_BYTES: Final = 8 << 20
_PIECE: Final = 1 << 20
_LONGEST: Final = 64 << 10
_COMPRESSED: Final = (".gz", ".bz2", ".xz", ".zst", ".zip")


def newlines(file: BinaryIO, upto: int) -> int:
    """Return how many lines end before an offset."""
    file.seek(0)
    found, left = 0, upto
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        found += piece.count(b"\n")
        left -= len(piece)
    return found


def lines_before(path: Path, file: BinaryIO, at: int, number: int) -> list[Line]:
    """Return up to `MOST_BYTES` of whole lines before the offset `at`, in front of which `number` lines end.

    Where the file holds less, the rest comes from the newest file that it was rotated to, if that is not compressed.
    """
    own = _tail(file, at, number, MOST_BYTES)
    left = MOST_BYTES - at
    before: list[Line] = []
    if left > 0 and (other := _rotated(path, os.fstat(file.fileno()).st_ino)) is not None:
        try:
            with other.open("rb") as older:
                size = os.fstat(older.fileno()).st_size
                before = _tail(older, size, newlines(older, size), left)
        except OSError:
            before = []  # gone meanwhile, or not for this user
    return [*before, *own]


def _tail(file: BinaryIO, at: int, number: int, most: int) -> list[Line]:
    start = max(0, at - most)
    file.seek(start)
    data = file.read(at - start)
    if start:
        data = data.partition(b"\n")[2]
    inode = os.fstat(file.fileno()).st_ino
    whole = data.split(b"\n")[:-1]
    first, offset = number - len(whole) + 1, at - len(data)
    found = []
    for n, line in enumerate(whole, first):
        offset += len(line) + 1
        found.append(Line(line[:_LONGEST] + b"\n", f"{inode}:{offset}", old=True, number=n, file=str(inode)))
    return found


def _rotated(path: Path, inode: int) -> Path | None:
    """Return the newest of the files that a log was rotated to: messages.1, messages-20260105."""
    found = []
    for other in (*path.parent.glob(f"{_literal(path.name)}.*"), *path.parent.glob(f"{_literal(path.name)}-*")):
        try:
            state = other.stat()
        except OSError:
            continue
        numbered = other.name[len(path.name) + 1 :][:1].isdecimal()
        if numbered and other.is_file() and state.st_ino != inode and not other.name.endswith(_COMPRESSED):
            found.append((state.st_mtime, other))
    return max(found, default=(0.0, None), key=lambda one: one[0])[1]


def _literal(name: str) -> str:
    """Return a name for `glob` that matches itself alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
