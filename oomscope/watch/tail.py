"""A log file that grows, is rotated and is truncated."""

import os
import time
from pathlib import Path
from typing import BinaryIO

from oomscope.errors import InputError
from oomscope.safe_text import safe_line
from oomscope.watch.line import Line
from oomscope.watch.read_back import lines_before, newlines

_PIECE = 1 << 20
_LONGEST = 64 << 10
_PAUSE = 0.1


class Tail:
    """Whole lines after `since`, an inode and an offset; without it, after what the file holds at the start.

    Some of what stands before is read back.
    """

    def __init__(self, path: str, since: str | None = None) -> None:
        self.name = path
        self._path, self._rest, self._losses = Path(path), b"", list[str]()
        try:
            self._file: BinaryIO = self._path.open("rb")
        except OSError as error:
            raise InputError(f"{safe_line(path)}: {error.strerror}; name a log file that can be read") from error
        state = os.fstat(self._file.fileno())
        self._inode = state.st_ino
        self._at = state.st_size
        if since is not None:
            self._resume(since, state.st_size)
        self._number: int | None = None  # of the last line that was read

    def read(self, seconds: float) -> list[Line]:
        """Return the whole lines that have come. What stands before is counted and read back first, which may take long."""
        if self._number is None:
            self._number = newlines(self._file, self._at)
            old = lines_before(self._path, self._file, self._at, self._number)
            self._file.seek(self._at)
            return old
        until = time.monotonic() + seconds
        while True:
            found = self._more()
            if found or time.monotonic() >= until:
                return found
            time.sleep(min(_PAUSE, max(0.0, until - time.monotonic())))

    def place(self) -> str | None:
        """Return the inode and the offset of the next line."""
        return f"{self._inode}:{self._at}"

    def losses(self) -> list[str]:
        """Return what could not be read again, and what was cut."""
        told, self._losses = self._losses, []
        return told

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _resume(self, since: str, size: int) -> None:
        """Go on where the last run stopped: in this file, or in the one that it was rotated to."""
        inode, _, offset = since.partition(":")
        at = int(offset) if offset.isdecimal() else 0
        if inode == str(self._inode):
            self._at = at if at <= size else 0
            return
        self._at = 0
        for other in self._path.parent.glob(f"{self._path.name}*"):
            if str(other.stat().st_ino) == inode:
                self._file.close()
                self._file, self._inode, self._at = other.open("rb"), int(inode), at
                return
        self._lost("was rotated, and the file that was followed is gone or compressed")

    def _more(self) -> list[Line]:
        piece = self._file.read(_PIECE)
        if piece:
            return self._lines(piece)
        here = os.fstat(self._file.fileno())
        if here.st_size < self._at + len(self._rest):
            self._lost("was truncated; it is read from its start")
            self._start(self._file)
        try:
            there = self._path.stat()
        except OSError:
            return []  # between the two steps of a rotation, or deleted: a new one may come
        return self._rotated() if there.st_ino != self._inode else []

    def _rotated(self) -> list[Line]:
        """Return what was still written to the old file, and go on with the new one."""
        try:
            new = self._path.open("rb")
        except OSError:
            return []
        found = self._lines(self._file.read() + b"\n" * bool(self._rest))
        self._file.close()
        self._start(new)
        return found

    def _start(self, file: BinaryIO) -> None:
        self._file, self._rest, self._at, self._number = file, b"", 0, 0
        self._inode = os.fstat(file.fileno()).st_ino
        file.seek(0)

    def _lines(self, piece: bytes) -> list[Line]:
        *whole, rest = (self._rest + piece).split(b"\n")
        found = []
        for data in whole:
            self._at += len(data) + 1
            self._number = (self._number or 0) + 1
            if len(data) > _LONGEST:
                self._lost(f"line {self._number} is longer than {_LONGEST >> 10} KiB; what stands behind is not read")
            place, file = f"{self._inode}:{self._at}", str(self._inode)
            found.append(Line(data[:_LONGEST] + b"\n", place, number=self._number, file=file))
        if len(rest) > _PIECE:  # no line of a kernel log: what follows it is read on
            self._lost("a line longer than 1 MiB was passed over")
            self._at += len(rest)
            rest = b""
        self._rest = rest
        return found

    def _lost(self, words: str) -> None:
        self._losses.append(f"{safe_line(self.name)}: {words}")
