"""Two kilobytes of input never cost more than 256 MiB: each is read by a process of its own, whose peak is measured."""

import bz2
import gzip
import io
import json
import lzma
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from oomscope.read import InputWarning, ReadOptions, read

MOST_BYTES = 256 << 20
MOST_INPUT = 2048
KILL = b"Out of memory: Killed process 7 (a) total-vm:1kB, anon-rss:1kB, file-rss:1kB\n"
MIB = 1 << 20
MEASURED = """
from oomscope.cli import main
try:
    main()
finally:
    with open("/proc/self/status") as status, open("peak", "w") as peak:
        peak.write(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""
"""The command line, and the peak of its own memory: ru_maxrss of a child begins with that of the process that forks it."""


def twice(data: bytes) -> bytes:
    return gzip.compress(gzip.compress(data, 9), 9)


def three_times() -> bytes:
    """Half a gigabyte of blanks, of which each layer makes a thousandth."""
    inner = gzip.compress(b" " * MIB, 9) * 512
    return gzip.compress(gzip.compress(inner, 9), 9)


def large_dictionary() -> bytes:
    """An .xz whose header declares a dictionary of 1.5 GiB."""
    small = lzma.compress(KILL, format=lzma.FORMAT_XZ, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])
    data = bytearray(small)
    data[16] = 37  # the dictionary's size of LZMA2: 1.5 GiB
    data[20:24] = struct.pack("<I", zlib.crc32(bytes(data[12:20])))
    return bytes(data)


def large_window() -> bytes:
    """A .zst whose header declares a window of 2 GiB."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00" + b"x" * 16


def bzip2_in_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2, compresslevel=9) as file:
        file.writestr("kern.log", b"\0" * (64 * MIB))
    return out.getvalue()


def overlapping_zip() -> bytes:
    """Many entries of one member's bytes."""
    packed = bz2.compress(b"\n" * (16 * MIB))
    crc = zlib.crc32(b"\n" * (16 * MIB))
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 12, 0, 0, crc, len(packed), 16 * MIB, 1, 0) + b"a" + packed
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 12, 0, 0, crc, len(packed), 16 * MIB, 1, 0, 0, 0, 0, 0, 0) + b"a"  # fmt: skip
    count = 30
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, len(local), 0)
    return local + entry * count + end


def tar_of_bombs() -> bytes:
    out = io.BytesIO()
    bomb = gzip.compress(gzip.compress(b"\n" * (32 * MIB), 9), 9)
    with tarfile.open(fileobj=out, mode="w") as tar:
        for n in range(100):
            info = tarfile.TarInfo(f"log/messages.{n}")
            info.size = len(bomb)
            tar.addfile(info, io.BytesIO(bomb))
    return gzip.compress(out.getvalue(), 9)


def lying_tar() -> bytes:
    info = tarfile.TarInfo("log/messages")
    info.size = 1 << 60
    return info.tobuf(tarfile.GNU_FORMAT) + KILL


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip of gzip of gzip": three_times,
    "kill lines": lambda: twice(KILL * (16 * MIB // len(KILL))),
    "heads": lambda: twice(b"a invoked oom-killer: gfp_mask=0x1\n" * (16 * MIB // 35)),
    "open objects": lambda: twice(b"{" * (16 * MIB)),
    "open objects with a key": lambda: twice(b'{"a":' * (3 * MIB)),
    "lists": lambda: b'{"MESSAGE":' + b"[" * 2000,
    "one line": lambda: twice(b"x" * (64 * MIB)),
    "xz dictionary": large_dictionary,
    "zstd window": large_window,
    "bzip2 in zip": bzip2_in_zip,
    "overlapping zip": overlapping_zip,
    "tar of bombs": tar_of_bombs,
    "lying tar": lying_tar,
    "long field": lambda: b"__CURSOR=s\n__REALTIME_TIMESTAMP=1\nMESSAGE\n" + b"\xff" * 8 + KILL,
    "digits": lambda: b"[" + b"9" * 1900 + b"] " + KILL,
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_two_kilobytes_cost_little(tmp_path: Path, name: str) -> None:
    data = BOMBS[name]()
    assert len(data) <= MOST_INPUT
    (tmp_path / "x").write_bytes(data)
    command = [sys.executable, "-c", MEASURED, "analyze", "x", "-q", "-o", "x.json", "-o", "x.html"]
    running = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = running.stderr
    assert running.returncode in (0, 1), said
    assert "Traceback" not in said and "a bug" not in said
    assert int((tmp_path / "peak").read_text()) * 1024 < MOST_BYTES
    if running.returncode == 0:
        inputs = json.loads((tmp_path / "x.json").read_text())["inputs"]
        if name in (
            "gzip of gzip of gzip",
            "bzip2 in zip",
            "overlapping zip",
            "tar of bombs",
            "one line",
            "kill lines",
        ):
            assert any("unpacks to more than" in w["message"] for one in inputs for w in one["warnings"])


@pytest.mark.parametrize(("make", "words"), [(large_dictionary, "xz -d"), (large_window, "zstd -d --long=31")])
def test_a_decoder_that_wants_too_much_memory_says_what_to_do(
    tmp_path: Path, make: Callable[[], bytes], words: str
) -> None:
    (tmp_path / "x").write_bytes(make())
    command = [sys.executable, "-m", "oomscope", "analyze", "x"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_tar_of_very_many_entries_that_are_no_files_ends(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("a/")
    folder.type = tarfile.DIRTYPE
    log = tarfile.TarInfo("log/messages")
    log.size = len(KILL)
    data = folder.tobuf() * 60 + log.tobuf() + KILL.ljust(512, b"\0") + bytes(1024)
    for most, codes in ((10, set()), (5, {"archive-too-large"})):
        warnings: list[InputWarning] = []
        for one in read("x", ReadOptions(max_members=most), io.BytesIO(data)):
            list(one.records)
            warnings += one.summary().warnings
        assert {w.code for w in warnings} == codes
