"""A cgroup and the log of the running kernel, or the reason why this machine has none to give."""

from collections.abc import Iterator

import pytest
from live_cgroup import KernelLog, MemoryCgroup, NotHere, memory_cgroup


@pytest.fixture
def kernel_log() -> Iterator[KernelLog]:
    try:
        log = KernelLog()
    except NotHere as reason:
        pytest.skip(str(reason))
    yield log
    log.close()


@pytest.fixture
def cgroup(request: pytest.FixtureRequest) -> Iterator[MemoryCgroup]:
    try:
        made = memory_cgroup(request.node.name.split("_")[1])
        entered = made.__enter__()
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        yield entered
    finally:
        made.__exit__(None, None, None)
