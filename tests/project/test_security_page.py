"""Each promise of SECURITY.md names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_promise_names_a_test_that_is_there() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("| ")][1:]
    code = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(rows) >= 14
    for row in rows:
        *_, tests, _ = row.split("|")
        names = re.findall(r"`([^`]+)`", tests)
        assert names, row
        for name in names:
            there = (ROOT / name).exists() if "/" in name else f"def {name}(" in code or f"def {name}" in hostile()
            assert there, name


def hostile() -> str:
    return (ROOT / "tests/fuzz/hostile.py").read_text()
