"""A pipe that is waited for no longer than to a given moment."""

import select
import time
from typing import BinaryIO, Protocol

from oomscope.read.budget import Budget


class Waitable(Protocol):
    """A stream that can be waited for."""

    def fileno(self) -> int: ...
    def read(self, n: int, /) -> bytes: ...


class Timed:
    """Reads a stream until a moment of time.monotonic(); then it ends, and the budget has it noted."""

    def __init__(self, stream: BinaryIO | Waitable, budget: Budget, until: float) -> None:
        self._stream: Waitable = getattr(stream, "raw", stream)  # what a buffer holds, select does not see
        self._budget, self._until = budget, until

    def read(self, n: int, /) -> bytes:
        """Up to `n` bytes; none at the end, or when the time is over."""
        left = self._until - time.monotonic()
        if left <= 0 or not select.select([self._stream], [], [], left)[0]:
            self._budget.late()
            return b""
        return self._stream.read(n) or b""
