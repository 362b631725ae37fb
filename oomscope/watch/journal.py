"""The journal's kernel messages, as `journalctl --follow --output=export` prints them."""

import os
import select
import subprocess

from oomscope.errors import InputError
from oomscope.watch.line import Line

_PIECE = 1 << 20
_MOST = 16 << 20


class Journal:
    """Entries after `since`, a cursor. Without one, entries from now on."""

    name = "journal"

    def __init__(self, since: str | None = None) -> None:
        command = ["journalctl", "--follow", "--output=export", "--no-pager", "--quiet"]
        command += [f"--after-cursor={since}", "--no-tail"] if since else ["--lines=0"]
        try:
            self._child = subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
                [*command, "_TRANSPORT=kernel"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise InputError(f"journalctl: {error.strerror}; without systemd, follow /dev/kmsg or a file") from error
        assert self._child.stdout is not None  # noqa: S101 - it was asked for
        self._handle, self._rest = self._child.stdout.fileno(), b""
        self._last = since

    def read(self, seconds: float) -> list[Line]:
        """Return the whole entries that have come. Raises InputError where journalctl has ended."""
        if not select.select([self._handle], [], [], seconds)[0]:
            return []
        piece = os.read(self._handle, _PIECE)
        if not piece:
            raise InputError(f"journalctl ended with status {self._child.wait()}; start the watch again")
        *entries, self._rest = (self._rest + piece).split(b"\n\n")
        if len(self._rest) > _MOST:
            self._rest = b""
        found = [Line(entry + b"\n\n", _cursor(entry)) for entry in entries]
        self._last = found[-1].place if found else self._last
        return found

    def place(self) -> str | None:
        """Return the cursor of the last entry that was read."""
        return self._last

    def losses(self) -> list[str]:
        """Return nothing: the cursor holds the place."""
        return []

    def close(self) -> None:
        """End journalctl and wait for it."""
        self._child.terminate()
        try:
            self._child.wait(2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()


def _cursor(entry: bytes) -> str:
    for field in entry.split(b"\n"):
        if field.startswith(b"__CURSOR="):
            return field[9:].decode("utf-8", "replace")
    return ""
