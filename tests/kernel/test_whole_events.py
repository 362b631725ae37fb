"""Every field of what the logs of tests/events hold. `pytest tests/events tests/kernel --update` writes what is found now."""

import pytest

from kernel.whole import WHOLE, log_of, names, whole


@pytest.mark.parametrize("name", names())
def test_every_field_is_the_one_that_was_reviewed(name: str, request: pytest.FixtureRequest) -> None:
    path = WHOLE / f"{name}.txt"
    found = whole(log_of(name))
    if request.config.getoption("--update", default=False):
        path.write_text(found)
    assert found == path.read_text()
