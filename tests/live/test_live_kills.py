"""The running kernel kills a process of ours in a cgroup of ours, and what it logs gives who, whose limit and why."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live_cgroup import LIMIT, MIB, KernelLog, MemoryCgroup

import oomscope

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

LEAK = "while True:\n    held.append(bytearray({step}))\n    time.sleep({pause})\n"
BURST = "held.append(bytearray({size}))\ntime.sleep(60)\n"
FILL = "for n in range(1000):\n    open('{folder}/%d' % n, 'wb').write(bytes(1 << 20))\n"


def analyze(folder: Path, log: bytes, *more: str) -> dict[str, Any]:
    """The document of the command itself, of the log as it came from the kernel."""
    (folder / "kmsg.raw").write_bytes(log)
    command = [sys.executable, "-m", "oomscope", "analyze", "kmsg.raw", "--format", "json", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=600)
    assert done.stderr == b""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def the_incident(doc: dict[str, Any], cgroup: MemoryCgroup, pid: int) -> dict[str, Any]:
    """The incident of `pid` in our cgroup, after what holds of any kill in it was looked at. Others may be in the log."""
    (found,) = [i for i in incidents_of(doc, cgroup) if pid in {v["pid"] for v in i["victims"]}]
    assert found["trust"] == "kernel"
    assert found["task_memcg"].endswith(cgroup.path)
    assert found["memcg"]["limit_bytes"] == LIMIT
    assert found["memcg"]["version"] == cgroup.version
    assert LIMIT * 0.9 <= found["memcg"]["usage_bytes"] <= LIMIT
    return dict(found)


def incidents_of(doc: dict[str, Any], cgroup: MemoryCgroup) -> list[dict[str, Any]]:
    return [i for i in doc["incidents"] if (i["oom_memcg"] or "").endswith(cgroup.path)]


def comm_of(incident: dict[str, Any]) -> str:
    (victim,) = incident["victims"]
    return str(victim["comm"])


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "tmpfs"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "oomscope-live", folder], capture_output=True)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def next_neighbour(kernel_log: KernelLog) -> Iterator[Callable[[], int]]:
    """Somebody whose processes are killed one after another beside ours; gives the pid of the next."""
    command = [sys.executable, Path(__file__).with_name("neighbour.py"), "0.7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        yield lambda: int(running.stdout.readline())
        running.terminate()


def test_one_kill_of_a_leak_names_the_victim_and_leaves_two_causes_open(tmp_path, cgroup, kill) -> None:
    pid, log = kill("live-leak", LEAK.format(step=MIB, pause=0.01), ready=0.985)
    incident = the_incident(analyze(tmp_path, log), cgroup, pid)
    assert comm_of(incident) == "live-leak"
    assert incident["victims"][0]["anon_rss_bytes"] > LIMIT * 0.8
    assert {r["cause"] for r in incident["verdict"]["ranked"][:2]} == {"leak", "low_limit"}
    assert incident["verdict"]["cause"] in {"undetermined", "leak"}


def test_tmpfs_fill_is_told_from_one_kill(tmp_path, cgroup, kill, tmpfs) -> None:
    pid, log = kill("live-fill", FILL.format(folder=tmpfs))
    incident = the_incident(analyze(tmp_path, log), cgroup, pid)
    assert comm_of(incident) == "live-fill"
    assert incident["verdict"]["cause"] == "tmpfs_fill"
    assert incident["verdict"]["probability"] >= 0.75


def test_leak_leads_where_its_growth_was_measured(tmp_path, cgroup, kill) -> None:
    pid, log = kill("live-leak", LEAK.format(step=MIB // 4, pause=0.08), every=0.25, ready=0.997)
    (tmp_path / "memory.csv").write_text(cgroup.csv())
    doc = analyze(tmp_path, log, "--metrics", "memory.csv")
    assert the_incident(doc, cgroup, pid)["verdict"]["ranked"][0]["cause"] == "leak"


def test_burst_at_every_start_is_a_limit_too_low(tmp_path, cgroup, kill) -> None:
    log = b""
    for start in range(4):
        time.sleep(1.5 if start else 0)
        pid, said = kill("live-burst", BURST.format(size=LIMIT * 5 // 4), every=0.02)
        log += said
    (tmp_path / "memory.csv").write_text(cgroup.csv())
    doc = analyze(tmp_path, log, "--metrics", "memory.csv")
    incident = the_incident(doc, cgroup, pid)
    assert comm_of(incident) == "live-burst"
    (workload,) = [w for w in doc["workloads"] if incident["id"] in w["incidents"]]
    assert workload["kills"] == 4
    assert workload["verdict"]["ranked"][0]["cause"] == "low_limit"


def test_the_python_interface_reads_what_the_kernel_just_said(tmp_path, cgroup, kill) -> None:
    pid, log = kill("live (a), b=c", BURST.format(size=2 * LIMIT))
    (tmp_path / "kmsg").write_bytes(log)
    doc = oomscope.analyze([str(tmp_path / "kmsg")]).document()
    assert comm_of(the_incident(doc, cgroup, pid)) == "live (a), b=c"


def test_a_neighbours_kills_in_the_same_log_change_nothing_of_ours(
    tmp_path, cgroup, kernel_log, kill, next_neighbour
) -> None:
    before = next_neighbour()
    pid, _ = kill("live-leak", LEAK.format(step=MIB, pause=0.01), ready=0.985)
    after = next_neighbour()
    doc = analyze(tmp_path, kernel_log.until_kill_of(after))
    assert {before, pid, after} <= {v["pid"] for i in doc["incidents"] for v in i["victims"]}
    incident = the_incident(doc, cgroup, pid)
    assert comm_of(incident) == "live-leak"
    assert {r["cause"] for r in incident["verdict"]["ranked"][:2]} == {"leak", "low_limit"}
