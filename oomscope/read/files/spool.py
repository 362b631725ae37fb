"""A place for bytes that are asked for again: memory at first, a temporary file when they are many."""

import weakref
from typing import IO

IN_MEMORY = 16 << 20
_PIECE = 1 << 20  # bytes that are written to the file at a time
_READ_AHEAD = 64 << 10  # what was added one after the other is mostly asked for in the same order


class Spool:
    """Bytes that are added at the end and read from anywhere. The temporary file has no name and goes with the object."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._written = 0  # bytes in the file
        self._newest = bytearray()  # those behind them

    def add(self, data: bytes) -> int:
        """Append the data; where it begins. Raises OSError where the disk is full."""
        start = self._written + len(self._newest)
        if len(self._newest) + len(data) > (IN_MEMORY if self._file is None else _PIECE):
            self._move()
        self._newest += data
        return start

    def get(self, start: int, size: int) -> bytes:
        """The bytes from `start` on."""
        if start >= self._written:
            begin = start - self._written
            return bytes(memoryview(self._newest)[begin : begin + size])
        assert self._file is not None  # noqa: S101  (bytes were written to it)
        self._file.seek(start)
        found = self._file.read(min(size, self._written - start))
        return found if len(found) == size else found + bytes(self._newest[: size - len(found)])

    def __reduce__(self) -> tuple[object, ...]:
        return _spool_of, (self.get(0, min(self._written + len(self._newest), IN_MEMORY)),)

    def _move(self) -> None:
        """Write what is in memory to the file."""
        if self._file is None:
            import tempfile

            self._file = tempfile.TemporaryFile(buffering=_READ_AHEAD)  # noqa: SIM115  (closed with this object)
            weakref.finalize(self, self._file.close)
        self._file.seek(self._written)
        self._file.write(self._newest)
        self._file.flush()
        self._written += len(self._newest)
        self._newest.clear()


def _spool_of(data: bytes) -> Spool:
    """A copy of a spool for another process, of its first bytes where they are too many to travel."""
    spool = Spool()
    spool.add(data)
    return spool
