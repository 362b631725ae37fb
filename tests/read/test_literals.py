"""The scan for literals, with stringzilla and without."""

import random

import pytest

from oomscope.read import literals


@pytest.mark.parametrize("fast", [True, False])
def test_newlines_are_counted_alike_by_every_way(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "_LOOKS_UP_FAST", fast and literals._SZ is not None)
    chance = random.Random(3)
    for size in (0, 1, 1023, 1024, 5000, 300_000):
        data = bytearray(chance.choices(b"\n\r\x00ab\xff", k=size))
        assert literals.count_lines(data, 0, size) == data.count(b"\n")
        assert literals.count_lines(data, size // 3, size) == data.count(b"\n", size // 3)


def test_a_literal_that_another_is_a_part_of_is_not_looked_for_twice() -> None:
    words = (b"oom-kill", b"oom", b"OOM", b"oom", b"Out of memory", b"ut of memory")
    assert literals.without_covered(words) == (b"oom", b"OOM", b"ut of memory")
    data = b"".join(b"%b\n" % word for word in (*words, b"none"))
    lines = literals.lines_with(data, len(data), words)
    assert literals.lines_with(data, len(data), literals.without_covered(words)) == lines
    assert len(lines) == len(words)
