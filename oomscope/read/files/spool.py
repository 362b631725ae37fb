"""A place for bytes that are asked for again: memory at first, a temporary file when they are many."""

import io
import weakref
from typing import IO

IN_MEMORY = 16 << 20


class Spool:
    """Bytes that are added at the end and read from anywhere. The temporary file has no name and goes with the object."""

    def __init__(self) -> None:
        self._file: IO[bytes] = io.BytesIO()
        self._end = 0
        self._in_memory = True

    def add(self, data: bytes) -> int:
        """Append the data; where it begins. Raises OSError where the disk is full."""
        if self._in_memory and self._end + len(data) > IN_MEMORY:
            self._move()
        self._file.seek(self._end)
        self._file.write(data)
        start, self._end = self._end, self._end + len(data)
        return start

    def get(self, start: int, size: int) -> bytes:
        """The bytes from `start` on."""
        self._file.seek(start)
        return self._file.read(size)

    def __reduce__(self) -> tuple[object, ...]:
        return _spool_of, (self.get(0, min(self._end, IN_MEMORY)),)

    def _move(self) -> None:
        import tempfile

        held = self._file
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        weakref.finalize(self, self._file.close)
        held.seek(0)
        self._file.write(held.read())
        self._in_memory = False


def _spool_of(data: bytes) -> Spool:
    """A copy of a spool for another process, of its first bytes where they are too many to travel."""
    spool = Spool()
    spool.add(data)
    return spool
