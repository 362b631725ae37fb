"""The flight recorder of a watch that was ended by kill -9: the record goes on, and the next kill has all of it."""

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from helpers.watched import add, kills, lines, told

POD = "/kubepods/burstable/pod51d8932c-5bcc-4661-a4ef-8ba0baf9b297"
LIMIT = 150 << 20
BELOW = """
import sys
from pathlib import Path
from oomscope.record import recorder
from oomscope.record.counters import V2
tree = Path(sys.argv.pop())
recorder.mounted = lambda: [(tree, V2)]
from oomscope.cli import main
sys.argv[0] = "oomscope"
main()
"""
"""The command line on a machine whose memory cgroups lie in the folder that the last argument names."""


def uses(tree: Path, size: int) -> None:
    """Let the pod and all that is around it use so much."""
    folder = tree
    for part in ("", *POD.split("/")[1:]):
        folder = folder / part
        folder.mkdir(exist_ok=True)
        (folder / "memory.current").write_text(f"{size}\n")
        (folder / "memory.max").write_text(f"{LIMIT if folder.name.startswith('pod') else 'max'}\n")
        (folder / "memory.stat").write_text(f"anon {size}\nfile 0\nshmem 0\nkernel 0\n")


@contextmanager
def recording(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Follow and record until the end of the block; the first samples are on disk then."""
    before = len(list((folder / "ring").glob("samples-*")))
    arguments = [
        "watch",
        "node.log",
        "--format",
        "jsonl",
        "-o",
        "out",
        "--state",
        "state",
        "--record",
        "ring",
        "cgroups",
    ]
    watch = subprocess.Popen([sys.executable, "-c", BELOW, *arguments], cwd=folder, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while len(list((folder / "ring").glob("samples-*"))) == before and time.monotonic() < deadline:
            assert watch.poll() is None, watch.communicate()[1]
            time.sleep(0.05)
        yield watch
    finally:
        watch.terminate()
        watch.communicate(timeout=30)


def samples(folder: Path) -> list[tuple[float, int]]:
    """When, and how much the pod used."""
    command = [sys.executable, "-m", "oomscope", "record", "export", str(folder / "ring")]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["cgroup"] == POD]
    return [(float(row["t"]), int(row["usage"])) for row in rows]


def logged_now(report: bytes) -> bytes:
    stamp = datetime.now(UTC).isoformat(timespec="microseconds").encode()
    return b"".join(stamp + b" node-1 kernel: " + line for line in report.splitlines(keepends=True))


def test_the_record_goes_on_after_kill_9_and_the_next_kill_has_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "node.log").touch()
    uses(tmp_path / "cgroups", 60 << 20)
    with recording(tmp_path) as watch:
        watch.kill()
        watch.wait()
    (first,) = samples(tmp_path)
    assert first[1] == 60 << 20
    time.sleep(2)
    with recording(tmp_path):
        for step in range(14):
            uses(tmp_path / "cgroups", (136 + step) << 20)
            time.sleep(1)
        add(tmp_path / "node.log", logged_now(kills()[0]))
        assert len(told(tmp_path, 1)) == 1
    (one,) = [json.loads(line) for line in lines(tmp_path)]
    # the share of the limit at the first sample, which the first watch took
    assert one["facts"]["series_start_share"] == 0.4
    whole = samples(tmp_path)
    assert whole[0] == first
    assert whole == sorted(whole)
    assert len({at for at, _ in whole}) == len(whole) >= 12
