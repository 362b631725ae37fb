"""A directory is read as the members of an archive are."""

import bz2
import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

import oomscope
from oomscope.errors import InputError
from oomscope.read.directory import age_of


def members(analysis: oomscope.Analysis) -> list[str | None]:
    return [one.member for one in analysis.inputs]


@pytest.fixture
def log(samples: Path) -> bytes:
    return (samples / "6.12-v2-hugetlb.log").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


def test_rotated_files_come_oldest_first() -> None:
    ordered = [
        "messages-20250101", "messages-20250108.gz", "messages.10.gz", "messages.2.gz", "messages.1", "messages", "syslog.1",
        "syslog",
    ]  # fmt: skip
    shuffled = ordered[::-1]
    assert sorted(shuffled, key=age_of) == ordered


def test_logs_at_any_depth_packed_or_not_are_read(place: Path, samples: Path, log: bytes) -> None:
    deep = place / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "kern.log.gz").write_bytes(gzip.compress(log))
    (place / "odd name").write_bytes(bz2.compress((samples / "6.1-v2-oom-group.log").read_bytes()))
    with tarfile.open(place / "node.tar.xz", "w:xz") as archive:
        archive.add(samples / "6.12-v2-node-tmpfs.log", "var/log/messages")
    analysis = oomscope.analyze(place)
    assert members(analysis) == ["a/b/c/kern.log.gz", "node.tar.xz/var/log/messages", "odd name"]
    alone = ("6.12-v2-hugetlb", "6.12-v2-node-tmpfs", "6.1-v2-oom-group")
    assert len(analysis.incidents) == sum(len(oomscope.analyze(samples / f"{name}.log").incidents) for name in alone)


def test_a_directory_gives_the_incidents_that_its_archive_gives(place: Path, log: bytes) -> None:
    (place / "dmesg").write_bytes(log)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(place / "dmesg", "dmesg")
    packed.seek(0)
    of_folder, of_archive = oomscope.analyze(place), oomscope.analyze(packed)
    assert [i.event.lines for i in of_folder.incidents] == [i.event.lines for i in of_archive.incidents]
    assert members(of_folder) == members(of_archive)


def test_the_same_event_in_two_members_is_one_incident(place: Path, log: bytes) -> None:
    (place / "dmesg").write_bytes(log)
    (place / "kern.log").write_bytes(log)
    analysis = oomscope.analyze(place)
    assert len(analysis.inputs) == 2
    assert len(analysis.incidents) == len(oomscope.analyze(io.BytesIO(log)).incidents) == 1


def test_nothing_but_files_is_opened(tmp_path: Path, place: Path, log: bytes) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "messages").write_bytes(log)
    (place / "messages").symlink_to(outside / "messages")
    (place / "log").symlink_to(outside)
    (place / "up").symlink_to(place)
    os.mkfifo(place / "kern.log")
    (place / "note").write_text("nothing\n")
    analysis = oomscope.analyze(place)
    assert not analysis.incidents
    assert [w.code for w in analysis.inputs[0].warnings] == ["no-kernel-log"]
    assert analysis.inputs[0].format == "directory"


def test_a_link_to_a_directory_that_the_user_names_is_followed(tmp_path: Path, place: Path, log: bytes) -> None:
    (place / "dmesg").write_bytes(log)
    (tmp_path / "link").symlink_to(place)
    assert len(oomscope.analyze(tmp_path / "link").incidents) == 1


def test_a_report_of_ours_is_no_log(oomscope_run, place: Path, log: bytes) -> None:
    (place / "dmesg").write_bytes(log)
    for _ in range(2):
        oomscope_run("analyze", ".", cwd=place)
    assert (place / "oomscope-report.html").exists()
    assert members(oomscope.analyze(place)) == ["dmesg"]


@pytest.fixture
def oomscope_run():
    def run(*args: str, cwd: Path) -> str:
        import sys

        command = [sys.executable, "-m", "oomscope", *args]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout

    return run


def test_a_text_that_only_holds_the_words_is_not_told_of(place: Path, log: bytes) -> None:
    (place / "dmesg").write_bytes(log)
    (place / "kallsyms").write_text("0000000000000000 t oom_kill_process\n0000000000000000 T out_of_memory\n" * 50)
    assert members(oomscope.analyze(place)) == ["dmesg"]


def test_a_must_gather_says_what_to_collect(place: Path) -> None:
    pods = place / "must-gather.local.1" / "namespaces" / "a" / "core"
    pods.mkdir(parents=True)
    (pods / "pods.yaml").write_text("kind: PodList\n")
    (warning,) = oomscope.analyze(place).inputs[0].warnings
    assert warning.code == "no-kernel-log"
    assert "oc debug node/NODE" in warning.message


def test_a_log_that_begins_with_a_hole_is_read(place: Path, log: bytes) -> None:
    with (place / "messages").open("wb") as file:
        file.seek(1 << 40)  # what copytruncate leaves where the writer goes on
        file.write(log)
    assert len(oomscope.analyze(place).incidents) == 1


def test_an_empty_directory_is_a_mistake(place: Path) -> None:
    with pytest.raises(InputError, match="holds no regular file"):
        oomscope.analyze(place)


@pytest.mark.parametrize("packed", [False, True])
def test_the_parts_of_a_dump_are_joined(place: Path, log: bytes, packed: bool) -> None:
    folder = place / "sys" / "fs" / "pstore"
    folder.mkdir(parents=True)
    lines = log.splitlines(keepends=True)
    size = len(lines) // 3 + 1
    pieces = [lines[at : at + size] for at in range(0, len(lines), size)]
    for part, piece in enumerate(reversed(pieces), 1):
        name = f"dmesg-efi_pstore-{(1795000000 * 100 + part) * 1000 + 1}"
        (folder / name).write_bytes(b"Panic#1 Part%d\n" % part + b"".join(piece))
    source: Path = place
    if packed:
        source = place.parent / "x.tar"
        with tarfile.open(source, "w") as archive:
            archive.add(place, "x")
    analysis = oomscope.analyze(source)
    (one,) = analysis.inputs
    assert one.format == "pstore"
    assert (one.member or "").endswith("sys/fs/pstore")
    (incident,) = analysis.incidents
    assert incident.event.victims
    assert incident.event.tasks


def test_dumps_of_two_crashes_are_not_mixed(place: Path, samples: Path, log: bytes) -> None:
    other = (samples / "6.1-v2-oom-group.log").read_bytes()
    for seconds, data in ((1795000000, log), (1795900000, other)):
        (place / f"dmesg-efi_pstore-{(seconds * 100 + 1) * 1000 + 1}").write_bytes(b"Panic#1 Part1\n" + data)
    analysis = oomscope.analyze(place)
    assert len(analysis.inputs) == 2
    assert len(analysis.incidents) == 2


@pytest.mark.skipif(shutil.which("sos") is None, reason="Debian's sosreport is not installed (apt install sosreport)")
@pytest.mark.skipif(os.geteuid() != 0, reason="sos needs root")
def test_a_real_sosreport_is_read_packed_and_unpacked(tmp_path: Path) -> None:
    command = ["sos", "report", "--batch", "--only-plugins", "kernel,memory", "--tmp-dir", str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    (packed,) = tmp_path.glob("sosreport-*.tar.xz")
    found = oomscope.analyze(packed)
    dmesg = [one for one in found.inputs if re.search(r"sos_commands/kernel/dmesg", one.member or "")]
    with tarfile.open(packed) as archive:
        has_dmesg = [m for m in archive.getmembers() if m.name.endswith("sos_commands/kernel/dmesg") and m.size]
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "-C", str(tmp_path / "unpacked"), "-xf", str(packed)], check=True)
    unpacked = oomscope.analyze(tmp_path / "unpacked")
    assert len(unpacked.incidents) == len(found.incidents)
    if has_dmesg and found.incidents:
        assert dmesg


@pytest.mark.parametrize("packed", [False, True])
def test_a_crash_folder_is_read_by_its_vmcore_dmesg(place: Path, log: bytes, packed: bool) -> None:
    crash = place / "crash" / "127.0.0.1-2026-01-05-10:00:00"
    crash.mkdir(parents=True)
    (crash / "vmcore").write_bytes(b"KDUMP   \6\0\0\0Linux\0\0\0" + bytes(1 << 20))
    (crash / "vmcore-dmesg.txt").write_bytes(log)
    (crash / "kexec-dmesg.log").write_bytes(
        b"[    0.000000] Linux version 6.12.0\n[    0.100000] kdump: saving vmcore\n"
    )
    source: Path = place
    if packed:
        source = place.parent / "x.tgz"
        with tarfile.open(source, "w:gz") as archive:
            archive.add(place, "x")
    analysis = oomscope.analyze(source)
    (incident,) = analysis.incidents
    assert (analysis.inputs[incident.input].member or "").endswith("/vmcore-dmesg.txt")
    assert incident.event.victims
