"""Binary journals, read by journalctl: its export as a stream, with its errors and its end noted as warnings.

The journal's files are read by systemd's own code only. It is started with a list of arguments, without a shell, and gets
files as open descriptors: no name of a file is seen by it.
"""

import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from typing import IO, cast

from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

MAGIC = b"LPKSHHRH"
SPEAKERS = (
    "kernel", "systemd", "systemd-oomd", "kubelet", "containerd", "crio", "dockerd", "podman", "k3s", "rke2", "earlyoom",
    "nohang", "oomd", "low-memory-monitor", "systemd-coredump",
)  # fmt: skip
"""Identifiers of the programs that say something about kills, beside the kernel."""
_SILENT_SECONDS = 120.0
_COMPLAINT_BYTES = 2_000
_ARGUMENTS = ("-o", "export", "--no-pager", "--all")


class Journalctl:
    """What journalctl prints, for reading; `warnings` gets what went wrong. To be closed."""

    name = "journalctl"

    def __init__(
        self, arguments: Sequence[str], warnings: list[InputWarning], most: int | None = None, files: Sequence[int] = ()
    ) -> None:
        """Up to `most` bytes are read. `files`: descriptors that the arguments name. Raises OSError where it is missing."""
        self.warnings = warnings
        self.if_empty: InputWarning | None = None  # said where there was no entry, and no complaint
        self._left = most
        self._taken = 0
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (closed with this object)
        self._done = False
        try:
            self._process = subprocess.Popen(  # noqa: S603  (a list, no shell, no name of a file in it)
                [program() or "journalctl", *_ARGUMENTS, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                pass_fds=tuple(files),
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            )
        except OSError:
            self._complaints.close()
            raise
        self._out = cast("IO[bytes]", self._process.stdout)

    def fileno(self) -> int:
        """The number of the stream, to wait for it."""
        return self._out.fileno()

    def read(self, n: int = -1, /) -> bytes:
        """Up to `n` bytes; none at the end."""
        if self._done:
            return b""
        if self._left is not None and self._left <= 0:
            return self._stop("archive-too-large", "reading the journal stopped at the limit of bytes")
        if not select.select([self.fileno()], [], [], _SILENT_SECONDS)[0]:
            return self._stop(
                "journal-unreadable", f"journalctl said nothing for {_SILENT_SECONDS:.0f} s and was stopped"
            )
        data = os.read(self.fileno(), n if 0 < n < 1 << 20 else 1 << 20)
        self._taken += len(data)
        if self._left is not None:
            self._left -= len(data)
        if not data:
            self._done = True
            self._end()
        return data

    def close(self) -> None:
        """End journalctl, if it still runs, and let everything go."""
        self._done = True
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._out.close()
        self._complaints.close()

    def _stop(self, code: str, words: str) -> bytes:
        self._done = True
        self._process.kill()
        self.warnings.append(InputWarning(code, f"{words}; what came before is kept"))
        return b""

    def _end(self) -> None:
        """Note what journalctl complained of, and a status that is no success."""
        try:
            status = self._process.wait(_SILENT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._complaints.seek(0)
        said = self._complaints.read(_COMPLAINT_BYTES).decode("utf-8", "replace")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        if lines or status:
            reason = safe_line(" ".join(lines[:3])) if lines else f"exit status {status}"
            words = (
                f"journalctl did not read all of the journal ({reason}); what it gave is kept. For a file of another machine run "
                "`journalctl --file FILE -o export` there, and read that"
            )
            self.warnings.append(InputWarning("journal-unreadable", words))
        elif not self._taken and self.if_empty is not None:
            self.warnings.append(self.if_empty)


def program() -> str | None:
    """Return where journalctl is; None where it is not installed."""
    return shutil.which("journalctl")


def of_files(files: Sequence[int], warnings: list[InputWarning], most: int) -> Journalctl | None:
    """Return the entries of open journal files, oldest first; None where journalctl is not installed."""
    if program() is None or not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        return None
    return Journalctl([*(f"--file=/proc/self/fd/{file}" for file in files), "--quiet"], warnings, most, files)


def of_this_machine(times: Sequence[str] = ()) -> Journalctl:
    """Return what the kernel and the programs that manage processes said on this machine. Raises OSError without journalctl.

    `times` are further arguments: --boot=, --since=, --until=.
    """
    speakers = [f"SYSLOG_IDENTIFIER={name}" for name in SPEAKERS]
    stream = Journalctl([*times, "--quiet", "_TRANSPORT=kernel", "+", *speakers], [])
    if times:
        words = "the journal has no entry of the kernel of that time; leave out --boot, --since and --until to see all of it"
        stream.if_empty = InputWarning("journal-empty", words)
    else:
        words = (
            "the journal has no entry of the kernel: none is kept, or this user may not read it; try sudo, or --dmesg"
        )
        stream.if_empty = InputWarning("journal-unreadable", words)
    return stream
