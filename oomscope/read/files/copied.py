"""A stream that can be read only once, copied into a temporary file while it is read."""

import tempfile
import weakref
from typing import BinaryIO


class Copied:
    """Reads a stream and keeps a copy of what went through."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._stream: BinaryIO = getattr(stream, "raw", stream)
        self.copy = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        weakref.finalize(self, self.copy.close)

    def fileno(self) -> int:
        """The number of the stream, to wait for it."""
        return self._stream.fileno()

    def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes. Raises OSError where the disk is full."""
        data = self._stream.read(n) or b""
        self.copy.write(data)
        return data

    def again(self) -> "Again":
        """Return what has been read, from its beginning, under the name of the stream."""
        self.copy.seek(0)
        return Again(self)


class Again:
    """A copy, by the name of what it was made of."""

    def __init__(self, of: Copied) -> None:
        self._of, self.name = of, of.name

    def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes."""
        return self._of.copy.read(n)
