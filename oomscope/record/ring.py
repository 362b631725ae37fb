"""A ring of files of a bounded size. Each file is CSV or lines of JSON in gzip, a member for each flush.

What was flushed survives a kill -9: a member that was cut off ends the file that it stands in, and costs nothing else.
"""

import fcntl
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oomscope.errors import InputError, UsageError
from oomscope.safe_text import safe_line

LEAST_BYTES: Final = 1 << 20
_PARTS: Final = 16  # files of a full ring
_NAME: Final = re.compile(r"(samples|holders)-(\d{10})\.(?:csv|jsonl)\.gz")
_ENDINGS: Final = {"samples": "csv", "holders": "jsonl"}
_MOST_PART: Final = 1 << 30  # bytes that one file of a ring may come to when unpacked


class Ring:
    """Appends to a folder. Raises InputError where the folder cannot be used, or another recorder uses
    it, and UsageError for too small a ring."""

    def __init__(self, folder: str, most_bytes: int) -> None:
        if most_bytes < LEAST_BYTES:
            raise UsageError(
                f"--record-size {most_bytes}: too small for a ring; give it {LEAST_BYTES >> 20}Mi and more"
            )
        self._folder, self._most = Path(folder), most_bytes
        self._numbers: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise InputError(f"--record {safe_line(folder)}: {error.strerror}; name a folder to write to") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise InputError(
                f"--record {safe_line(folder)}: another recorder writes to it; name another folder"
            ) from None
        self._next = max((number for number, _, _ in files_of(folder)), default=0) + 1

    def append(self, kind: str, text: str, head: str = "") -> None:
        """Write `text` at once, in a file that begins with `head`. Raises InputError where the disk does not take it."""
        fresh = kind not in self._numbers
        if fresh:
            self._numbers[kind], self._sizes[kind] = self._next, 0
            self._next += 1
        path = self._folder / f"{kind}-{self._numbers[kind]:010d}.{_ENDINGS[kind]}.gz"
        data = gzip.compress((head * fresh + text).encode("utf-8", "backslashreplace"), 6, mtime=0)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.write(handle, data)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            del self._numbers[kind]
            raise InputError(
                f"--record {safe_line(str(path))}: {error.strerror}; free some space, or record elsewhere"
            ) from error
        self._sizes[kind] += len(data)
        if self._sizes[kind] >= self._most // _PARTS:
            del self._numbers[kind]
        self._trim()

    def close(self) -> None:
        """Let another recorder use the folder."""
        os.close(self._lock)

    def _trim(self) -> None:
        """Remove the oldest files until the rest fits."""
        found = files_of(str(self._folder))
        sizes = {path: path.stat().st_size for _, _, path in found}
        total = sum(sizes.values())
        for _, kind, path in found:
            if total <= self._most or int(path.name[len(kind) + 1 :][:10]) == self._numbers.get(kind):
                continue
            path.unlink(missing_ok=True)
            total -= sizes[path]


def files_of(folder: str) -> list[tuple[int, str, Path]]:
    """Return number, kind and path of a ring's files, the oldest first. Raises InputError where it cannot be read."""
    try:
        names = [one.name for one in Path(folder).iterdir()]
    except OSError as error:
        raise InputError(
            f"{safe_line(folder)}: {error.strerror}; name the folder that `oomscope watch --record` writes to"
        ) from error
    found = [(int(match[2]), match[1], Path(folder, name)) for name in names if (match := _NAME.fullmatch(name))]
    return sorted(found)


def texts(folder: str, kind: str) -> Iterator[str]:
    """Yield what the files of one kind hold, each as far as it is whole. Raises InputError where one cannot be read."""
    for _, one, path in files_of(folder):
        if one == kind:
            try:
                yield _whole(path.read_bytes()).decode("utf-8", "replace")
            except FileNotFoundError:
                continue  # the ring went on meanwhile
            except OSError as error:
                raise InputError(f"{safe_line(str(path))}: {error.strerror}") from error


def _whole(data: bytes) -> bytes:
    """Return the members of a gzip file up to the first that is cut off or damaged."""
    found: list[bytes] = []
    room = _MOST_PART
    while data and room > 0:
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(data, room)
        except zlib.error:
            break
        if not member.eof:
            break
        found.append(piece)
        room -= len(piece)
        data = member.unused_data
    return b"".join(found)
