"""Sizes as people read them."""

import pytest

from oomscope.units import size


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (-1024, "-1.0 KiB"), (1536, "1.5 KiB"),
        (1048524, "1023.9 KiB"), (1048525, "1.0 MiB"), (1048575, "1.0 MiB"), (1048576, "1.0 MiB"),
        ((1 << 30) - 1, "1.0 GiB"), ((1 << 40) - 1, "1.0 TiB"), (2048 << 40, "2048.0 TiB"),
    ],
)  # fmt: skip
def test_a_size_that_rounds_up_to_the_next_unit_is_one_of_it(number: int, words: str) -> None:
    assert size(number) == words
