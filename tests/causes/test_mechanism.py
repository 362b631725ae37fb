"""What filled what: read from the log, without odds, and said first."""

from pathlib import Path

import pytest

from oomscope.api import analyze

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = sorted(path for path in SAMPLES.iterdir() if path.suffix == ".log")

SAID = {
    "5.10-v1-kernel-memory": ("kernel", "Kernel memory, mostly slab, filled the 45.8 MiB limit of `user-1017.slice` (87 %)"),
    "5.10-v1-leak-in-child": ("anon_one_process", "`1234` filled its container's 100 MiB limit with its own anonymous memory (98 %)"),
    "5.10-v2-fragmentation": ("no_block_of_order", "No free block of order 2 (16 KiB in one piece) was left, although 50 MiB were free"),
    "5.10-v2-numa-cpuset": ("numa_node_full", "The NUMA nodes that `clickhouse-serv` may use by its cpuset were full"),
    "5.10-v2-pod-limit": ("anon_many_processes", "2 processes together filled their pod's 141 MiB limit with anonymous memory"),
    "6.1-v2-mlock": ("locked", "Locked memory (mlock) filled the container's 80 MiB limit (100 %)"),
    "6.1-v2-tmpfs-live": ("tmpfs", "Files on tmpfs filled the pod's 150 MiB limit (89 %)"),
    "6.12-v2-hugetlb": ("reserved_huge_pages", "The node ran out of memory: reserved huge pages hold 192 of 334.2 MiB RAM (57 %)"),
    "6.12-v2-limit-lowered": ("limit_lowered", "The container's limit was lowered to 105.6 MiB while 192.5 MiB were in use"),
    "6.12-v2-node-overcommit-journal": ("node_full", "The node ran out of memory: no single program held most of it"),
    "6.12-v2-node-tmpfs": ("tmpfs", "The node ran out of memory: files on tmpfs or shared memory hold 217.5 of 334.2 MiB RAM (65 %)"),
    "6.12-v2-page-cache-dirty": ("page_cache_unreclaimable", "Page cache that is dirty or being written filled the 80 MiB limit"),
    "6.12-v2-panic-on-oom": ("node_full_one_holder", "The node ran out of memory: `envoy` held 498.8 of 585.4 MiB RAM (85 %)"),
    "6.12-v2-shm-segment": ("shared_segments", "Shared memory segments filled the container's 91.6 MiB limit (95 %)"),
    "6.12-v2-sysrq": ("asked_for", "Somebody asked the kernel for a kill (SysRq-f)"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SAID))
def test_the_log_says_what_filled_what(name: str) -> None:
    mechanism = analyze([str(SAMPLES / f"{name}.log")]).document()["incidents"][0]["verdict"]["mechanism"]
    id_, says = SAID[name]
    assert mechanism["id"] == id_
    assert mechanism["says"].startswith(says)
    assert mechanism["lines"] is not None
    assert mechanism["share"] is None or 0 <= mechanism["share"] <= 1


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_no_headline_hides_what_is_known(log: Path) -> None:
    document = analyze([str(log)]).document()
    for one in (*document["incidents"], *document["workloads"]):
        headline = one["verdict"]["headline"]
        assert "ndetermined" not in headline
        assert "?" not in headline and "None" not in headline
        assert not headline.endswith(".")


def test_a_panic_is_said_first() -> None:
    document = analyze([str(SAMPLES / "6.12-v2-panic-on-oom.log")]).document()
    assert document["incidents"][0]["verdict"]["headline"].startswith(
        "The kernel panicked instead of killing (panic_on_oom); the node"
    )
    assert document["workloads"][0]["kills"] == 0


def test_a_victim_that_was_not_the_largest_has_its_reason() -> None:
    document = analyze([str(SAMPLES / "6.12-v2-system-daemon.log")]).document()
    assert (
        "; the kernel killed `php-fpm` because of its oom_score_adj of 944"
        in document["incidents"][0]["verdict"]["headline"]
    )


KILL = (
    "[10.1] Memory cgroup out of memory: Killed process 7 (leaky) total-vm:90000kB, anon-rss:97280kB, file-rss:0kB, "
    "shmem-rss:0kB, UID:0 pgtables:150kB oom_score_adj:900\n"
)


def test_a_kill_line_alone_says_how_large_the_victim_was(tmp_path: Path) -> None:
    log = tmp_path / "grep.log"
    log.write_text(KILL)
    (incident,) = analyze([str(log)]).document()["incidents"]
    assert incident["verdict"]["mechanism"]["id"] == "victim_only"
    assert incident["verdict"]["headline"] == (
        "`leaky` was OOM-killed at the limit of its cgroup with 95 MiB of anonymous memory; the report around it is not in the log"
    )


def test_a_name_with_a_backtick_cannot_leave_its_marks(tmp_path: Path) -> None:
    log = tmp_path / "grep.log"
    log.write_text(KILL.replace("leaky", "a`b\x1b[1m"))
    (incident,) = analyze([str(log)]).document()["incidents"]
    headline = incident["verdict"]["headline"]
    assert headline.count("`") == 2
    assert "\x1b" not in headline
