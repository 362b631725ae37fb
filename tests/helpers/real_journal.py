"""Real journal files, which systemd-journal-remote makes of the lines of a kernel log."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

BOOT, MACHINE = b"a" * 32, b"b" * 32
BOOTED_AT = 1_760_000_000_000_000  # microseconds since the epoch
_REMOTE = next(
    (
        path
        for folder in ("/lib/systemd", "/usr/lib/systemd")
        if (path := Path(folder, "systemd-journal-remote")).exists()
    ),
    None,
)
needs_real_journals = pytest.mark.skipif(
    _REMOTE is None or shutil.which("journalctl") is None, reason="systemd-journal-remote is not installed"
)


def of_kernel(line: bytes) -> bytes:
    """An entry in the export format of one line of a dmesg."""
    stamp, _, text = line.partition(b"] ")
    return _entry(round(float(stamp.strip(b"[ ")) * 1e6), b"_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel", text)


def of_program(seconds: float, name: bytes, text: bytes) -> bytes:
    """An entry of what a program says, seconds after boot."""
    return _entry(round(seconds * 1e6), b"_TRANSPORT=stdout\nSYSLOG_IDENTIFIER=%s\n_PID=512" % name, text)


def _entry(at: int, fields: bytes, text: bytes) -> bytes:
    clock = b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_SOURCE_MONOTONIC_TIMESTAMP=%d\n" % (
        BOOTED_AT + at,
        at,
        at,
    )
    who = b"_BOOT_ID=%s\n_MACHINE_ID=%s\n_HOSTNAME=node1\nPRIORITY=4\nSYSLOG_FACILITY=0\n" % (BOOT, MACHINE)
    return b"__CURSOR=c%d\n" % at + clock + who + fields + b"\nMESSAGE=" + text + b"\n\n"


def write_journal(path: Path, entries: Sequence[bytes]) -> None:
    """Add entries to a journal file, which is made where it is missing."""
    subprocess.run(
        [str(_REMOTE), f"--output={path}", "-"], input=b"".join(entries), check=True, capture_output=True, timeout=60
    )
