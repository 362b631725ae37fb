"""Binary journals are read by journalctl; where it is missing, it is said what to do."""

import gzip
import shutil
from pathlib import Path

import pytest

import oomscope
from oomscope.read.files import journalctl

DATA = Path(__file__).parents[1] / "data" / "journal" / "6.12-v2-hugetlb.journal.gz"
needs_journalctl = pytest.mark.skipif(shutil.which("journalctl") is None, reason="journalctl is not installed")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "system[0-9]*.journal"  # a name that journalctl would take for a pattern
    path.parent.mkdir()
    path.write_bytes(gzip.decompress(DATA.read_bytes()))
    return path


@needs_journalctl
def test_a_journal_and_the_dmesg_of_it_give_the_same_incidents(journal: Path, samples: Path) -> None:
    of_journal, of_dmesg = oomscope.analyze(journal), oomscope.analyze(samples / "6.12-v2-hugetlb.log")
    assert of_journal.inputs[0].format == "journal-export"
    assert not of_journal.inputs[0].warnings
    assert [one.id for one in of_journal.incidents] == [one.id for one in of_dmesg.incidents]
    assert of_journal.incidents[0].event.trust == "kernel"
    assert of_journal.incidents[0].event.host == "node1"


@needs_journalctl
def test_a_journal_directory_is_read_as_one_log(journal: Path) -> None:
    shutil.copy(journal, journal.parent / "user-1000.journal")
    analysis = oomscope.analyze(journal.parent.parent)
    assert [one.member for one in analysis.inputs] == ["var"]
    assert len(analysis.incidents) == 1


@needs_journalctl
@pytest.mark.parametrize("keep", [8, 200, 300_000])
def test_a_damaged_journal_is_said(journal: Path, keep: int) -> None:
    journal.write_bytes(journal.read_bytes()[:keep])
    (one,) = oomscope.analyze(journal).inputs
    assert [warning.code for warning in one.warnings] == ["journal-unreadable"]
    assert one.is_unread


def test_without_journalctl_it_is_said_what_to_do(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(journal.parent))
    for path in (journal, journal.parent):
        (one,) = oomscope.analyze(path).inputs
        assert [warning.code for warning in one.warnings] == ["binary-journal"]
        assert "journalctl --file" in one.warnings[0].message


def test_a_journal_in_an_archive_is_said(journal: Path, tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "x"), "gztar", journal.parent)
    (one,) = (i for i in oomscope.analyze(packed).inputs if i.member)
    assert [warning.code for warning in one.warnings] == ["binary-journal"]


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a journalctl into the PATH that does what the shell text says."""
    path = folder / "bin" / "journalctl"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")


def test_a_failure_at_the_end_is_said_and_what_came_is_kept(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "printf 'MESSAGE=x\\n\\n'; echo 'Bad message' >&2; exit 3", monkeypatch)
    (one,) = oomscope.analyze(journal).inputs
    assert one.bytes == 11
    assert "Bad message" in one.warnings[0].message


def test_what_never_ends_is_stopped_at_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "yes MESSAGE=x", monkeypatch)
    stream = journalctl.Journalctl([], [], most=1 << 20)
    total = sum(len(data) for data in iter(lambda: stream.read(1 << 16), b""))
    stream.close()
    assert total < 2 << 20
    assert [warning.code for warning in stream.warnings] == ["archive-too-large"]


def test_what_never_speaks_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "exec sleep 600", monkeypatch)
    monkeypatch.setattr(journalctl, "_SILENT_SECONDS", 0.2)
    stream = journalctl.Journalctl([], [])
    assert stream.read(100) == b""
    stream.close()
    assert [warning.code for warning in stream.warnings] == ["journal-unreadable"]
