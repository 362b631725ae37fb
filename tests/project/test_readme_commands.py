"""The commands of README.md run as they are printed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```console\n(.*?)^```$", README)
COMMANDS = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
# They make an environment, or read this machine's log; tests/project/test_installed.py installs in every way.
ELSEWHERE = ("python3 -m venv", ".venv/bin/pip install", "dmesg >")
RUN = [one for one in COMMANDS if re.match(r"(?:\.venv/bin/)?oomscope ", one)]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder as README.md expects it: the samples, a log of one's own, and the command."""
    (tmp_path / "sample_logs").symlink_to(ROOT / "sample_logs")
    shutil.copy(ROOT / "sample_logs" / "6.1-v2-tmpfs-live.log", tmp_path / "dmesg.txt")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = tmp_path / ".venv" / "bin" / "oomscope"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m oomscope "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("command", sorted(set(RUN)))
def test_a_command_runs_as_printed(command: str, checkout: Path) -> None:
    path = f"{checkout / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=checkout, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or " > " in command or " -q " in command


def test_every_command_is_run_or_is_known_to_be_tested_elsewhere() -> None:
    printed = [one for one in COMMANDS if "promtool" not in one and "--prometheus" not in one]
    others = set(printed) - set(RUN)
    assert {one for one in others if not one.startswith(ELSEWHERE)} == set()
    assert len(set(RUN)) >= 6


def test_the_python_of_the_readme_runs(checkout: Path) -> None:
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```$", README)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=checkout, env=env, check=True, timeout=300)
    assert (checkout / "report.html").exists()


def test_every_option_of_the_readme_exists(checkout: Path) -> None:
    text = "".join(
        subprocess.run(
            [checkout / ".venv" / "bin" / "oomscope", *command, "--help"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            capture_output=True, text=True, timeout=300, check=True,
        ).stdout
        for command in (("analyze",), ("facts",), ("rules", "score"), ("rules", "fit"))
    )  # fmt: skip
    prose = re.sub(r"(?ms)^```.*?^```$", "", README)
    assert {option for option in re.findall(r"`(--[a-z-]+)", prose) if option not in text} == set()
