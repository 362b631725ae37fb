"""What a pipeline asks for: exit statuses by what was found, a part of the incidents, no names, GitHub's summary."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LEAK, TMPFS = SAMPLES / "6.12-v2-leak-restarts.log", SAMPLES / "6.1-v2-tmpfs-live.log"


def run(folder: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "oomscope", "analyze", *words],
        capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("log", "what", "status"),
    [
        (LEAK, "kill", 10), (LEAK, "leak", 11), (LEAK, "low-limit", 0), (LEAK, "kill,leak", 11), (TMPFS, "very-likely", 12),
        (TMPFS, "leak,tmpfs_fill", 11), (SAMPLES / "6.12-v2-killed-by-hand-no-oom.log", "kill,very-likely", 0),
        (SAMPLES / "6.12-v2-panic-on-oom.log", "kill", 0), (LEAK, "nosuch", 2), (LEAK, ",", 2),
    ],
)  # fmt: skip
def test_the_exit_status_says_what_was_found(tmp_path: Path, log: Path, what: str, status: int) -> None:
    done = run(tmp_path, str(log), "--fail-on", what)
    assert done.returncode == status, done.stderr
    assert (tmp_path / "oomscope-report.html").exists() == (status != 2), "everything else is done"


def test_an_incomplete_reading_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    import gzip

    cut = tmp_path / "cut.log.gz"
    cut.write_bytes(gzip.compress(LEAK.read_bytes() * 40)[:-3000])
    assert run(tmp_path, str(cut), "--fail-on", "incomplete").returncode == 3
    assert run(tmp_path, str(LEAK), "--fail-on", "incomplete").returncode == 0


def test_a_part_of_the_incidents_says_what_it_left_out(tmp_path: Path) -> None:
    done = run(tmp_path, str(LEAK), "--last", "1", "--format", "json")
    document = json.loads(done.stdout)
    assert len(document["incidents"]) == 1
    assert "3 incidents of 4 left out" in done.stdout


def test_a_choice_of_nothing_is_not_called_a_log_without_kills(tmp_path: Path) -> None:
    done = run(tmp_path, str(LEAK), "--victim", "nobody")
    assert done.stdout.splitlines()[0] == "No incident is what was asked for."
    assert "4 incidents of 4 left out" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("--cause", "foo"), ("--since", "soon"), ("--redact-map", "m.json"), ("--brief", "--redact"), ("--github",)],
)
def test_mistakes_are_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(tmp_path, str(LEAK), *words, GITHUB_STEP_SUMMARY="")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_names_are_taken_out_and_kept_for_the_owner(tmp_path: Path) -> None:
    log = tmp_path / "messages"
    log.write_text("".join(f"Nov  1 02:00:00 secrethost kernel: {line}\n" for line in LEAK.read_text().splitlines()))
    names = tmp_path / "names.json"
    names.write_text("old")
    names.chmod(0o644)
    done = run(
        tmp_path, str(log), "--redact", "--redact-map", str(names), "-o", "out.json", "-o", "out.html", "-o", "-"
    )
    assert done.returncode == 0, done.stderr
    assert "secrethost" not in done.stdout + (tmp_path / "out.json").read_text() + (tmp_path / "out.html").read_text()
    assert json.loads(names.read_text())["secrethost"] == "host-1"
    assert stat.S_IMODE(names.stat().st_mode) == 0o600


def test_github_gets_a_summary_and_escaped_annotations(tmp_path: Path) -> None:
    log = tmp_path / "odd,name:x%.log"
    log.write_text(LEAK.read_text().replace("dotnet", "::stop% "))
    summary = tmp_path / "summary.md"
    done = run(tmp_path, str(log), "-q", "--github", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert 1 <= len(lines) <= 5
    for line in lines:
        found = re.fullmatch(r"::error file=([^,:]*),line=\d+,endLine=\d+,title=OOM kill::(.*)", line)
        assert found is not None, line
        assert found[1].endswith("odd%2Cname%3Ax%25.log")
        assert "%" not in found[2].replace("%25", "")
    assert summary.read_text().startswith("## ")


def test_a_summary_stays_below_what_the_runner_takes(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * 999_900)
    done = run(tmp_path, str(LEAK), "-q", "--github", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0
    assert summary.stat().st_size <= 1_000_000
    assert "is cut" in done.stderr
