"""What does not touch the cause does not touch the verdict."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
UNRELATED = """[90000.000000] sidecar invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[90000.000001] memory: usage 10240kB, limit 10240kB, failcnt 5
[90000.000002] swap: usage 0kB, limit 9007199254740988kB, failcnt 0
[90000.000003] Tasks state (memory values in pages):
[90000.000004] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[90000.000005] [ 990101]     0 990101     2250     2375    40960        0             0 sidecar
[90000.000006] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/other.service,task_memcg=/system.slice/other.service,task=sidecar,pid=990101,uid=0
[90000.000007] Memory cgroup out of memory: Killed process 990101 (sidecar) total-vm:9000kB, anon-rss:9500kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0
"""


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
