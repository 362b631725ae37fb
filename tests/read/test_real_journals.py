"""Journals as journald's own tools write them: the same incidents as the ring buffer, in every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.real_journal import needs_real_journals, of_kernel, of_program, write_journal

import oomscope

pytestmark = needs_real_journals
SAMPLES = Path(__file__).parents[2] / "sample_logs"
OOMD = "Killed /user.slice/a.scope due to memory pressure for /user.slice being 77.30% > 50.00% for > 20s with reclaim activity"


def entries(log: Path) -> list[bytes]:
    return [of_kernel(line) for line in log.read_bytes().splitlines() if line.startswith(b"[") and b"] " in line]


@pytest.fixture
def leak(tmp_path: Path) -> Path:
    path = tmp_path / "leak.journal"
    write_journal(path, entries(SAMPLES / "6.12-v2-leak-restarts.log"))
    return path


def run(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "oomscope", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("6.1*.log"))[:6])
def test_a_journal_and_the_ring_buffer_have_the_same_incidents(tmp_path: Path, name: str) -> None:
    write_journal(tmp_path / "x.journal", entries(SAMPLES / name))
    of_journal, of_ring = oomscope.analyze(tmp_path / "x.journal"), oomscope.analyze(SAMPLES / name)
    assert of_ring.incidents
    assert [one.id for one in of_journal.incidents] == [one.id for one in of_ring.incidents]
    assert {one.event.trust for one in of_journal.incidents} == {"kernel"}


def test_facts_and_diff_read_a_journal(leak: Path) -> None:
    ring = str(SAMPLES / "6.12-v2-leak-restarts.log")
    facts = run("facts", str(leak))
    assert facts.count("dotnet (106") == run("facts", ring).count("dotnet (106") > 0
    assert "0 new, 0 gone, 0 changed, 1 the same" in run("diff", str(leak), ring)


def test_the_journal_of_a_machine_is_read_among_much_else(tmp_path: Path, leak: Path) -> None:
    noise = [of_program(1000 + n / 50, b"app", b"request %d served" % n) for n in range(20_000)]
    write_journal(leak, [*noise, of_program(5000.0, b"systemd-oomd", OOMD.encode())])
    program = tmp_path / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec /usr/bin/journalctl --file="{leak}" "$@"\n')
    program.chmod(0o755)
    out = run("analyze", "--journal", "-q", "--format", "jsonl", PATH=f"{program.parent}:{os.environ['PATH']}")
    assert out.count('"killer":"kernel"') == 4
    assert out.count('"killer":"systemd-oomd"') == 1
    since = ("--since", "2025-10-09T10:00:00Z", "--until", "2025-10-09T10:30:00Z")
    some = run("analyze", "--journal", *since, "-q", "--format", "jsonl", PATH=f"{program.parent}:{os.environ['PATH']}")
    assert 0 < some.count('"killer":"kernel"') < 4
