"""Each golden file says what its log holds. `pytest tests/events --update` writes what is found now."""

from pathlib import Path

import pytest

from events.golden import files, lines_of, parts, update


@pytest.mark.parametrize("path", files(), ids=lambda p: p.stem)
def test_the_log_holds_what_its_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update", default=False):
        update(path)
    want, log = parts(path)
    assert lines_of(log) == want


def test_every_file_says_what_it_is_for() -> None:
    for path in files():
        assert path.read_bytes().startswith(b"# "), f"{path.name} begins with no comment"
