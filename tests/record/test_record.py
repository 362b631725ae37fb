"""The flight recorder over cgroups that are folders of a test, with a clock that is handed in."""

import csv
import gzip
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from oomscope.errors import InputError, UsageError
from oomscope.inputs.metric_files import read_metrics
from oomscope.record.counters import V1, V2, Files
from oomscope.record.forecast import forecasts
from oomscope.record.history import MOST_HELD, MOST_SAMPLES, History
from oomscope.record.recorder import Recorder, recorded
from oomscope.record.ring import Ring, files_of, texts
from oomscope.record.tree import MOST_CGROUPS
from oomscope.units import MIB

BOOT = "5d03bd6e"


class Node:
    """A tree of cgroups that says what a test wants, and the time that it is."""

    def __init__(self, root: Path, files: Files) -> None:
        self.root, self.files, self.at = root, files, 1000.0
        root.mkdir()

    def now(self) -> tuple[float, float]:
        return self.at, 1.7e9 + self.at

    def recorder(self, ring: Path, most: int = 4 * MIB) -> Recorder:
        return Recorder(str(ring), BOOT, most, (self.root, self.files), self.now)

    def set(self, path: str, usage: int, limit: int | None = None, **stat: int) -> None:
        folder = self.root / path.strip("/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.files.usage).write_text(f"{usage}\n")
        nothing = "max" if self.files is V2 else str((1 << 63) - 4096)
        (folder / self.files.limit).write_text(f"{nothing if limit is None else limit}\n")
        (folder / "memory.stat").write_text("".join(f"{key} {value}\n" for key, value in stat.items()))

    def remove(self, path: str) -> None:
        folder = self.root / path.strip("/")
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "cgroup", V2)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_sample_holds_the_counters_of_v2_and_the_lowest_limit_above(node: Node, tmp_path: Path) -> None:
    node.set("/pod", 30 * MIB, 64 * MIB, anon=20 * MIB)
    node.set("/pod/app", 28 * MIB, None, anon=20 * MIB, file=7 * MIB, shmem=MIB, file_mapped=2 * MIB, kernel=MIB)
    (node.root / "pod/app/memory.swap.current").write_text("4096\n")
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    (row,) = rows(recorder.metrics(["/pod/app"], epoch=False))
    assert row == {
        "t": "1000.000", "cgroup": "/pod/app", "usage": str(28 * MIB), "limit": str(64 * MIB), "anon": str(20 * MIB),
        "file": str(7 * MIB), "shmem": str(MIB), "mapped_file": str(2 * MIB), "swap": "4096", "kernel": str(MIB),
    }  # fmt: skip
    assert rows(recorder.metrics(["/pod/app"], epoch=True))[0]["t"] == "1700001000.000"


def test_a_sample_holds_the_counters_of_v1(tmp_path: Path) -> None:
    node = Node(tmp_path / "cgroup", V1)
    node.set("/a", 9 * MIB, 16 * MIB, total_rss=5, total_cache=4, total_shmem=3, total_mapped_file=2, total_swap=1)
    (node.root / "a/memory.kmem.usage_in_bytes").write_text("77\n")
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    (row,) = rows(recorder.metrics(["/a"], epoch=False))
    found = [row[name] for name in ("limit", "anon", "file", "shmem", "mapped_file", "swap", "kernel")]
    assert found == [str(16 * MIB), "5", "4", "3", "2", "1", "77"]


def test_samples_come_each_half_minute_and_each_second_where_memory_moves(node: Node, tmp_path: Path) -> None:
    node.set("/still", 10 * MIB, 100 * MIB)
    node.set("/moving", 10 * MIB, 100 * MIB)
    node.set("/full", 95 * MIB, 100 * MIB)
    node.set("/unlimited", 10 * MIB)
    recorder = node.recorder(tmp_path / "ring")
    for second in range(60):
        node.at = 1000.0 + second
        node.set("/moving", (10 + second) * MIB, 100 * MIB)
        node.set("/unlimited", (10 + second) * MIB)
        recorder.tick()
    count = {
        path: len(rows(recorder.metrics([path], epoch=False))) for path in ("/still", "/moving", "/full", "/unlimited")
    }
    assert count == {"/still": 2, "/moving": 30, "/full": 60, "/unlimited": 2}


def test_a_container_that_takes_the_place_of_another_is_found_at_once(node: Node, tmp_path: Path) -> None:
    node.set("/pod", 0)
    node.set("/pod/one", MIB, 10 * MIB)
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    node.remove("/pod/one")
    node.set("/pod/two", MIB, 10 * MIB)
    for _ in range(2):
        node.at += 1
        recorder.tick()
    assert len(rows(recorder.metrics(["/pod/one", "/pod/two"], epoch=False))) == 2, "what is gone is remembered"


def test_what_was_recorded_outlives_a_restart_and_a_member_that_was_cut_off(node: Node, tmp_path: Path) -> None:
    node.set("/a", MIB, 10 * MIB)
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    recorder.flush()
    node.at += 30
    recorder.tick()
    recorder.close()
    (file,) = (path for _, kind, path in files_of(str(tmp_path / "ring")) if kind == "samples")
    whole = file.read_bytes()
    file.write_bytes(whole + gzip.compress(b"lost")[:-4])
    again = node.recorder(tmp_path / "ring")
    assert [row["t"] for row in rows(again.metrics(["/a"], epoch=False))] == ["1000.000", "1030.000"]
    again.close()
    file.write_bytes(whole[:-5])
    assert [at[0] for _, at, _, _ in recorded(str(tmp_path / "ring"))] == [1000.0]


def test_another_boot_is_not_taken_up(node: Node, tmp_path: Path) -> None:
    node.set("/a", MIB, 10 * MIB)
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    recorder.close()
    later = Recorder(str(tmp_path / "ring"), "another", 4 * MIB, (node.root, V2), node.now)
    assert later.metrics(["/a"], epoch=False) == ""


def test_a_week_stays_within_the_ring(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """168 hours, a sample of each cgroup each half minute; numbers that a compressor cannot guess."""
    monkeypatch.setattr("oomscope.record.ring.os.fsync", lambda handle: None)  # 20,000 of them take minutes
    ring, most = tmp_path / "ring", MIB
    for n in range(4):
        node.set(f"/pod{n}", MIB, 100 * MIB)
    usages = [os.open(node.root / f"pod{n}/memory.current", os.O_WRONLY) for n in range(4)]
    recorder = node.recorder(ring, most)
    largest = 0
    for step in range(168 * 120):
        node.at = 1000.0 + 30.0 * step
        for n in range(4):
            os.pwrite(usages[n], f"{(step * 7919 + n * 104729) % 1000003 * 97:012}\n".encode(), 0)
        recorder.tick()
        if step % 500 == 0:
            largest = max(largest, sum(path.stat().st_size for _, _, path in files_of(str(ring))))
    recorder.close()
    for handle in usages:
        os.close(handle)
    assert 0.5 * most < largest <= most
    times = [at[0] for _, at, _, _ in recorded(str(ring))]
    assert times[-1] == node.at, "the newest is there"
    assert times[0] > 1000.0, "the oldest went"


def test_the_memory_of_a_recorder_is_bounded() -> None:
    history = History()
    for step in range(5000):
        history.add("/a", (float(step), 0.0), (step,) * 8)
    kept = [at[0] for at, _ in history.rows("/a")]
    assert len(kept) <= MOST_SAMPLES
    assert kept[0] == 0.0, "the start tells most"
    assert kept[-100:] == [float(n) for n in range(4900, 5000)], "the newest are all there"
    assert kept == sorted(kept)
    for n in range(MOST_HELD + 100):
        history.add(f"/pod{n}", (6000.0, 0.0), (1,) * 8)
    assert len(list(history.cgroups())) == MOST_HELD > MOST_CGROUPS


def test_more_cgroups_than_are_sampled_are_said_once(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oomscope.record.tree.MOST_CGROUPS", 3)
    for n in range(5):
        node.set(f"/pod{n}", MIB)
    recorder = node.recorder(tmp_path / "ring")
    said = [recorder.tick()]
    node.at += 2
    said.append(recorder.tick())
    assert "the others are not sampled" in (said[0] or "")
    assert said[1] is None


def test_two_recorders_do_not_write_to_one_ring(node: Node, tmp_path: Path) -> None:
    first = node.recorder(tmp_path / "ring")
    with pytest.raises(InputError, match="another recorder"):
        node.recorder(tmp_path / "ring")
    first.close()
    node.recorder(tmp_path / "ring").close()


def test_places_that_are_no_ring_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        Ring(str(tmp_path / "file"), 4 * MIB)
    with pytest.raises(UsageError, match="too small"):
        Ring(str(tmp_path / "ring"), 1000)
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted/lock").symlink_to(tmp_path / "file")
    with pytest.raises(InputError):
        Ring(str(tmp_path / "planted"), 4 * MIB)
    with pytest.raises(InputError, match="nowhere"):
        files_of(str(tmp_path / "nowhere"))


def test_a_disk_that_takes_nothing_is_said_once_and_ends_nothing(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.set("/a", MIB, 10 * MIB)
    recorder = node.recorder(tmp_path / "ring")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("oomscope.record.ring.os.write", full)
        said = []
        for _ in range(3):
            node.at += 31
            said.append(recorder.tick())
    assert [one is not None for one in said] == [True, False, False]
    assert "No space left" in (said[0] or "")
    node.at += 31
    assert recorder.tick() is None
    assert len(list(recorded(str(tmp_path / "ring")))) == 1
    assert len(rows(recorder.metrics(["/a"], epoch=False))) == 4, "memory has them all"


def test_who_holds_a_cgroup_near_its_limit_is_recorded(node: Node, tmp_path: Path) -> None:
    node.set("/a", 95 * MIB, 100 * MIB)
    (node.root / "a/cgroup.procs").write_text(f"{os.getpid()}\n999999999\n")
    recorder = node.recorder(tmp_path / "ring")
    recorder.tick()
    seen = recorder.seen("/a")
    assert seen is not None
    assert [one.pid for one in seen.holders.processes] == [os.getpid()]
    assert seen.holders.processes[0].anon > MIB
    recorder.close()
    (line,) = [json.loads(line) for text in texts(str(tmp_path / "ring"), "holders") for line in text.splitlines()]
    assert (line["cgroup"], line["processes"][0]["pid"]) == ("/a", os.getpid())


def test_what_lies_on_a_tmpfs_is_left_out_where_none_of_it_is_charged_here(node: Node, tmp_path: Path) -> None:
    place = Path("/dev/shm", f"oomscope-{os.getpid()}")
    try:
        place.write_bytes(bytes(2 * MIB))
    except OSError as error:
        pytest.skip(f"no tmpfs to write to: {error.strerror}")
    try:
        for path, shmem in (("/none", 0), ("/some", 2 * MIB)):
            node.set(path, 95 * MIB, 100 * MIB, anon=90 * MIB, shmem=shmem)
            (node.root / path.strip("/") / "cgroup.procs").write_text(f"{os.getpid()}\n")
        recorder = node.recorder(tmp_path / "ring")
        recorder.tick()
        found = {path: [one.mount for one in recorder.seen(path).holders.tmpfs] for path in ("/none", "/some")}
    finally:
        place.unlink()
    assert found["/none"] == []
    assert "/dev/shm" in found["/some"]


def growing(node: Node, ring: Path, path: str, samples: int) -> None:
    recorder = node.recorder(ring)
    for step in range(samples):
        node.at = 1000.0 + 60.0 * step
        node.set(path, (20 + step) * MIB, 100 * MIB, anon=(20 + step) * MIB, file=0, shmem=0)
        node.set("/level", 50 * MIB, 100 * MIB, anon=50 * MIB, file=0, shmem=0)
        recorder.tick()
    recorder.close()


def test_a_forecast_names_what_grows_and_when_it_meets_its_limit(node: Node, tmp_path: Path) -> None:
    growing(node, tmp_path / "ring", "/leak", 30)
    (one,) = forecasts(str(tmp_path / "ring"))
    assert (one.cgroup, one.usage_bytes, one.limit_bytes) == ("/leak", 49 * MIB, 100 * MIB)
    assert one.hourly_bytes == pytest.approx(60 * MIB, rel=0.01)
    assert one.seconds == pytest.approx(51 * 60, rel=0.02)
    assert one.low_seconds <= one.seconds <= (one.high_seconds or 0)


def test_a_forecast_leaves_out_what_has_just_been_killed(node: Node, tmp_path: Path) -> None:
    growing(node, tmp_path / "ring", "/leak", 80)
    recorder = node.recorder(tmp_path / "ring")
    node.at += 30
    node.set("/leak", MIB, 100 * MIB, anon=MIB, file=0, shmem=0)
    recorder.tick()
    recorder.close()
    assert forecasts(str(tmp_path / "ring")) == []


@pytest.fixture
def exported(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    from oomscope.cli.record import export

    growing(node, tmp_path / "ring", '/a "b", c.service', 15)
    export(str(tmp_path / "ring"), str(tmp_path / "out.csv"), holders=False)
    yield str(tmp_path / "out.csv")


def test_an_export_is_what_metrics_reads(exported: str) -> None:
    found = {one.who.cgroup: one for one in read_metrics(exported)}
    series = found['/a "b", c.service']
    assert series.columns["usage"].tolist() == [(20 + n) * MIB for n in range(15)]
    assert series.times[0] == 1000.0


def test_an_export_to_parquet_holds_the_same_samples(node: Node, tmp_path: Path) -> None:
    from pyarrow import parquet

    from oomscope.cli.record import export

    growing(node, tmp_path / "ring", "/leak", 15)
    export(str(tmp_path / "ring"), str(tmp_path / "out.parquet"), holders=False)
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    leak = [row for row in table if row["cgroup"] == "/leak"]
    assert [row["usage"] for row in leak] == [(20 + n) * MIB for n in range(15)]
    assert leak[0]["t"] == 1000.0
    assert leak[0]["swap"] is None
    with pytest.raises(UsageError, match="jsonl"):
        export(str(tmp_path / "ring"), str(tmp_path / "out.parquet"), holders=True)
