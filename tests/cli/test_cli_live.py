"""The logs of this machine, and what is read where no path is given."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from cli_environment import environment

EXPORT = "".join(
    f"{line}\n"
    for line in (
        "__CURSOR=s=1;i=1;b=0;m=1;t=1;x=1", "__REALTIME_TIMESTAMP=1795000000000000", "__MONOTONIC_TIMESTAMP=5000000",
        f"_BOOT_ID={'0' * 32}", "_TRANSPORT=kernel", "SYSLOG_FACILITY=0", "SYSLOG_IDENTIFIER=kernel", "PRIORITY=3",
        "_SOURCE_MONOTONIC_TIMESTAMP=5000000", "_HOSTNAME=node1",
        ("MESSAGE=Out of memory: Killed process 42 (java) total-vm:1000kB, anon-rss:500kB, file-rss:0kB, "
         "shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0"), "",
    )
)  # fmt: skip


@pytest.fixture
def journalctl(tmp_path: Path) -> dict[str, str]:
    """A journalctl that prints one kill and leaves its arguments in a file; the environment that finds it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "export").write_text(EXPORT)
    program = folder / "journalctl"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\ncat {folder}/export\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_the_journal_is_asked_with_the_choices(oomscope, tmp_path, journalctl) -> None:
    times = ("--since", "2026-11-18T00:00:00Z", "--until", "2026-11-19T00:00:00Z", "--boot", "-1")
    done = oomscope("analyze", "--journal", *times, env=journalctl)
    assert done.returncode == 0, done.stderr
    assert "java" in done.stdout
    arguments = (tmp_path / "arguments").read_text().split("\n")
    assert {"--boot=-1", "--since=@1794956400", "--until=@1795046460", "_TRANSPORT=kernel"} <= set(arguments)
    assert arguments[:2] == ["-o", "export"]


def test_beside_a_file_the_boot_is_chosen_among_all(oomscope, tmp_path, journalctl, leak) -> None:
    oomscope("analyze", "--journal", leak, "--boot", "0", env=journalctl)
    assert "--boot" not in (tmp_path / "arguments").read_text()


def test_without_journalctl_another_way_is_named(oomscope, tmp_path) -> None:
    done = oomscope("analyze", "--journal", env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert "--dmesg" in done.stderr


def test_an_empty_journal_is_no_evidence(oomscope, tmp_path, journalctl) -> None:
    (tmp_path / "bin" / "export").write_text("")
    done = oomscope("analyze", "--journal", env=journalctl)
    assert done.returncode == 1
    assert "no entry of the kernel" in done.stderr


@pytest.mark.skipif(not os.access("/dev/kmsg", os.R_OK) or os.geteuid() != 0, reason="/dev/kmsg may not be read here")
def test_the_ring_buffer_is_read_to_its_end(oomscope) -> None:
    done = oomscope("analyze", "--dmesg", "-f", "json", "-q")
    assert done.returncode == 0, done.stderr
    assert '"format": "kmsg"' in done.stdout


def test_a_terminal_is_offered_what_can_be_read(tmp_path) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "oomscope", "analyze"]
    done = subprocess.run(
        command, stdin=slave, capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=60, check=False
    )
    os.close(master)
    os.close(slave)
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("--journal", "--dmesg", "analyze FILE", "analyze -"))
    assert done.stderr.count("\n") == 1


def test_a_pipe_is_read_without_being_named(oomscope, leak) -> None:
    done = oomscope("analyze", stdin=leak.read_bytes())
    assert done.returncode == 0
    assert "4 OOM kills" in done.stdout


def test_the_null_device_is_no_log(tmp_path) -> None:
    command = [sys.executable, "-m", "oomscope", "analyze"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, env=environment(), check=False
    )
    assert done.returncode == 2


def test_a_file_without_a_command_is_analysed(oomscope, leak) -> None:
    assert oomscope(leak, "-f", "json", "-q").stdout == oomscope("analyze", leak, "-f", "json", "-q").stdout
    assert "missing.log: no such file" in oomscope("missing.log").stderr
    assert "No such command" in oomscope("anlyze").stderr


def test_a_command_is_a_command_whatever_files_there_are(oomscope, tmp_path) -> None:
    (tmp_path / "schema").write_text("")
    assert '"$schema"' in oomscope("schema").stdout


def test_brief_reads_no_live_log(oomscope) -> None:
    assert "--brief" in oomscope("analyze", "--dmesg", "--brief").stderr


def test_brief_reads_a_directory(oomscope, tmp_path, leak) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "messages").write_bytes(leak.read_bytes())
    assert oomscope("analyze", "--brief", "logs").stdout.count("dotnet") == 4


def test_a_report_never_takes_the_place_of_a_file_in_the_directory(oomscope, tmp_path, leak) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "messages.txt").write_bytes(leak.read_bytes())
    done = oomscope("analyze", "logs", "-o", "logs/messages.txt")
    assert done.returncode == 2
    assert (tmp_path / "logs" / "messages.txt").read_bytes() == leak.read_bytes()
