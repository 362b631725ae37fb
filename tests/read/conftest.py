"""What the tests of `log` share: bytes in, a Whole out, without a file or the clock."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.whole_reading import Whole, read_whole

from oomscope.read import ReadOptions

NOW = 1_795_000_000.0  # 2026-11-18

Reader = Callable[..., Whole]


@pytest.fixture
def reading() -> Reader:
    def reader(data: bytes | str, markers: tuple[bytes, ...] = (), **options: object) -> Whole:
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        chosen = ReadOptions(now=NOW)._replace(**options)
        readings = list(read_whole("-", markers, options=chosen, stdin=io.BytesIO(raw)))
        assert len(readings) == 1
        return readings[0]

    return reader


@pytest.fixture
def oomscope_pipe(tmp_path: Path) -> Callable[..., tuple[subprocess.CompletedProcess[bytes], float]]:
    """Run `oomscope analyze -` on a pipe that nobody writes to, and return what it did and how long that took."""

    def run(*args: str) -> tuple[subprocess.CompletedProcess[bytes], float]:
        reading, writing = os.pipe()
        start = time.monotonic()
        try:
            os.write(writing, b"[    1.000000] hello\n")
            command = [sys.executable, "-m", "oomscope", "analyze", "-", *args]
            done = subprocess.run(command, stdin=reading, capture_output=True, cwd=tmp_path, timeout=60, check=False)
        finally:
            os.close(reading)
            os.close(writing)
        return done, time.monotonic() - start

    return run
