"""A cgroup and the log of the running kernel, or the reason why this machine has none to give."""

from collections.abc import Callable, Iterator

import pytest
from live_cgroup import KernelLog, Killer, MemoryCgroup, NotHere, memory_cgroup

Kill = Callable[..., tuple[int, bytes]]


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
    made = memory_cgroup(request.node.name.split("_")[1])
    try:
        entered = made.__enter__()
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        yield entered
    finally:
        made.__exit__(None, None, None)


@pytest.fixture
def kill(cgroup: MemoryCgroup, kernel_log: KernelLog) -> Kill:
    """Let the kernel kill a program in the cgroup; gives its pid and what the kernel logged meanwhile."""
    killer = Killer(cgroup, kernel_log)

    def killed(comm: str, program: str, **more: float) -> tuple[int, bytes]:
        try:
            return killer(comm, program, **more)
        except NotHere as reason:
            pytest.skip(str(reason))

    return killed
