"""Two hundred nodes on a real scheduler and real workers over TCP, of which one is killed in the middle."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fleet.conftest import Cluster, Planted, fleet, found, started, table, until, written_down

pytest.importorskip("distributed", reason="Dask is not installed; it is in the extra fleet")
pytestmark = pytest.mark.xdist_group("fleet")


@pytest.mark.parametrize("allowed", ["3", "0"], ids=["handed-on", "split"])
def test_the_files_of_a_killed_worker_are_done_by_another(
    nodes: tuple[Path, Planted], cluster: Callable[..., Cluster], tmp_path: Path, allowed: str
) -> None:
    """With no failure allowed, Dask gives a batch up that a killed worker had: it is then read input by input."""
    folder, planted = nodes
    out = tmp_path / "out"
    there = cluster(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=allowed)
    run = started(f"{folder}/*.gz", "--out", out, "--scheduler", there.address, "--batch", "5")
    until(lambda: written_down(out) >= 20)
    there.workers[0].send_signal(signal.SIGKILL)
    done_before = written_down(out)
    said, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert done_before < 200, "it was killed in the middle"
    assert said.startswith("200 inputs read with 200 kills, 0 skipped, 0 not read\n")
    assert found(out) == sorted(planted)
    assert sorted(row["input"] for row in table(out, "inputs")) == sorted(map(str, folder.iterdir()))
    files = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    again = fleet(f"{folder}/*.gz", "--out", out, "--scheduler", there.address, "--batch", "7")
    assert again.startswith("0 inputs read with 0 kills, 200 skipped, 0 not read\n")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")} == files


ENDS_ITS_READER = """
import os, sys

def hook(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].endswith("deadly.log"):
        os._exit(9)

sys.addaudithook(hook)
"""


def test_an_input_that_ends_every_worker_is_a_row_and_the_others_are_read(
    cluster: Callable[..., Cluster], tmp_path: Path, node_log: Callable[..., Any]
) -> None:
    logs, out, hook = tmp_path / "logs", tmp_path / "out", tmp_path / "hook.py"
    logs.mkdir()
    made = [node_log(number, 1) for number in range(7)]
    for one in made:
        (logs / f"{one.host}.log").write_text(one.text)
    (logs / "deadly.log").write_text("no worker gets as far as this")
    hook.write_text(ENDS_ITS_READER)
    there = cluster("--preload", str(hook), DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    said = fleet(logs, "--out", out, "--scheduler", there.address, "--batch", "4")
    assert said.startswith("7 inputs read with 7 kills, 0 skipped, 1 not read"), said
    assert found(out) == sorted(one.killed[0] for one in made)
    (row,) = [row for row in table(out, "inputs") if row["status"] != "read"]
    assert row["input"].endswith("deadly.log")
    assert row["reason"] == "every worker that read it was ended, perhaps for lack of memory"


def test_a_run_that_was_killed_goes_on_where_it_was(nodes: tuple[Path, Planted], tmp_path: Path) -> None:
    folder, planted = nodes
    out = tmp_path / "out"
    run = started(folder, "--out", out, "--workers", "2", "--batch", "5")
    until(lambda: written_down(out) >= 20)
    run.kill()
    run.communicate()
    before = written_down(out)
    assert before < 200
    with (out / "manifest.jsonl").open("ab") as file:
        file.write(b'{"input": "cut off in the mid')
    orphan = out / "incidents" / f"{'0' * 16}.parquet"  # written, and not yet written down
    orphan.write_bytes(next((out / "incidents").glob("*.parquet")).read_bytes())
    said = fleet(folder, "--out", out, "--workers", "2", "--batch", "50")
    assert f"{before} skipped, 0 not read" in said
    assert found(out) == sorted(planted)
    assert not orphan.exists()


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path: Path, samples: Path) -> None:
    said = fleet(samples / "*.log", "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1", status=1)
    (line,) = (line for line in said.splitlines() if line.startswith("oomscope: "))
    assert "no Dask scheduler answers" in line


def test_a_scheduler_without_a_worker_is_one_line(tmp_path: Path, samples: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        said = fleet(samples / "*.log", "--out", tmp_path / "out", "--scheduler", cluster.scheduler_address, status=1)
    assert "it has no worker; start one with: dask worker tcp://127.0.0.1" in said


def test_a_scheduler_that_goes_away_is_one_line_and_what_was_done_is_kept(
    nodes: tuple[Path, Planted], cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    folder, _ = nodes
    out = tmp_path / "out"
    there = cluster()
    run = started(folder, "--out", out, "--scheduler", there.address, "--batch", "5")
    until(lambda: written_down(out) >= 20)
    there.scheduler.kill()
    _, err = run.communicate(timeout=120)
    assert run.returncode == 1, err
    assert [line for line in err.splitlines() if not line.startswith("fleet: ")] == [
        "oomscope: the Dask cluster has gone away; the next run goes on from here"
    ]
    assert written_down(out) >= 20
