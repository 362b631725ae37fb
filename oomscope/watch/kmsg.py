"""/dev/kmsg: the kernel's own ring of records, one a read, each with its sequence number."""

import errno
import os
import select
from pathlib import Path

from oomscope.errors import InputError
from oomscope.watch.line import Line

DEVICE = "/dev/kmsg"
_RECORD = 8192  # the kernel refuses a smaller buffer for its longest record
_MOST = 20_000  # records in one go


def boot_id() -> str:
    """Return the id of this boot; empty where the kernel does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class Kmsg:
    """Records after `since`, a sequence number of this boot. Without one, what the ring already holds is old."""

    name = DEVICE

    def __init__(self, since: str | None = None) -> None:
        try:
            self._handle = os.open(DEVICE, os.O_RDONLY | os.O_NONBLOCK)
            os.lseek(self._handle, 0, os.SEEK_SET)  # the oldest record that is still there
        except OSError as error:
            raise InputError(
                f"{DEVICE}: {error.strerror}; run as root (CAP_SYSLOG), or follow the journal with --journal"
            ) from error
        self._since = int(since) if since and since.isdecimal() else None
        self._first_time = self._since is None
        self._last: int | None = self._since
        self._losses: list[str] = []

    def read(self, seconds: float) -> list[Line]:
        """Return the records that have come."""
        if not self._first_time:
            select.select([self._handle], [], [], seconds)
        found: list[Line] = []
        while len(found) < _MOST and (data := self._record()) is not None:
            if data:
                found.append(self._line(data))
        if len(found) < _MOST:
            self._first_time = False
        return found

    def place(self) -> str | None:
        """Return the number of the last record that was read."""
        return None if self._last is None else str(self._last)

    def losses(self) -> list[str]:
        """Return what the kernel overwrote before it could be read."""
        told, self._losses = self._losses, []
        return told

    def close(self) -> None:
        """Close the device."""
        os.close(self._handle)

    def _record(self) -> bytes | None:
        """Return one record; empty bytes where some were overwritten, None where there is none."""
        try:
            return os.read(self._handle, _RECORD)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == errno.EPIPE:
                return b""
            raise InputError(f"{DEVICE}: {error.strerror}") from error

    def _line(self, data: bytes) -> Line:
        number = int(data.split(b",", 2)[1])
        if self._last is not None and number > self._last + 1:
            lost = number - self._last - 1
            self._losses.append(f"{DEVICE}: the kernel overwrote {lost} records before they were read")
        old = self._first_time or (self._since is not None and number <= self._since)
        self._last = number if self._last is None else max(number, self._last)
        return Line(data, str(number), old, number)
