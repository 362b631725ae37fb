"""What does not touch the cause does not touch the verdict."""

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.report_text import NO_SWAP_LIMIT, TABLE, first_line, kill, row, stamped, summary, usage

from oomscope.api import analyze
from oomscope.causes.weighing.verdict import Verdict

from .changes import as_crlf, as_syslog, larger, later, shuffled

LOGS = Path(__file__).resolve().parents[2] / "sample_logs"
MEMCG = (
    "5.10-v1-kernel-memory", "5.10-v1-leak-in-child", "6.1-v1-leak-restarts", "6.1-v1-two-workloads", "6.1-v2-mlock",
    "6.1-v2-oom-group", "6.1-v2-tmpfs-live", "6.12-v2-fork-many", "6.12-v2-leak-restarts", "6.12-v2-limit-lowered",
    "6.12-v2-one-kill-of-a-service", "6.12-v2-page-cache-dirty", "6.12-v2-several-processes", "6.12-v2-shm-segment",
    "6.18-v1-low-limit-at-start", "6.18-v1-tmpfs-filler-gone",
)  # fmt: skip
NODE = (
    "5.10-v2-fragmentation", "5.10-v2-numa-cpuset", "6.1-v1-noisy-neighbour", "6.12-v2-hugetlb", "6.12-v2-node-overcommit",
    "6.12-v2-node-tmpfs", "6.12-v2-numa-mempolicy", "6.12-v2-swap-exhausted", "6.12-v2-system-daemon",
)  # fmt: skip
UNRELATED = stamped(
    90_000.0,
    first_line("sidecar"),
    usage(10_240, 5),
    NO_SWAP_LIMIT,
    "Tasks state (memory values in pages):",
    TABLE,
    row(990_101, comm="sidecar", total_vm=2250, rss=2375, tables=40_960),
    summary(990_101, "sidecar", "/system.slice/other.service"),
    kill(990_101, "sidecar", 9000, anon=9500, tables=40),
)


def sample(name: str) -> str:
    return (LOGS / f"{name}.log").read_text()


def verdicts(tmp_path: Path, log: str) -> list[Verdict]:
    path = tmp_path / "changed.log"
    path.write_text(log, newline="")
    return list(analyze([str(path)]).verdicts)


def said(verdict: Verdict) -> tuple[str, str, list[tuple[str, float]]]:
    return verdict.cause, verdict.words, [(r.cause, round(r.probability, 6)) for r in verdict.ranked]


@pytest.mark.parametrize("name", MEMCG + NODE)
@pytest.mark.parametrize("k", [2, 16])
def test_a_cgroup_or_node_k_times_as_large_dies_of_the_same(tmp_path: Path, name: str, k: int) -> None:
    before, after = verdicts(tmp_path, sample(name)), verdicts(tmp_path, larger(sample(name), k))
    assert [(v.cause, v.words) for v in after] == [(v.cause, v.words) for v in before]


CHANGES: dict[str, Callable[[str], str]] = {
    "rows in another order": lambda log: shuffled(log, 7),
    "a thousand seconds later": lambda log: later(log, 1000),
    "in syslog": as_syslog,
    "with CR LF": as_crlf,
}


@pytest.mark.parametrize("name", MEMCG + NODE)
@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_touch_the_cause_leaves_every_odd_where_it_is(tmp_path: Path, name: str, change: str) -> None:
    before, after = verdicts(tmp_path, sample(name)), verdicts(tmp_path, CHANGES[change](sample(name)))
    assert [said(v) for v in after] == [said(v) for v in before]


@pytest.mark.parametrize("name", MEMCG + NODE)
def test_a_report_of_another_workload_a_day_later_changes_nothing(tmp_path: Path, name: str) -> None:
    before, after = verdicts(tmp_path, sample(name)), verdicts(tmp_path, sample(name) + UNRELATED)
    assert [said(v) for v in after[:-1]] == [said(v) for v in before]


def test_the_changes_change_something() -> None:
    log = sample("6.12-v2-several-processes")
    assert larger(log, 2).count("\n") == log.count("\n")
    assert len({log, larger(log, 2), shuffled(log, 7), later(log, 1000), as_syslog(log)}) == 5
