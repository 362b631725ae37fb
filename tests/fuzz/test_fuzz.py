"""A short run of the mutation fuzzer, and the seeds of the other one; long runs are started by hand."""

from pathlib import Path

import pytest

from fuzz.mutate import check, run
from fuzz.target import main, seeds


@pytest.mark.usefixtures("must_end")
def test_some_hundred_damaged_reports() -> None:
    events, failed = run(300, 20)
    assert events > 100
    assert failed == 0


def test_every_golden_log_is_a_seed(tmp_path: Path) -> None:
    assert seeds(tmp_path) > 90
    for seed in sorted(tmp_path.iterdir())[::8]:
        check(seed.read_bytes())


def test_the_target_does_without_atheris(capsys: object) -> None:
    try:
        import atheris  # noqa: F401
    except ImportError:
        assert main(["target.py"]) == 0
