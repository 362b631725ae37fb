"""The kernel's ring buffer by /dev/kmsg: from its first record to its last, without waiting for another."""

import errno
import os

from oomscope.read.record import InputWarning

DEVICE = "/dev/kmsg"
_RECORD_BYTES = 64 << 10
"""No record is longer: the kernel's own bound is below 10 KiB, escapes included."""


class Kmsg:
    """The records that the ring buffer holds, for reading."""

    name = DEVICE

    def __init__(self, path: str = DEVICE) -> None:
        """Raises OSError where the device is missing or may not be read."""
        self.warnings: list[InputWarning] = []
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._held = bytearray()
        self._done = False
        self._lost = False

    def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes; none when every record of the buffer has been read."""
        want = n if n > 0 else 1 << 20
        while len(self._held) < want and not self._done:
            self._held += self._record()
        data = bytes(self._held[:want])
        del self._held[:want]
        return data

    def close(self) -> None:
        """Close the device."""
        os.close(self._file)

    def _record(self) -> bytes:
        try:
            data = os.read(self._file, _RECORD_BYTES)
        except BlockingIOError:
            data = b""
        except OSError as error:
            if error.errno == errno.EPIPE:  # overwritten before it was read; the next read gets the oldest that is left
                self._note_loss()
                return b""
            raise
        self._done = not data
        return data

    def _note_loss(self) -> None:
        if not self._lost:
            self._lost = True
            words = "the kernel wrote faster than its ring buffer was read: some records are missing"
            self.warnings.append(InputWarning("records-missed", words))
