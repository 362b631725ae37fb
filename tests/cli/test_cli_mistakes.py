"""The user's mistakes: a sentence with a place and a next step, an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_environment import environment


def complaint(done, code: int) -> str:
    """The one message of a run that failed with `code` and printed no result."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    return done.stderr


def unwritten(done) -> str:
    """The one message of a run that could not write its file: what was found is said all the same."""
    assert done.returncode == 1, done.stderr
    assert "4 OOM kills" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_missing_file(oomscope) -> None:
    assert "kern.log: no such file" in complaint(oomscope("analyze", "kern.log"), 1)


def test_an_empty_folder(oomscope, tmp_path) -> None:
    (tmp_path / "logs").mkdir()
    assert "logs: the directory holds no regular file" in complaint(oomscope("analyze", "logs"), 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(oomscope, tmp_path) -> None:
    log = tmp_path / "kern.log"
    log.write_text("x")
    log.chmod(0)
    assert "no permission" in complaint(oomscope("analyze", log), 1)


def test_facts_of_a_path_that_is_not_there_are_no_success(oomscope, leak) -> None:
    done = oomscope("facts", leak, "missing.log")
    assert done.returncode == 1
    assert "missing.log: no such file" in done.stderr and "the result is of 1 of 2 paths" in done.stderr
    assert "cause" not in done.stderr and "scope" in done.stdout


def test_one_format_is_not_written_into_files_of_others(oomscope, tmp_path, leak) -> None:
    message = complaint(oomscope("analyze", leak, "-f", "text", "-o", "q.html", "-o", "q.json"), 2)
    assert "--format text: would be written into q.html too" in message
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_can_have(oomscope) -> None:
    complaint(oomscope("analyze", "n" * 5000), 1)


def test_an_empty_file_is_no_log_without_a_kill(oomscope, tmp_path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    done = oomscope("analyze", "empty")
    assert done.stdout.startswith("Nothing could be read")
    assert "is empty" in done.stderr


def test_a_binary_file_is_no_log_without_a_kill(oomscope, tmp_path) -> None:
    (tmp_path / "core").write_bytes(bytes(range(256)) * 4000)
    done = oomscope("analyze", "core")
    assert done.stdout.startswith("Nothing could be read")
    assert "not a log" in done.stderr


def test_a_broken_archive(oomscope, tmp_path) -> None:
    (tmp_path / "kern.log.gz").write_bytes(b"\x1f\x8b\x08\x00 not gzip at all")
    done = oomscope("analyze", "kern.log.gz")
    assert done.returncode in (0, 1)
    assert done.stderr or "No OOM kill" in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("--no-such-option",),
        ("x.log", "--format", "docx"),
        ("x.log", "-o", "report.docx"),
        ("x.log", "-o", "report"),
        ("x.log", "--year", "soon"),
    ],
    ids=lambda args: " ".join(args),
)
def test_usage(oomscope, tmp_path, args) -> None:
    (tmp_path / "x.log").write_text("hello\n")
    complaint(oomscope("analyze", *args), 2)


def test_an_unknown_zone(oomscope, leak) -> None:
    assert "Mars/Phobos" in complaint(oomscope("analyze", leak, "--tz", "Mars/Phobos", "-f", "json"), 2)


def test_an_unknown_format_is_named_with_the_known_ones(oomscope, leak) -> None:
    assert "docx" in (said := complaint(oomscope("analyze", leak, "--format", "docx"), 2))
    assert "html" in said


def test_no_arguments_is_help(oomscope) -> None:
    done = oomscope()
    assert "Usage: oomscope" in done.stdout + done.stderr


@pytest.mark.parametrize("target", ["no/such/folder/a.html", "/proc/a.html"])
def test_an_output_that_cannot_be_made(oomscope, leak, target) -> None:
    said = unwritten(oomscope("analyze", leak, "-o", target))
    assert target in said
    assert "Next:" in said


def test_an_output_that_is_a_folder(oomscope, tmp_path, leak) -> None:
    (tmp_path / "a.html").mkdir()
    assert "a.html" in unwritten(oomscope("analyze", leak, "-o", "a.html"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(oomscope, leak) -> None:
    assert "No space left" in unwritten(oomscope("analyze", leak, "-f", "html", "-o", "/dev/full"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("extra", [(), ("--format", "json"), ("-o", "-")], ids=str)
def test_a_full_disk_behind_stdout(tmp_path, leak, extra) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "oomscope", "analyze", str(leak), *extra],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"a bug" not in done.stderr
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("extra", [("--format", "html"), ("--format", "text"), ()], ids=str)
def test_a_reader_that_went_away_is_no_news(tmp_path, leak, extra) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "oomscope", "analyze", str(leak), *extra],
            stdout=writing,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 0
    assert (tmp_path / "oomscope-report.html").exists() == (extra == ())


@pytest.mark.parametrize("command", [("analyze", "LOG"), ("facts", "LOG"), ("schema",), ("rules", "list")], ids=str)
def test_a_closed_stdout_is_no_bug(tmp_path, leak, command) -> None:
    args = [str(leak) if arg == "LOG" else arg for arg in command]
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", sys.executable, "-m", "oomscope", *args],
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"a bug" not in done.stderr, done.stderr
    assert done.returncode == 1


def test_a_rule_folder_that_is_not_there(oomscope, leak) -> None:
    assert "no-rules" in complaint(oomscope("analyze", leak, "--rules", "no-rules"), 2)
    assert "no-rules" in complaint(oomscope("rules", "check", "no-rules"), 2)


def test_broken_rules_are_all_named_with_their_line(oomscope, tmp_path, leak) -> None:
    rules = tmp_path / "mine"
    rules.mkdir()
    (rules / "a.toml").write_text('cause = "leak"\ntitle = \n')
    (rules / "b.toml").write_text('cause = "leek"\ntitle = "x"\nbranch = ["memcg"]\nprior = 0.0\nsummary = "y"\n')
    for command in (("rules", "check", rules), ("analyze", leak, "--rules", rules)):
        said = complaint(oomscope(*command), 1)
        assert "a.toml:2" in said
        assert "b.toml:1" in said


def test_an_unreadable_file_for_facts(oomscope) -> None:
    complaint(oomscope("facts", "kern.log"), 1)


@pytest.mark.parametrize("word", ["leek", "shmem_shares", "kontainer", "0xyz", "\x1b[31m"])
def test_explain_of_a_word_that_is_nothing(oomscope, word) -> None:
    said = complaint(oomscope("explain", word), 2)
    assert "\x1b" not in said


def test_explain_says_what_is_close(oomscope) -> None:
    assert "leak" in oomscope("explain", "leek").stderr
    assert "shmem_share" in oomscope("explain", "shmem_shares").stderr


def test_an_interrupt_ends_without_a_word(tmp_path) -> None:
    import signal

    running = subprocess.Popen(
        [sys.executable, "-m", "oomscope", "analyze", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    assert running.stdin is not None
    running.stdin.write(b"hello\n" * 100_000)  # more than a pipe holds: it is reading when this returns
    running.stdin.flush()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (out, err) == (b"", b"")
    assert running.returncode == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_help_onto_a_full_disk(tmp_path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "oomscope", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"oomscope: standard output: No space left on device\n"


@pytest.mark.parametrize("how", ["same", "link", "symlink", "side", "default", "stdin"])
def test_an_output_that_is_an_input_is_refused_before_anything_is_read(oomscope, tmp_path, leak, how) -> None:
    log = tmp_path / ("oomscope-report.html" if how == "default" else "x.txt")
    log.write_bytes(leak.read_bytes())
    target = log
    if how in ("link", "symlink"):
        target = tmp_path / "other.txt"
        target.hardlink_to(log) if how == "link" else target.symlink_to(log)
    args = ["analyze", log] if how == "default" else ["analyze", log, "-o", target]
    if how == "side":
        args = ["analyze", leak, "--pods", log, "-o", log]
    if how == "stdin":
        with log.open("rb") as file:
            command = [sys.executable, "-m", "oomscope", "analyze", "-", "-o", str(log)]
            done = subprocess.run(command, stdin=file, capture_output=True, cwd=tmp_path, text=True, check=False)
        assert "is the same file as standard input" in complaint(done, 2)
        assert log.read_bytes() == leak.read_bytes()
        return
    assert "is the same file as" in complaint(oomscope(*args), 2)
    assert log.read_bytes() == leak.read_bytes()


@pytest.mark.parametrize("zone", ["+99:99", "+15:00", "-23:59", "+02:75", "a\nb"])
def test_a_zone_that_is_none(oomscope, leak, zone) -> None:
    said = complaint(oomscope("analyze", leak, "--tz", zone), 2)
    assert said.count("\n") == 1


@pytest.mark.parametrize("option", ["--trust", "--format", "--what-if", "--tz", "-o"])
def test_a_newline_in_an_options_value_begins_no_line(oomscope, leak, option) -> None:
    said = complaint(oomscope("analyze", leak, option, "a\n::error::x"), 2)
    assert "\n::" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("year", ["99999", "0", "-5", "1969"])
def test_a_year_that_is_none(oomscope, leak, year) -> None:
    for more in ((), ("--brief",)):
        said = complaint(oomscope("analyze", leak, "--year", year, *more), 2)
        assert said.count("\n") == 1
        assert f"--year {year}" in said


def shell(tmp_path: Path, line: str, *args: str) -> subprocess.CompletedProcess[bytes]:
    command = ["/bin/bash", "-c", line, "sh", sys.executable, "-m", "oomscope", *args]
    return subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment(), timeout=60, check=False)


def test_a_closed_stdin_is_said(tmp_path) -> None:
    for more in ((), ("--brief",)):
        done = shell(tmp_path, '"$@" <&-', "analyze", "-", *more)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.startswith(b"oomscope: standard input is closed")
        assert done.stderr.count(b"\n") == 1


def test_a_message_never_goes_to_stdout_where_stderr_is_closed(tmp_path) -> None:
    done = shell(tmp_path, '"$@" 2>&-', "analyze", "missing.log")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_all_streams_closed_and_a_file_asked_for(tmp_path, leak) -> None:
    done = shell(tmp_path, '"$@" <&- >&- 2>&-', "analyze", str(leak), "-q", "-o", "x.html")
    assert done.returncode == 0
    assert (tmp_path / "x.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("more", [(), ("-f", "jsonl"), ("-f", "html"), ("--brief",)], ids=str)
def test_a_pipe_into_head_is_no_error(tmp_path, samples, more) -> None:
    logs = [str(log) for log in sorted(samples.glob("*.log"))] * 3
    done = shell(tmp_path, 'set -o pipefail; "$@" | head -1', "analyze", *logs, *more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1


def test_an_early_interrupt_ends_without_a_traceback(tmp_path, leak) -> None:
    import signal
    import time

    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); print(1, flush=True); from oomscope.cli import main; main()"
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2):
        running = subprocess.Popen(
            [sys.executable, "-c", start, "analyze", *[str(leak)] * 20],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(),
        )  # fmt: skip
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(0.05 + delay)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
        assert running.returncode in (0, 130)
        assert err == b""
