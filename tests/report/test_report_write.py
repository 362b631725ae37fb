"""A report appears whole or not at all."""

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import killed_while_writing
import pytest

from oomscope.errors import InputError
from oomscope.report.write import write


def test_the_report_replaces_the_old_one_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    target.write_text("old")
    target.chmod(0o640)
    write(target, "new é")
    assert target.read_text("utf-8") == "new é"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


def test_a_new_report_has_the_mode_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "r.html", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.html").stat().st_mode) == 0o640


def test_a_symlink_stays_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    write(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink() and (tmp_path / "real.html").read_text() == "new"


def test_a_full_device_is_a_sentence() -> None:
    with pytest.raises(InputError, match=r"/dev/full: cannot write the report: No space left.*free some space"):
        write("/dev/full", "x")


def test_a_missing_folder_a_folder_and_an_odd_name_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="create the folder first"):
        write(tmp_path / "no" / "r.html", "x")
    with pytest.raises(InputError, match="name a file in that folder"):
        write(tmp_path, "x")
    with pytest.raises(InputError, match=r"a\\x1b\[31m"):
        write(tmp_path / "a\x1b[31m" / "r.html", "x")


def test_a_file_size_limit_leaves_the_old_report(tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    target.write_text("old")
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from oomscope.report.write import write\n"
        "try: write(sys.argv[1], 'x' * 100_000)\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    # Where coverage is measured, its file would be cut at the same size.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", script, str(target)]
    done = subprocess.run(command, env=unmeasured, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("InputError") and "nothing was changed" in done.stdout
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.parametrize("part", range(4))
def test_killed_at_any_moment_the_target_is_whole(tmp_path: Path, part: int) -> None:
    assert killed_while_writing.run(15, part, tmp_path) == []
    left = killed_while_writing.leftovers(tmp_path)
    write(tmp_path / "other.html", "x")
    assert [path for path in left if path.exists()] == [], "the next report removes what killed ones left"


def test_leftovers_of_killed_runs_go_after_an_hour(tmp_path: Path) -> None:
    names = (".oomscope-abcdef_1.tmp", ".oomscope-abcdef_2.tmp", ".oomscope-my-notes.tmp", ".other.tmp")
    old, young, named, other = (tmp_path / name for name in names)
    for path in (old, young, named, other):
        path.write_text("x")
    for path in (old, named, other):
        os.utime(path, (1, 1))
    write(tmp_path / "r.html", "x")
    assert not old.exists() and young.exists() and named.exists() and other.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link to another user")
def test_a_link_planted_in_a_shared_folder_is_not_followed(tmp_path: Path) -> None:
    shared, mine = tmp_path / "shared", tmp_path / "mine.html"
    shared.mkdir()
    shared.chmod(0o1777)
    mine.write_text("old")
    link = shared / "r.html"
    link.symlink_to(mine)
    os.lchown(link, 12345, 12345)
    with pytest.raises(InputError, match="link of another user"):
        write(link, "new")
    assert mine.read_text() == "old"
    os.lchown(link, 0, 0)
    write(link, "new")
    assert mine.read_text() == "new"


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, "x" * 200_000)
    reader.join(60)
    assert len(got[0]) == 200_000 and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_dash_is_standard_output_and_a_closed_one_is_a_sentence() -> None:
    script = "from oomscope.report.write import write\ntry: write('-', 'x' * 200_000)\nexcept Exception as e: import sys; sys.stderr.write(str(e))"
    whole = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert len(whole.stdout) == 200_000 and whole.stderr == b""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    said = child.stderr.read().decode()
    child.stderr.close()
    child.wait()
    assert "standard output: cannot write the report" in said and "the reader went away" in said


LEAK = Path(__file__).parents[2] / "sample_logs" / "6.12-v2-leak-restarts.log"


def analyze(*args: object, **more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "oomscope", "analyze", str(LEAK), "-q", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)  # type: ignore[call-overload]
    assert "Traceback" not in done.stderr and "a bug in" not in done.stderr
    return done  # type: ignore[no-any-return]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 64 KiB: the page does not fit."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no filesystem may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("ending", ["html", "json", "tasks.csv", "parquet", "otel.jsonl"])
def test_a_full_disk_leaves_the_old_report_and_no_temporary_file(small: Path, ending: str) -> None:
    target = small / f"r.{ending}"
    target.write_text("old")
    (small / "filler").write_bytes(b"x" * (56 << 10))
    done = analyze("-o", target)
    written = target.read_text("utf-8", "replace")
    if done.returncode == 0:  # a small format fits
        assert written != "old" and ending in ("tasks.csv", "parquet")
    else:
        assert done.returncode == 1 and written == "old"
        assert "No space left on device" in done.stderr and "nothing was changed" in done.stderr
        assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in small.iterdir()) == sorted(["filler", target.name])


def test_a_read_only_filesystem_is_one_line(small: Path) -> None:
    (small / "r.html").write_text("old")
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    done = analyze("-o", small / "r.html")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "read-only" in done.stderr.lower() and (small / "r.html").read_text() == "old"


@pytest.mark.parametrize("name", ["html", "json", "jsonl", "csv", "parquet", "ecs", "brief-json", "text", "sarif"])
def test_a_reader_that_goes_away_and_a_full_device_are_no_traceback(name: str) -> None:
    command = [sys.executable, "-m", "oomscope", "analyze", str(LEAK), "-q", "-f", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.close()
        said = child.stderr.read().decode()
    assert child.returncode in (0, 1, 141) and "Traceback" not in said and "a bug in" not in said
    done = analyze("-o", "/dev/full", "-f", name)
    assert done.returncode == 1 and "No space left" in done.stderr
    assert analyze("-o", "/dev/null", "-f", name).returncode == 0


@pytest.mark.parametrize("ending", ["html", "parquet", "tasks.csv"])
def test_a_directory_as_a_target_is_one_line(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"r.{ending}").mkdir()
    done = analyze("-o", tmp_path / f"r.{ending}")
    assert done.returncode == 1 and "name a file in that folder" in done.stderr and done.stderr.count("\n") == 1
