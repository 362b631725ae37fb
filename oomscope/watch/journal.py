"""The journal, as `journalctl --follow --output=export` prints it: the kernel's messages, and what other killers say."""

import os
import select
import subprocess

from oomscope.errors import InputError
from oomscope.watch.line import Line

_PIECE = 1 << 20
_MOST = 16 << 20
_READ_BACK = 4000  # entries before the start, for the history of what is killed next
_READ_BACK_SECONDS = 30


class Journal:
    """Entries after `since`, a cursor. Without one, entries after the last that the journal holds at the start.

    Some entries before that are read back. Raises InputError without journalctl.
    """

    name = "journal"

    def __init__(self, since: str | None = None) -> None:
        from oomscope.read.files.journalctl import SPEAKERS

        self._matches = [
            "_TRANSPORT=kernel",
            *(word for name in SPEAKERS for word in ("+", f"SYSLOG_IDENTIFIER={name}")),
        ]
        self._losses: list[str] = []
        self._old = self._read_back(since)
        self._last = since or (self._old[-1].place if self._old else None)
        self._child = self._follow(self._last)
        assert self._child.stdout is not None  # noqa: S101 - it was asked for
        self._handle, self._rest = self._child.stdout.fileno(), b""

    def read(self, seconds: float) -> list[Line]:
        """Return the whole entries that have come. Raises InputError where journalctl has ended."""
        if self._old:
            old, self._old = self._old, []
            return old
        if not select.select([self._handle], [], [], seconds)[0]:
            return []
        piece = os.read(self._handle, _PIECE)
        if not piece:
            raise InputError(f"journalctl ended with status {self._child.wait()}; start the watch again")
        *entries, self._rest = (self._rest + piece).split(b"\n\n")
        if len(self._rest) > _MOST:
            self._losses.append(f"journal: an entry longer than {_MOST >> 20} MiB was passed over")
            self._rest = b""
        found = [Line(entry + b"\n\n", _cursor(entry)) for entry in entries]
        self._last = found[-1].place if found else self._last
        return found

    def place(self) -> str | None:
        """Return the cursor of the last entry that was read."""
        return self._last

    def losses(self) -> list[str]:
        """Return what was too long to be held; the cursor holds the place."""
        told, self._losses = self._losses, []
        return told

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

    def _follow(self, after: str | None) -> "subprocess.Popen[bytes]":
        """Start to follow. An empty journal is followed from its first entry on: none is older than the start."""
        since = [f"--after-cursor={after}"] if after else []
        try:
            return subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
                [*_journalctl("--follow", "--no-tail", *since), *self._matches],
                stdout=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise _missing(error) from error

    def _read_back(self, upto: str | None) -> list[Line]:
        """Return the last entries up to a cursor, or of all, in the order of the journal."""
        upto_there = [f"--cursor={upto}"] if upto else []
        command = [*_journalctl("--reverse", f"--lines={_READ_BACK}", *upto_there), *self._matches]
        try:
            done = subprocess.run(  # noqa: S603 - a list of arguments, and no shell
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_READ_BACK_SECONDS, check=False
            )
        except OSError as error:
            raise _missing(error) from error
        except subprocess.TimeoutExpired:
            raise InputError(
                f"journalctl did not answer within {_READ_BACK_SECONDS} s; is the journal damaged? Try journalctl --verify"
            ) from None
        entries = done.stdout.split(b"\n\n")[:-1]
        return [Line(entry + b"\n\n", _cursor(entry), old=True) for entry in reversed(entries)]


def _journalctl(*more: str) -> list[str]:
    return ["journalctl", "--output=export", "--no-pager", "--quiet", *more]


def _missing(error: OSError) -> InputError:
    return InputError(f"journalctl: {error.strerror}; without systemd, follow /dev/kmsg or a file")


def _cursor(entry: bytes) -> str:
    for field in entry.split(b"\n"):
        if field.startswith(b"__CURSOR="):
            return field[9:].decode("utf-8", "replace")
    return ""
