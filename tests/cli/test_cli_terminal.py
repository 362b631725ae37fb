"""What reaches a terminal: colour only where it is wanted, and nothing of the log that a terminal would obey."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cli_environment import environment

LEAK = Path(__file__).parents[2] / "sample_logs" / "6.12-v2-leak-restarts.log"
ESCAPE = "\x1b["
HOSTILE = ["\x1b[2J\x1b]0;owned\x07", "a\rb", "\x9b31m", "\u202egnp.exe", "\x00\x7f\x08"]


def on_terminal(cwd: Path, *args: str, **env: str) -> str:
    """What `oomscope ARGS` writes to a terminal, on both streams."""
    with terminal(cwd, args, env, subprocess.DEVNULL) as (_, ours):
        return read_until(ours, None)


@contextlib.contextmanager
def terminal(cwd: Path, args: Sequence[str], env: dict[str, str], stdin: int) -> Iterator[tuple[subprocess.Popen, int]]:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "oomscope", *args],
        stdin=stdin,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=environment(**env),
    )
    os.close(theirs)
    try:
        yield running, ours
        assert running.wait(60) == 0
    finally:
        os.close(ours)
        running.kill()
        running.wait()
        if running.stdin:
            running.stdin.close()


def read_until(handle: int, words: str | None) -> str:
    """What comes out of a terminal until `words` did, or until its other end is closed."""
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while (words is None or words.encode() not in seen) and (chunk := os.read(handle, 65536)):
            seen += chunk
    return seen.decode()


def test_a_terminal_gets_colour(tmp_path) -> None:
    assert ESCAPE in on_terminal(tmp_path, "analyze", str(LEAK))


@pytest.mark.parametrize(
    ("args", "env"),
    [((), {"NO_COLOR": "1"}), (("--no-color",), {}), ((), {"TERM": "dumb"})],
    ids=["NO_COLOR", "--no-color", "TERM=dumb"],
)
def test_who_wants_no_colour_gets_none(tmp_path, args, env) -> None:
    assert ESCAPE not in on_terminal(tmp_path, "analyze", str(LEAK), *args, **env)


def test_an_empty_no_color_is_none(tmp_path) -> None:
    assert ESCAPE in on_terminal(tmp_path, "analyze", str(LEAK), NO_COLOR="")


def test_a_pipe_and_a_file_get_no_colour(oomscope, tmp_path) -> None:
    assert ESCAPE not in oomscope("analyze", LEAK, "-o", "a.txt", "-o", "-").stdout
    assert ESCAPE not in (tmp_path / "a.txt").read_text()


def test_a_quick_run_shows_no_progress(tmp_path) -> None:
    assert "reading" not in on_terminal(tmp_path, "analyze", str(LEAK))


def test_a_slow_run_shows_progress_on_a_terminal_and_wipes_it(tmp_path) -> None:
    with terminal(tmp_path, ("analyze", "-"), {}, subprocess.PIPE) as (running, ours):
        assert "reading ... 1 s" in read_until(ours, "1 s")  # a log that takes its time: nothing was sent yet
        running.communicate(b"[    1.000000] hello\n")
        rest = read_until(ours, None)
    assert rest.index("\r\x1b[K") < rest.index("No OOM kill")


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
def test_a_hostile_process_name_is_shown_and_not_obeyed(oomscope, tmp_path, evil) -> None:
    lines = LEAK.read_text()
    victim = next(line for line in lines.splitlines() if "Killed process" in line).split("(")[1].split(")")[0]
    log = tmp_path / "evil.log"
    log.write_text(lines.replace(victim, evil), encoding="utf-8", newline="")
    for command in (("analyze", log, "-f", "text"), ("facts", log), ("analyze", log)):
        done = oomscope(*command)
        shown = done.stdout + done.stderr
        assert done.returncode == 0
        assert not {c for c in shown if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066")}


def test_a_hostile_file_name_is_shown_and_not_obeyed(oomscope, tmp_path) -> None:
    name = "\x1b]0;owned\x07.log"
    assert "\x1b" not in oomscope("analyze", name).stderr
    (tmp_path / name).write_bytes(LEAK.read_bytes())
    for args in ((), ("-f", "text"), ("-f", "json"), ("-f", "html")):
        done = oomscope("analyze", name, *args)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["parquet", "pdf"])
def test_no_binary_format_reaches_a_terminal(tmp_path: Path, name: str) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "oomscope", "analyze", str(LEAK), "-q", "-f", name]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(OOMSCOPE_CHROMIUM="/bin/true"), check=False)  # fmt: skip
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2 and b"is binary" in done.stderr and f"-o report.{name}".encode() in done.stderr
