"""What a watch knows of before its start, and where it says that a kill stands."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.real_journal import needs_real_journals, of_kernel, of_program, write_journal
from helpers.watched import add, kills, lines, told

OOMD = (
    "Killed /user.slice/user-1000.slice/user@1000.service/app.slice/big.scope due to memory pressure for /user.slice "
    "being 77.30% > 50.00% for > 20s with reclaim activity"
)
OTHERS = {
    "systemd-oomd": f"Nov  1 10:00:00 node1 systemd-oomd[512]: {OOMD}\n",
    "earlyoom": 'Nov  1 10:00:00 node1 earlyoom[12]: sending SIGTERM to process 313 uid 1000 "firefox": badness 800, VmRSS 2000 MiB\n',
    "nohang": (
        "Nov  1 10:00:00 node1 nohang[9]: PID: 4711, Name: java, badness: 900\n"
        "Nov  1 10:00:00 node1 nohang[9]:   Sending SIGTERM to the victim\n"
    ),
    "kubelet": (
        "Nov  1 10:00:00 node1 kubelet[7]: I0121 08:42:30.1 7 eviction_manager.go:389] eviction manager: must evict pod(s) to reclaim memory\n"
        "Nov  1 10:00:00 node1 kubelet[7]: I0121 08:42:30.1 7 eviction_manager.go:400] eviction manager: pods web-7d4b9_shop(ceb06323) evicted, waiting for pod to be cleaned up\n"
    ),
}


def entries(folder: Path, number: int) -> list[dict[str, Any]]:
    told(folder, number)
    return [json.loads(line) for line in lines(folder)]


def quoted(log: Path, entry: dict[str, Any]) -> str:
    """The line of the file that the entry names as that of the kill."""
    return log.read_text().splitlines()[entry["victims"][0]["line"] - 1]


def test_after_a_restart_the_third_kill_knows_the_first_two(tmp_path, start) -> None:
    first, second, third, _ = kills()
    log = tmp_path / "node.log"
    watch = start()
    add(log, first)
    add(log, second)
    assert len(told(tmp_path, 2)) == 2
    watch.kill()
    watch.wait()
    start()
    add(log, third)
    *_, last = entries(tmp_path, 3)
    assert last["facts"]["kills"] == 3


def test_kills_before_the_first_start_are_known_and_not_told(tmp_path, start) -> None:
    first, second, third, _ = kills()
    add(tmp_path / "node.log", first + second)
    start()
    add(tmp_path / "node.log", third)
    (one,) = entries(tmp_path, 1)
    assert one["facts"]["kills"] == 3


def test_a_report_that_has_begun_at_the_start_is_told(tmp_path, start) -> None:
    first = kills()[0].splitlines(keepends=True)
    add(tmp_path / "node.log", b"".join(first[:60]))
    start()
    add(tmp_path / "node.log", b"".join(first[60:]))
    (one,) = entries(tmp_path, 1)
    assert one["victims"][0]["comm"] == "dotnet"


def test_the_line_is_that_of_the_file_also_after_a_restart_and_a_rotation(tmp_path, start) -> None:
    first, second, third, fourth = kills()
    log = tmp_path / "node.log"
    add(log, b"[    0.000000] before\n" * 50 + first)
    watch = start()
    add(log, second)
    (one,) = entries(tmp_path, 1)
    assert f"Killed process {one['victims'][0]['pid']} " in quoted(log, one)
    assert one["source"] == {"path": str(log), "member": None, "lines": one["lines"]}
    watch.kill()
    watch.wait()
    start()
    add(log, third)
    two = entries(tmp_path, 2)[1]
    assert f"Killed process {two['victims'][0]['pid']} " in quoted(log, two)
    log.rename(tmp_path / "node.log.1")
    log.touch()
    time.sleep(1)
    add(log, b"[    0.000000] after\n" * 7 + fourth)
    three = entries(tmp_path, 3)[2]
    assert f"Killed process {three['victims'][0]['pid']} " in quoted(log, three)
    assert three["facts"]["kills"] == 4
    assert three["place"]["source"] == str(log)


@pytest.mark.parametrize("killer", OTHERS)
def test_what_other_killers_do_is_told_once(tmp_path, start, killer: str) -> None:
    add(tmp_path / "node.log", b"Nov  1 09:00:00 node1 kernel: hello\n" * 20)
    start()
    add(tmp_path / "node.log", OTHERS[killer].encode())
    (one,) = entries(tmp_path, 1)
    assert (one["killer"], one["outcome"]) == (killer, "killed")
    assert killer in (tmp_path / "node.log").read_text().splitlines()[one["lines"][0] - 1]


def test_a_line_that_is_cut_is_said(tmp_path, start) -> None:
    watch = start()
    add(tmp_path / "node.log", b"x" * 70_000 + b"\n" + kills()[0])
    told(tmp_path, 1)
    watch.terminate()
    _, err = watch.communicate(timeout=20)
    assert b"node.log: line 1 is longer than 64 KiB" in err


@pytest.fixture
def journal(tmp_path, monkeypatch) -> Path:
    """A real journal file, which `journalctl` reads in the place of this machine's."""
    path = tmp_path / "x.journal"
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec /usr/bin/journalctl --file="{path}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return path


def of_report(report: bytes) -> list[bytes]:
    return [of_kernel(line) for line in report.splitlines()]


def watch_journal(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "oomscope", "watch", "--journal", "--format", "jsonl", "-o", "out", *more]
    watch = subprocess.Popen([*command, "--state", "state"], cwd=folder, stderr=subprocess.PIPE)
    while not (folder / "state").exists() and watch.poll() is None:
        time.sleep(0.05)
    return watch


@needs_real_journals
def test_a_journal_is_followed_from_a_place_that_is_written_down_at_once(tmp_path, journal) -> None:
    first, second, third, _ = kills()
    write_journal(journal, of_report(first))
    watch = watch_journal(tmp_path)
    watch.kill()
    watch.communicate()
    write_journal(journal, of_report(second))
    watch = watch_journal(tmp_path)
    try:
        assert len(told(tmp_path, 1)) == 1
        write_journal(journal, of_report(third))
        *_, last = entries(tmp_path, 2)
    finally:
        watch.terminate()
        watch.communicate()
    assert last["facts"]["kills"] == 3
    assert last["place"]["source"] == "journal"
    shown = ["/usr/bin/journalctl", f"--file={journal}", f"--cursor={last['place']['last']}", "-n1", "-o", "cat"]
    said = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert f"Killed process {last['victims'][0]['pid']} " in said


@needs_real_journals
def test_what_systemd_oomd_does_is_told_from_the_journal(tmp_path, journal) -> None:
    write_journal(journal, of_report(b"[    1.000000] hello\n"))
    watch = watch_journal(tmp_path)
    try:
        write_journal(journal, [of_program(99.0, b"systemd-oomd", OOMD.encode())])
        (one,) = entries(tmp_path, 1)
    finally:
        watch.terminate()
        watch.communicate()
    assert (one["killer"], one["outcome"]) == ("systemd-oomd", "killed")


def test_the_text_quotes_lines_of_the_file_and_says_nothing_about_where_the_excerpt_begins(tmp_path, start) -> None:
    first, second, *_ = kills()
    before = b"[    0.000000] before\n" * 50
    add(tmp_path / "node.log", before + first)
    command = [sys.executable, "-m", "oomscope", "watch", "node.log", "--state", "state", "-o", "text"]
    watch = subprocess.Popen(command, cwd=tmp_path)
    try:
        while not (tmp_path / "state").exists() and watch.poll() is None:
            time.sleep(0.05)
        add(tmp_path / "node.log", second)
        deadline = time.monotonic() + 20
        while not (tmp_path / "text").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
    finally:
        watch.terminate()
        watch.wait(20)
    text = " ".join((tmp_path / "text").read_text().split())
    ends = (before + first + second).count(b"\n")
    begins = (
        ends - second.count(b"\n") + 1 + next(n for n, line in enumerate(second.splitlines()) if b"invoked" in line)
    )
    assert f"lines {begins}–{ends}" in text
    assert "earlier messages are not in it" not in text
    assert "2 kills" in text
