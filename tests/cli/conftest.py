"""The command line as a user meets it: a process, its two streams and its exit code."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_environment import environment

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def oomscope(tmp_path: Path) -> Run:
    """Run `oomscope ARGS` in an empty folder; whatever it does, it shows no traceback."""

    def run(*args: object, stdin: bytes = b"", env: dict[str, str] | None = None, **more: object) -> object:
        done = subprocess.run(
            [sys.executable, "-m", "oomscope", *map(str, args)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=environment(**(env or {})),
            timeout=120,
            check=False,
            **more,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in out + err, err
        assert "a bug in oomscope" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run  # type: ignore[return-value]


@pytest.fixture
def leak(samples: Path) -> Path:
    return samples / "6.12-v2-leak-restarts.log"


@pytest.fixture
def tmpfs(samples: Path) -> Path:
    return samples / "6.1-v2-tmpfs-live.log"
