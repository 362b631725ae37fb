"""What tests of the fleet share: logs of made-up nodes, a cluster over TCP, and the command."""

import json
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
Planted = set[tuple[str, int, str]]


def started(*args: object, **env: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "oomscope", "fleet", *map(str, args)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}
    )


def fleet(*args: object, status: int = 0, **env: str) -> str:
    """Run `oomscope fleet` to its end. Returns what it prints."""
    running = started(*args, **env)
    out, err = running.communicate(timeout=120)
    assert running.returncode == status, err
    assert "Traceback" not in err
    return out if status == 0 else err


def table(out: Path, name: str) -> list[dict[str, Any]]:
    """All rows of one table of a data set."""
    from pyarrow import parquet

    return [row for path in sorted((out / name).glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]


def found(out: Path) -> list[tuple[str, int, str]]:
    """Host, pid and name of every incident, as often as it stands there."""
    return sorted((row["host"], row["pid"], row["comm"]) for row in table(out, "incidents"))


@pytest.fixture(scope="session")
def node_log() -> Callable[..., Any]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return runpy.run_path(str(ROOT / "benchmarks" / "node_logs.py"))["node_log"]  # type: ignore[no-any-return]
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory, node_log: Callable[..., Any]) -> tuple[Path, Planted]:
    """A folder with the logs of two hundred nodes, and everybody who is killed in them."""
    import gzip

    folder = tmp_path_factory.mktemp("nodes")
    planted: Planted = set()
    for number in range(200):
        log = node_log(number, 8 << 10)
        planted.update(log.killed)
        (folder / f"{log.host}.log.gz").write_bytes(gzip.compress(log.text.encode(), 1))
    assert len(planted) == 200
    return folder, planted


class Cluster(NamedTuple):
    """A scheduler and its workers, each a process, that speak TCP."""

    address: str
    scheduler: "subprocess.Popen[bytes]"
    workers: Sequence["subprocess.Popen[bytes]"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Starts a scheduler with two workers, with options for these, and settings of Dask's from the environment."""
    running: list[subprocess.Popen[bytes]] = []
    yield lambda *options, **settings: _cluster(tmp_path, 2, running, settings, options or ("--no-nanny",))
    _end(running)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with one worker that the tests of a file share."""
    running: list[subprocess.Popen[bytes]] = []
    yield _cluster(tmp_path_factory.mktemp("dask"), 1, running, {}).address
    _end(running)


def _cluster(
    folder: Path,
    workers: int,
    running: "list[subprocess.Popen[bytes]]",
    settings: dict[str, str],
    options: Sequence[str] = ("--no-nanny",),
) -> Cluster:
    scratch = folder / "dask"
    scratch.mkdir()
    place = scratch / "scheduler.json"
    env = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(scratch), **settings}

    def process(what: str, *args: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.{what}", *args, "--scheduler-file", str(place)]
        quiet = subprocess.DEVNULL
        running.append(subprocess.Popen(command, cwd=scratch, env=env, stdout=quiet, stderr=quiet))
        return running[-1]

    scheduler = process("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    until(lambda: place.exists() and bool(place.read_text()))
    here = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", *options)
    there = [process("dask_worker", *here) for _ in range(workers)]
    address = str(json.loads(place.read_text())["address"])
    assert address.startswith("tcp://127.0.0.1:")
    return Cluster(address, scheduler, there)


def _end(running: "list[subprocess.Popen[bytes]]") -> None:
    for one in reversed(running):
        one.terminate()  # a nanny ends its worker
        try:
            one.wait(10)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.01)


def written_down(out: Path) -> int:
    """Inputs that the manifest says are done."""
    path = out / "manifest.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0
