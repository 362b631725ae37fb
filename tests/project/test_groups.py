"""A run that would let tests of one group run side by side ends before the first test."""

import os
import subprocess
import sys
from pathlib import Path

# What pytest 9.2 does to xdist 3.8: no group at the end of an id.
UNGROUPED = """
def pytest_collection_modifyitems(items):
    for item in items:
        item._nodeid = item.nodeid.partition("@")[0]
"""


def run(root: Path, *args: str, **env: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-n",
        "1",
        *args,
        "tests/project/test_installed.py",
    ]
    done = subprocess.run(command, cwd=root, env={**os.environ, **env}, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_many_workers_need_groups(root: Path) -> None:
    code, said = run(root)
    assert code == 4
    assert "-n needs --dist loadgroup beside it" in said


def test_groups_without_effect_are_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "ungrouped.py").write_text(UNGROUPED)
    code, said = run(root, "--dist", "loadgroup", "-p", "ungrouped", PYTHONPATH=str(tmp_path))
    assert code == 4
    assert "xdist does not group tests by @pytest.mark.xdist_group with this pytest" in said
    assert "passed" not in said
