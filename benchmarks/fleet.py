"""What a fleet costs: ten thousand nodes with a worker killed in the middle, packed logs, two workers beside one.

    python benchmarks/fleet.py FOLDER [--nodes N] [--packed N] [--rounds N]

Makes its logs in FOLDER (seeded; kept for the next run). First the nodes: a scheduler and two workers over TCP, one of
which is killed when a fifth is done; every planted incident must be found once, and a second run must skip everything.
Then packed logs, with one worker and with two in turn; then small logs, more and more of them.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from large import show, sparse
from node_logs import node_log

OOMSCOPE = str(Path(sys.executable).with_name("oomscope"))
NODE_BYTES = 16 << 10


class Used(NamedTuple):
    """What one run took, its workers included."""

    wall_seconds: float
    cpu_seconds: float
    said: str


def run(*args: object) -> Used:
    """Run `oomscope fleet` to its end. Raises SystemExit where it fails."""
    began = time.monotonic()
    running = subprocess.Popen([OOMSCOPE, "fleet", *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = running.stdout.read().decode() if running.stdout else ""
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"fleet {args}: exit {running.returncode}")
    return Used(time.monotonic() - began, used.ru_utime + used.ru_stime, said)


def made_nodes(folder: Path, count: int) -> set[tuple[str, int, str]]:
    """Write the logs of so many nodes, unless they are there. Returns everybody who is killed in them."""
    known = folder / f"planted-{count}.json"
    logs = folder / f"nodes-{count}"
    if not known.exists():
        logs.mkdir(parents=True, exist_ok=True)
        planted = []
        for number in range(count):
            log = node_log(number, NODE_BYTES)
            planted += log.killed
            (logs / f"{log.host}.log.gz").write_bytes(gzip.compress(log.text.encode(), 6, mtime=0))
        known.write_text(json.dumps(planted))
    return {(host, pid, comm) for host, pid, comm in json.loads(known.read_text())}


def found(out: Path) -> list[tuple[str, int, str]]:
    """Everybody who was found, as often as that."""
    from pyarrow import parquet

    tables = (parquet.read_table(path, columns=["host", "pid", "comm"]) for path in (out / "incidents").iterdir())
    return sorted((row["host"], row["pid"], row["comm"]) for table in tables for row in table.to_pylist())


def nodes(folder: Path, count: int) -> None:
    """Ten thousand nodes on a cluster of its own over TCP, of which a worker is killed."""
    planted = made_nodes(folder, count)
    out, place = fresh(folder / "out"), folder / "scheduler.json"
    place.unlink(missing_ok=True)
    options = ("--no-dashboard", "--scheduler-file", str(place), "--host", "127.0.0.1")
    cluster = [started("dask_scheduler", folder, *options, "--port", "0")]
    cluster += [started("dask_worker", folder, *options, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    while not place.exists() or not place.read_text():
        time.sleep(0.1)
    args = [OOMSCOPE, "fleet", f"{folder}/nodes-{count}/*.gz", "--out", str(out)]
    args += ["--scheduler", json.loads(place.read_text())["address"]]
    began = time.monotonic()
    running = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while not (out / "manifest.jsonl").exists() or (out / "manifest.jsonl").read_bytes().count(b"\n") < count // 5:
        time.sleep(0.05)
    cluster[-1].kill()
    done = (out / "manifest.jsonl").read_bytes().count(b"\n")
    said, _ = running.communicate()
    print(f"{count:,} nodes, a worker killed after {done:,}: {said.splitlines()[0]}, {time.monotonic() - began:.0f} s")
    print(f"  planted {len(planted):,}, found once each: {found(out) == sorted(planted)}")
    again = run(f"{folder}/nodes-{count}/*.gz", "--out", out)
    print(f"  second run: {again.said.splitlines()[0]}, {again.wall_seconds:.1f} s, {again.cpu_seconds:.1f} CPU s")
    for one in cluster:
        one.kill()
        one.wait()


def started(what: str, folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.{what}", *options]
    quiet = subprocess.DEVNULL
    env = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder / "dask")}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=quiet, stderr=quiet)


def made_packed(folder: Path, count: int) -> tuple[Path, int]:
    """Write so many packed logs, unless they are there. Returns their folder and what they hold, in unpacked bytes."""
    logs = folder / f"packed-{count}"
    block = next(sparse(1)).encode()
    if not logs.exists():
        begun = fresh(folder / "packed.part")
        begun.mkdir()
        body = gzip.compress(block, 6, mtime=0) * 4  # members one after the other are one file
        for number in range(count):
            head = gzip.compress(node_log(number, NODE_BYTES).text.encode(), 6, mtime=0)
            (begun / f"node-{number:05d}.log.gz").write_bytes(head + body)
        begun.rename(logs)
    return logs, count * (4 * len(block) + len(node_log(0, NODE_BYTES).text))


def packed(folder: Path, count: int, rounds: int) -> None:
    """The speed on packed logs, and how much faster two workers are."""
    logs, size = made_packed(folder, count)
    one, two, inner = [], [], []
    for _ in range(rounds):
        one.append(run(logs, "--out", fresh(folder / "out"), "--workers", 1, "--batch", 2))
        inner.append(size / 1e6 / analysing(folder / "out"))
        two.append(run(logs, "--out", fresh(folder / "out"), "--workers", 2, "--batch", 2))
    what = f"{count} packed logs of {size / count / 1e6:.0f} MB unpacked"
    show(f"{what}, analysis", statistics.median(inner), "MB per CPU second", ">= 300")
    show("the same, all processes from start to end", statistics.median(size / 1e6 / u.cpu_seconds for u in one), "MB per CPU second", "-")  # fmt: skip
    faster = statistics.median(u.wall_seconds for u in one) / statistics.median(u.wall_seconds for u in two)
    show("two workers beside one, wall clock", faster, "times", ">= 1.6")
    load = os.getloadavg()[0]  # of other work as well: two workers need two cores that are free
    print(f"  load of the last minute {load:.1f} on {os.cpu_count()} cores")
    show("one worker, wall clock", statistics.median(u.wall_seconds for u in one), "seconds", "-")


def analysing(out: Path) -> float:
    """CPU seconds that the workers spent on the inputs, unpacking included."""
    from pyarrow import parquet

    tables = (parquet.read_table(path, columns=["cpu_seconds"]) for path in (out / "inputs").iterdir())
    return sum(row["cpu_seconds"] or 0 for table in tables for row in table.to_pylist())


def growing(folder: Path, counts: Sequence[int]) -> None:
    """The cost of small logs, each with one report."""
    kilobytes = len(node_log(0, NODE_BYTES).text) / 1e3
    for count in counts:
        made_nodes(folder, count)
        used = run(folder / f"nodes-{count}", "--out", fresh(folder / "out"), "--workers", 1)
        inner = analysing(folder / "out")
        words = f"{count:,} logs of {kilobytes:.0f} kB with one report each, one worker"
        show(words, 1000 * inner / count, "ms CPU a log, analysis", "-")
        show("  all processes from start to end", used.cpu_seconds, "CPU seconds", "-")
        show("  wall clock", used.wall_seconds, "seconds", "-")
        size = sum(path.stat().st_size for path in (folder / "out").rglob("*.parquet"))
        show("  Parquet", size / count / 1e3, "kB a log", "-")


def fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--packed", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    folder: Path = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if chosen.packed:
        packed(folder, chosen.packed, chosen.rounds)
    if chosen.nodes:
        growing(folder, (500, 1000, 2000))
        nodes(folder, chosen.nodes)


if __name__ == "__main__":
    main()
