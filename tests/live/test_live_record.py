"""The flight recorder on the running kernel: a leak, a start that does not fit and a tmpfs that fills, three times each,
told apart by the node's own record alone."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_cgroup import MIB, MemoryCgroup, NotHere, memory_cgroup

from oomscope.api import analyze

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]

TIMES = 3
LEAK = f"import time\nwhile True:\n    held.append(bytearray({MIB * 8 // 10}))\n    time.sleep(1)\n"
START = f"import time\nfor _ in range(200):\n    held.append(bytearray({4 * MIB}))\n    time.sleep(0.05)\n"
FILL = f"import time\nwith open('/dev/shm/{{name}}', 'ab') as file:\n    while True:\n        file.write(bytes({MIB}))\n        file.flush()\n        time.sleep(0.05)\n"


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "oomscope", "watch", "--format", "jsonl", "--state", "state", "--record", "ring"]
    with (folder / "out").open("ab") as out, (folder / "err").open("ab") as err:
        watch = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
    try:
        while not list((folder / "ring").glob("samples-*")):
            assert watch.poll() is None, (folder / "err").read_text()
            time.sleep(0.1)
        yield
    finally:
        watch.terminate()
        watch.wait()


def killed_again_and_again(cgroup: MemoryCgroup, comm: str, program: str, alone: dict[str, bytes]) -> None:
    """Let the kernel kill a program, and start it again as a restart policy does; keeps one report of it by itself."""
    for _ in range(TIMES):
        process = cgroup.run(comm, program)
        try:
            process.wait(180)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return
        if comm not in alone and (report := report_of(process.pid)) is not None:
            alone[comm] = report
        time.sleep(8)  # past the quick ones, which the kernel would log as one burst


def report_of(pid: int) -> bytes | None:
    """The report that ends with this kill; None where the kernel left it out. The ring does not keep it for long."""
    time.sleep(0.5)
    log = subprocess.run(["dmesg"], check=True, capture_output=True).stdout.splitlines(keepends=True)
    ends = [n for n, line in enumerate(log) if f"Killed process {pid} ".encode() in line]
    begins = [n for n in range(ends[0]) if b"invoked oom-killer" in log[n]] if ends else []
    return b"".join(log[begins[-1] : ends[0] + 1]) if begins else None


def told(folder: Path, cgroup: MemoryCgroup) -> list[dict[str, Any]]:
    whole = (folder / "out").read_bytes().rpartition(b"\n")[0].splitlines()
    return [one for one in map(json.loads, whole) if (one["oom_memcg"] or "").endswith(cgroup.path)]


def test_leak_start_and_tmpfs_are_told_apart_by_the_record_alone(tmp_path: Path) -> None:
    name = f"oomscope-{os.getpid()}"
    programs = {"leaker": LEAK, "starter": START, "filler": FILL.format(name=name)}
    alone: dict[str, bytes] = {}
    with contextlib.ExitStack() as stack:
        try:
            cgroups = {comm: stack.enter_context(memory_cgroup(comm)) for comm in programs}
        except NotHere as reason:
            pytest.skip(str(reason))
        if not os.access("/dev/kmsg", os.R_OK):
            pytest.skip("/dev/kmsg cannot be read here")
        stack.callback(lambda: Path("/dev/shm", name).unlink(missing_ok=True))
        stack.enter_context(watching(tmp_path))
        threads = [
            threading.Thread(target=killed_again_and_again, args=(cgroups[comm], comm, program, alone))
            for comm, program in programs.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(3)
        found = {comm: told(tmp_path, cgroup) for comm, cgroup in cgroups.items()}
    counts = {comm: len(kills) for comm, kills in found.items()}
    if min(counts.values()) < TIMES or len(alone) < len(programs):
        pytest.skip(f"the kernel left reports out, for others' kills came at the same time: {counts}, {sorted(alone)}")
    causes = {comm: kills[-1]["verdict"]["cause"] for comm, kills in found.items()}
    assert causes == {"leaker": "leak", "starter": "low_limit", "filler": "tmpfs_fill"}
    assert any(clue["id"].startswith("series-rises") for clue in found["leaker"][-1]["verdict"]["evidence"])
    for comm in ("leaker", "starter"):
        assert opened(alone[comm]), f"a single report of the {comm}, without the record, tells neither from the other"


def opened(report: bytes) -> bool:
    (verdict,) = analyze(io.BytesIO(report)).verdicts
    return verdict.cause == "undetermined"
