"""What the tests of `log` share: bytes in, a Whole out, without a file or the clock."""

import io
from collections.abc import Callable

import pytest
from helpers.whole_reading import Whole, read_whole

from oomscope.read import ReadOptions

NOW = 1_795_000_000.0  # 2026-11-18

Reader = Callable[..., Whole]


@pytest.fixture
def reading() -> Reader:
    def reader(data: bytes | str, markers: tuple[bytes, ...] = (), **options: object) -> Whole:
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        chosen = ReadOptions(now=NOW)._replace(**options)
        readings = list(read_whole("-", markers, options=chosen, stdin=io.BytesIO(raw)))
        assert len(readings) == 1
        return readings[0]

    return reader
