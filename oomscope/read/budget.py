"""What reading may take: processor time by the size of an input, and the time and memory of the whole run.

The limits protect against input that wants to stop the tool. A normal run is far from them.
"""

import os
import sys
import time
from collections.abc import Callable

SECONDS = 60.0
"""Processor time that an input may take whatever its size, and"""
SECONDS_PER_MIB = 2.0
"""what it may take for each MiB of it beside that: a log of nothing but reports takes less than a tenth."""
RATIO_FREE_BYTES = 2 << 20
"""So much may be unpacked of anything, and"""
_SMALL_RATIO, _SMALL_BYTES = 1_000, 16 << 20
"""of a small input so many times its size, up to so much: a log that repeats itself packs well."""
_LOOK_SECONDS = 0.05
"""Processor time between two looks at the memory."""
_CLOCK_SECONDS = 0.005
"""Time between two looks at the processor's clock, which is many times dearer to read than the other."""
_GRACE = 1.5
_PAGE = 4096 if sys.platform == "win32" else os.sysconf("SC_PAGE_SIZE")


class Budget:
    """What one path may take. `met` is the code and the words of the limit that was met."""

    def __init__(self, seconds: float | None = None, until: float | None = None, memory: int | None = None) -> None:
        """`until`: the moment of time.monotonic() when the `seconds` that the user gave are over; `memory` in bytes."""
        self._seconds, self._until, self._memory = seconds, until, memory
        self._start = time.process_time()
        self._look = self._start
        self._due = dict.fromkeys((1.0, _GRACE), 0.0)  # when each limit is looked at again, by time.monotonic()
        self.bytes = 0  # that were read
        self.unpacked = 0  # bytes that came out of the decoders of all layers and members
        self.packed: Callable[[], int] = int  # bytes of the path itself that were taken so far
        self.met: tuple[str, str] | None = None
        self.ended = False  # while there was still something to work through

    def over(self) -> bool:
        """True if a limit is met: then no more bytes are to be read. What has been read is worked through."""
        if self.met is None:
            self._check(1.0)
        return self.met is not None

    def spent(self) -> bool:
        """True if half as much again is used up: then what has been read is not worked through either."""
        if not self.ended:
            self.ended = self._check(_GRACE)
        return self.ended

    def bomb(self, unpacked: int, ratio: int) -> bool:
        """Count bytes that a decoder gave; true if all of them are out of proportion to what was there to unpack.

        Layers and members count together: gzip of gzip of zeros grows a thousandfold at each layer.
        """
        self.unpacked += unpacked
        packed = max(self.packed(), 1)
        return self.unpacked > max(ratio * packed, min(_SMALL_RATIO * packed, _SMALL_BYTES), RATIO_FREE_BYTES)

    def late(self) -> None:
        """Take note that the input did not come in time."""
        what = f"--max-seconds {self._seconds:g}" if self._seconds is not None else "its time"
        self.met = self.met or ("time-limit", f"reading stopped when {what} was used up; what came before is reported")

    def _check(self, factor: float) -> bool:
        """True if a limit, so many times, is met; `met` says which."""
        moment = time.monotonic()
        if moment < self._due[factor]:
            return False
        self._due[factor] = moment + _CLOCK_SECONDS
        now = time.process_time()
        return self._is_late(now, factor) or self._is_large(now, factor)

    def _is_late(self, now: float, factor: float) -> bool:
        if self._until is not None:
            if time.monotonic() <= self._until + (factor - 1) * (self._seconds or 0.0):
                return False
            self.late()
            return True
        most = SECONDS + SECONDS_PER_MIB * (self.bytes >> 20)
        if now - self._start <= most * factor:
            return False
        words = (
            f"reading stopped after {most:,.0f} s of processor time, the limit for this much input; what came before is "
            "reported, and --max-seconds allows more"
        )
        self.met = self.met or ("time-limit", words)
        return True

    def _is_large(self, now: float, factor: float) -> bool:
        if self._memory is None or now < self._look:
            return False
        self._look = now + _LOOK_SECONDS
        if resident_bytes() <= self._memory * (1 + (factor - 1) / 5):
            return False
        words = (
            f"reading stopped at {self._memory >> 20:,} MiB of memory, the limit; what came before is reported, and "
            "--max-memory allows more"
        )
        self.met = self.met or ("memory-limit", words)
        return True


def resident_bytes() -> int:
    """Return the memory that this process holds now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  (a hundredth of what a Path takes)
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0
