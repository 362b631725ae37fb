"""`oomscope watch` on the running kernel's log: real kills, each told once within a second, also across kill -9."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_cgroup import MIB, MemoryCgroup

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

BURST = f"held.append(bytearray({256 * MIB}))\n"
LATEST = 1.0  # seconds from the kernel's kill line


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "oomscope", "watch", "--format", "jsonl", "--state", "state"]
    with (folder / "out").open("ab") as out:
        watch = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL)
    try:
        yield watch
    finally:
        watch.kill()
        watch.wait()


def ours(folder: Path, cgroup: MemoryCgroup) -> list[dict[str, Any]]:
    whole = (folder / "out").read_bytes().rpartition(b"\n")[0].splitlines()
    return [one for one in map(json.loads, whole) if (one["oom_memcg"] or "").endswith(cgroup.path)]


def until_told(folder: Path, cgroup: MemoryCgroup, pid: int) -> float:
    """Wait until the kill of `pid` is told; gives the time of day by the kernel's clock."""
    deadline = time.monotonic() + 30
    while pid not in [victim["pid"] for one in ours(folder, cgroup) for victim in one["victims"]]:
        assert time.monotonic() < deadline, f"the kill of {pid} was not told"
        time.sleep(0.02)
    return time.monotonic()


def until_written(state: Path, before: str) -> None:
    """Wait until the state is another: a kill -9 between the line and the state tells that kill once more."""
    deadline = time.monotonic() + 2.0
    while state.read_text() == before and time.monotonic() < deadline:
        time.sleep(0.02)


def test_watch_tells_each_kill_once_within_a_second_across_kill_9(tmp_path, cgroup, kill) -> None:
    pids = []
    with watching(tmp_path):
        while not (tmp_path / "state").exists():
            time.sleep(0.05)  # until it has read what the ring holds
        for _ in range(2):
            pid, _ = kill("watched", BURST)
            pids.append(pid)
            ended = time.monotonic()
            before = (tmp_path / "state").read_text()
            assert until_told(tmp_path, cgroup, pid) - ended < LATEST
            until_written(tmp_path / "state", before)
    pid, _ = kill("unwatched", BURST)
    pids.append(pid)
    with watching(tmp_path) as watch:
        until_told(tmp_path, cgroup, pid)
        time.sleep(3)
        watch.terminate()
        assert watch.wait(20) == 0
    found = ours(tmp_path, cgroup)
    assert [one["victims"][0]["pid"] for one in found] == pids
    peak = [one["facts"].get("cgroup_peak_bytes") for one in found[:2]]
    assert all(peak), "the memory files of the limit's owner were read"
