"""`oomscope watch` follows a file: each kill once, through rotation, truncation, kill -9 and broken hooks."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.watched import add, kills, told


def test_each_kill_is_told_once_across_kill_9_and_restart(tmp_path, start) -> None:
    first, second, third, _ = kills()
    watch = start()
    add(tmp_path / "node.log", first)
    assert len(told(tmp_path, 1)) == 1
    watch.kill()
    watch.wait()
    add(tmp_path / "node.log", second)
    start()
    add(tmp_path / "node.log", third)
    found = told(tmp_path, 3)
    assert len(found) == len(set(found)) == 3


def test_a_rotated_and_a_truncated_file_are_followed(tmp_path, start) -> None:
    first, second, third, _ = kills()
    log = tmp_path / "node.log"
    start()
    add(log, first)
    assert len(told(tmp_path, 1)) == 1
    log.rename(tmp_path / "node.log.1")
    add(tmp_path / "node.log.1", second)
    log.touch()
    assert len(told(tmp_path, 2)) == 2
    add(log, b"[    1.0] x\n" * 10)
    time.sleep(1)
    log.write_bytes(b"")
    time.sleep(1)
    add(log, third)
    found = told(tmp_path, 3)
    assert len(found) == len(set(found)) == 3


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly(start, number: int, status: int) -> None:
    watch = start()
    watch.send_signal(number)
    _, err = watch.communicate(timeout=20)
    assert (watch.returncode, err) == (status, b"")


def test_a_hook_gets_the_incident_and_a_broken_one_stops_nothing(tmp_path, start) -> None:
    start("--hook", "tee hooked", "--metrics", "kills.prom")
    add(tmp_path / "node.log", kills()[0])
    assert len(told(tmp_path, 1)) == 1
    assert json.loads((tmp_path / "hooked").read_text())["victims"][0]["comm"] == "dotnet"
    assert "} 1\n# EOF\n" in (tmp_path / "kills.prom").read_text()


def test_a_hook_that_is_missing_is_said_and_the_kill_is_told(tmp_path, start) -> None:
    watch = start("--hook", "/no/such/program")
    add(tmp_path / "node.log", kills()[0])
    assert len(told(tmp_path, 1)) == 1
    watch.terminate()
    _, err = watch.communicate(timeout=20)
    assert b"/no/such/program: No such file" in err
    assert watch.returncode == 0


def test_only_loopback_is_served(start) -> None:
    watch = start("--listen", "0.0.0.0:9000")
    _, err = watch.communicate(timeout=20)
    assert watch.returncode == 2
    assert b"only loopback" in err


def test_a_hook_that_hangs_neither_delays_a_kill_nor_outlives_the_watch(tmp_path, start) -> None:
    seconds = 100_000 + os.getpid()  # another run of the tests may have a hook that hangs as well
    watch = start("--hook", f"sleep {seconds}")
    first, second, *_ = kills()
    add(tmp_path / "node.log", first)
    assert len(told(tmp_path, 1)) == 1
    add(tmp_path / "node.log", second)
    assert len(told(tmp_path, 2)) == 2
    watch.terminate()
    watch.communicate(timeout=20)
    assert watch.returncode == 0
    assert b"sleep\0%d\0" % seconds not in list(commands())


def commands() -> Iterator[bytes]:
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # ended meanwhile
            yield one.read_bytes()


def test_the_journal_is_followed_by_a_child_that_ends_with_the_watch(tmp_path) -> None:
    entries = b"".join(
        b"__CURSOR=c%d\n_TRANSPORT=kernel\n_BOOT_ID=%s\nPRIORITY=4\nSYSLOG_IDENTIFIER=kernel\n__REALTIME_TIMESTAMP=%d\n"
        b"_SOURCE_MONOTONIC_TIMESTAMP=%d\nMESSAGE=%s\n\n"
        % (n, b"a" * 32, 1_700_000_000_000_000 + n, 2_685_000_000 + n, line.partition(b"] ")[2])
        for n, line in enumerate(kills()[0].splitlines())
    )
    (tmp_path / "entries").write_bytes(entries)
    seconds = 200_000 + os.getpid()
    (tmp_path / "journalctl").write_text(
        f"#!/bin/sh\ncase $* in *--follow*) cat {tmp_path}/entries; exec sleep {seconds};; esac\n"
    )
    (tmp_path / "journalctl").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    command = [sys.executable, "-m", "oomscope", "watch", "--journal", "--format", "jsonl", "-o", "out"]
    watch = subprocess.Popen([*command, "--state", "state"], cwd=tmp_path, env={**os.environ, "PATH": path})
    try:
        assert len(told(tmp_path, 1)) == 1
    finally:
        watch.terminate()
        assert watch.wait(20) == 0
    assert json.loads((tmp_path / "state").read_text())["source"] == "journal"
    assert b"sleep\0%d\0" % seconds not in list(commands())
