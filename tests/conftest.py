"""What every test may use, and in which order and where tests run."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]
HANG_SECONDS = 300  # far more than any test takes on a busy machine

# Examples of an ordinary run are the same in every run, and neither a slow one nor a slow machine is a failure.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", UNTIMED, derandomize=True)
settings.register_profile("random", UNTIMED, derandomize=False, print_blob=True)
settings.load_profile("repeatable")


# xdist sends tests of one group to one worker if it finds @GROUP at the end of their ids, which it has put there itself;
# pytest 9.2 does not let it. Only workers collect, and only a report of theirs reaches the controller before the tests do.
UNGROUPED = "xdist does not group tests by @pytest.mark.xdist_group with this pytest: install by constraints.txt."


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-order", type=int, metavar="SEED", help="run the tests in a random order")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.random_order is not None:
        settings.load_profile("random")
    if getattr(config.option, "tx", None) and config.option.dist != "loadgroup":
        raise pytest.UsageError(
            "-n needs --dist loadgroup beside it: tests of one xdist_group must not run side by side"
        )


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.option.random_order
    return None if seed is None else f"random order: repeat it with --random-order {seed}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.random_order is not None:
        random.Random(config.option.random_order).shuffle(items)
    if hasattr(config, "workerinput") and (alone := [item for item in items if not _in_its_group(item)]):
        text = f"{UNGROUPED} {alone[0].nodeid} would run beside others of its group."
        config.hook.pytest_collectreport(report=pytest.CollectReport("tests/conftest.py", "failed", text, []))


def _in_its_group(item: pytest.Item) -> bool:
    groups = {str(mark.args[0]) for mark in item.iter_markers("xdist_group")}
    return not groups or item.nodeid.endswith("@" + "_".join(sorted(groups)))


@pytest.hookimpl(trylast=True)
def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed and str(report.longrepr).startswith(UNGROUPED):
        pytest.exit(str(report.longrepr), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample logs."""
    return ROOT / "sample_logs"


@pytest.fixture
def must_end() -> Iterator[None]:
    """Fail a test that hangs. Its input is so large that anything slower than linear would not end in time."""

    def hangs(_signal: int, _frame: object) -> None:
        pytest.fail(f"no end after {HANG_SECONDS} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANG_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
