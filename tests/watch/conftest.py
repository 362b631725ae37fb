"""A watch that follows `node.log` in the test's folder and writes lines of JSON to `out`."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.watched import Watch


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    running = []

    def started(*more: str) -> Watch:
        command = [sys.executable, "-m", "oomscope", "watch", "node.log", "--format", "jsonl", "-o", "out", *more]
        running.append(subprocess.Popen([*command, "--state", "state"], cwd=tmp_path, stderr=subprocess.PIPE))
        while not (tmp_path / "state").exists() and running[-1].poll() is None:
            time.sleep(0.05)  # until it has opened the log
        return running[-1]

    (tmp_path / "node.log").touch()
    yield started
    for one in running:
        with contextlib.suppress(ProcessLookupError):
            one.kill()
        one.communicate()
