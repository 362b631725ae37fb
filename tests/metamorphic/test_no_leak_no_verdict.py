"""A series that ends in a kill was chosen for ending high; without a leak in it no verdict says that there is one."""

from pathlib import Path

import numpy as np
import pytest
from helpers.report_text import TABLE, first_line, kill, row, stamped, summary, usage
from numpy.typing import NDArray
from series.synthetic import LEAK_FREE, LEAKING, Maker, morning, warm_up

from oomscope.api import Options, analyze
from oomscope.causes.weighing.verdict import Verdict
from oomscope.inputs import SideFiles

MIB = 1 << 20
LIMIT = 512 * MIB
KILLED_AT = 400_000.0
PATH = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podceb06323_be34_45be_ae42_386a69731d8f.slice/cri-containerd-37a61e.scope"
KB, ROWS = LIMIT >> 10, LIMIT >> 12
REPORT = stamped(
    KILLED_AT,
    first_line("java", 936),
    usage(KB, 318),
    "swap: usage 0kB, limit 0kB, failcnt 0",
    f"Memory cgroup stats for {PATH}:",
    f"anon {int(LIMIT * 0.97)}",
    f"file {MIB}",
    f"kernel {8 * MIB}",
    "shmem 0",
    "unevictable 0",
    "Tasks state (memory values in pages):",
    TABLE,
    row(4711, uid=1000, total_vm=2 * ROWS, rss=int(ROWS * 0.97), tables=1_040_384, adj=936),
    summary(4711, memcg=PATH, uid=1000),
    kill(4711, vm=2 * KB, anon=int(KB * 0.97), uid=1000, tables=1016, adj=936),
    step=0,
)


def smooth_warm_up(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A heap that fills as it is used for the first time, and gives nothing back."""
    return np.maximum.accumulate(warm_up(rng, n))


def smooth_morning(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Work that comes in and is not yet done when the limit is reached."""
    return np.maximum.accumulate(morning(rng, n))


def verdict(folder: Path, maker: Maker, n: int, seed: int, scrape_seconds: float = 60.0, comm: str = "java") -> Verdict:
    shares = np.clip(maker(np.random.default_rng(seed), n), 0.01, 1.0)
    times = KILLED_AT - scrape_seconds * np.arange(len(shares), 0, -1)
    rows = [
        f"{t:.0f},{PATH},{int(s * LIMIT)},{LIMIT},{int(s * LIMIT * 0.97)}" for t, s in zip(times, shares, strict=True)
    ]
    log, series = folder / "dmesg.txt", folder / "memory.csv"
    log.write_text(REPORT.replace("java", comm))
    series.write_text("t,cgroup,usage,limit,anon\n" + "\n".join(rows) + "\n")
    (found,) = analyze([str(log)], Options(side=SideFiles(metrics=(str(series),)))).verdicts
    return found


NO_LEAK = [*LEAK_FREE, morning, smooth_warm_up, smooth_morning]


@pytest.mark.parametrize("maker", NO_LEAK, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize(("n", "scrape_seconds"), [(16, 60), (48, 60), (48, 2400), (120, 900)])
def test_no_series_without_a_leak_makes_a_leak_likely(
    tmp_path: Path, maker: Maker, n: int, scrape_seconds: float
) -> None:
    for seed in range(5):
        found = verdict(tmp_path, maker, n, seed, scrape_seconds)
        leak = next(r.probability for r in found.ranked if r.cause == "leak")
        assert leak < 0.75, (seed, found.words)


def test_a_leak_in_the_series_makes_one_more_probable(tmp_path: Path) -> None:
    def leak(maker: Maker, comm: str) -> float:
        ranked = verdict(tmp_path, maker, 120, 1, comm=comm).ranked
        return next(r.probability for r in ranked if r.cause == "leak")

    assert min(leak(maker, "api") for maker in LEAKING) > 0.5
    rise = np.mean([leak(maker, "api") for maker in LEAKING])
    assert rise > np.mean([leak(maker, "api") for maker in LEAK_FREE]) + 0.1


@pytest.mark.parametrize("maker", LEAKING, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("comm", ["java", "mysqld", "memcached"])
def test_a_rise_of_a_program_that_fills_to_a_size_decides_nothing(tmp_path: Path, maker: Maker, comm: str) -> None:
    found = verdict(tmp_path, maker, 120, 1, comm=comm)
    leak, low = (next(r.probability for r in found.ranked if r.cause == cause) for cause in ("leak", "low_limit"))
    assert leak <= low + 0.001
    assert found.cause != "leak"
