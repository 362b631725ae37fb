"""`--strict` and the exit status: an input that was not read as a whole is not an input without kills."""

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

KILL = "Out of memory: Killed process 4711 (java) total-vm:100kB, anon-rss:50kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"


def quiet(folder: Path) -> Path:
    log = folder / "quiet.log"
    log.write_text("".join(f"[{n:5}.000000] usb 1-1: device {n}\n" for n in range(100)))
    return log


def cut_gzip(folder: Path, data: bytes) -> Path:
    path = folder / "cut.log.gz"
    packed = gzip.compress(data)
    path.write_bytes(packed[: len(packed) * 2 // 3])
    return path


def damaged_tar(folder: Path, data: bytes) -> Path:
    """An archive whose second member says that it is longer than the archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("var/log/kern.log", "var/log/messages"):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path = folder / "bundle.tar"
    path.write_bytes(out.getvalue()[: 2 * 512 + 2 * len(data)])
    return path


def test_an_input_that_was_read_as_a_whole_is_complete(oomscope, leak, tmp_path) -> None:
    for log in (leak, quiet(tmp_path)):
        assert oomscope("analyze", log, "--strict").returncode == 0
        assert oomscope("analyze", log, "--strict", "--brief").returncode == 0


@pytest.mark.parametrize("brief", [(), ("--brief",)], ids=["full", "brief"])
def test_a_part_that_was_not_read_is_status_3_and_the_rest_is_reported(oomscope, leak, tmp_path, brief) -> None:
    for make in (cut_gzip, damaged_tar):
        path = make(tmp_path, leak.read_bytes())
        plain, strict = oomscope("analyze", path, *brief), oomscope("analyze", path, "--strict", *brief)
        assert (plain.returncode, strict.returncode) == (0, 3)
        assert "dotnet" in plain.stdout
        assert plain.stdout == strict.stdout
        assert "ends early" in plain.stderr
        assert "--strict" in strict.stderr


def test_text_that_only_looks_like_a_report_is_status_3(oomscope, tmp_path) -> None:
    log = tmp_path / "app.log"
    log.write_text("".join(f"Nov 22 00:31:{n:02} host app[7]: {KILL}\n" for n in range(9)))
    assert oomscope("analyze", log).returncode == 0
    done = oomscope("analyze", log, "--strict")
    assert done.returncode == 3
    assert done.stdout.startswith("No OOM kill")


def test_quiet_keeps_the_status_of_strict(oomscope, leak, tmp_path) -> None:
    path = cut_gzip(tmp_path, leak.read_bytes())
    done = oomscope("analyze", path, "--strict", "-q", "-o", "x.json")
    assert (done.returncode, done.stdout) == (3, "")
    assert json.loads((tmp_path / "x.json").read_text())["inputs"][0]["warnings"]


def test_where_nothing_could_be_read_the_status_is_1(oomscope, tmp_path) -> None:
    journal = tmp_path / "system.journal"
    journal.write_bytes(b"LPKSHHRH" + bytes(range(256)) * 20)
    done = oomscope("analyze", journal)
    assert done.returncode == 1
    assert "journalctl --file" in done.stderr
    assert not done.stdout.startswith("No OOM kill")
    assert oomscope("analyze", journal, quiet(tmp_path)).returncode == 0
    assert oomscope("analyze", journal, quiet(tmp_path), "--strict").returncode == 3


def empty_stream(folder: Path) -> Path:
    path = folder / "broken.log.xz"
    path.write_bytes(b"\xfd7zXZ\x00" + b"\0" * 40)
    return path


@pytest.mark.parametrize("brief", [(), ("--brief",)], ids=["full", "brief"])
def test_one_broken_input_does_not_end_a_run_over_several(oomscope, leak, tmp_path, brief) -> None:
    broken = empty_stream(tmp_path)
    alone = oomscope("analyze", broken, *brief)
    assert alone.returncode == 1
    for order in ((broken, leak), (leak, broken)):
        done = oomscope("analyze", *order, *brief)
        assert done.returncode == 0
        assert "broken.log.xz: not one byte" in done.stderr
        assert "dotnet" in done.stdout
        assert oomscope("analyze", *order, *brief, "--strict").returncode == 3
    assert oomscope("analyze", broken, broken, *brief).returncode == 1


def test_a_broken_input_stands_in_the_document_and_on_the_page(oomscope, leak, tmp_path) -> None:
    oomscope("analyze", leak, empty_stream(tmp_path), "missing.log", "-q", "-o", "x.json", "-o", "x.html")
    inputs = json.loads((tmp_path / "x.json").read_text())["inputs"]
    assert [[w["code"] for w in one["warnings"]] for one in inputs[1:]] == [["input-unreadable"]] * 2
    page = (tmp_path / "x.html").read_text()
    assert "not one byte of this xz data" in page
    assert "no such file" in page


def test_an_encrypted_zip_is_named_and_nothing_was_read(oomscope, tmp_path) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("kern.log", KILL + "\n")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    done = oomscope("analyze", path)
    assert done.returncode == 1
    assert "kern.log: is encrypted; unpack it with its password" in done.stderr


@pytest.mark.parametrize("option", [("--strict",), ("--fail-on", "incomplete")])
def test_a_report_without_its_kill_line_is_no_clean_result(tmp_path: Path, option: tuple[str, ...]) -> None:
    whole = (Path(__file__).parents[2] / "sample_logs/6.12-v2-leak-restarts.log").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.log").write_bytes(b"".join(whole[:104]))
    command = [sys.executable, "-m", "oomscope", "analyze", "cut.log", "-q", "-o", "out.json", *option]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "1 OOM report without the line that says who was killed" in done.stderr
