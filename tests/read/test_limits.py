"""The limits of a run: time, memory, incidents. What was read before is reported, and the cut is said."""

import io
import json
import time
from pathlib import Path

import jsonschema
import pytest

from oomscope.api import Options, analyze
from oomscope.errors import InputError
from oomscope.read import ReadOptions
from oomscope.read.budget import Budget, resident_bytes
from oomscope.read.own_memory import default_limit
from oomscope.report.document.schema import schema

ROWS = "".join(f"[{n:12.6f}] usb 1-1: device number {n}\n" for n in range(100_000))


def kill(n: int, comm: str = "java", group: str = "/a") -> str:
    return (
        f"[{n:12.6f}] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={group},"
        f"task_memcg={group},task={comm},pid={n},uid=0\n"
        f"[{n:12.6f}] Memory cgroup out of memory: Killed process {n} ({comm}) total-vm:100kB, anon-rss:50kB, "
        f"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n"
    )


class Slow(io.BytesIO):
    """A stream that sleeps before its second piece."""

    asked = 0

    def readinto(self, view) -> int:
        self.asked += 1
        if self.asked == 2:
            time.sleep(1.1)
        return super().readinto(view)

    def read(self, n: int = -1) -> bytes:
        self.asked += 1
        if self.asked == 2:
            time.sleep(1.1)
        return super().read(n)


def test_what_was_read_before_the_time_was_over_is_reported() -> None:
    data = (kill(1) + ROWS + kill(200_000)).encode()
    analysis = analyze(Slow(data), Options(read=ReadOptions(max_seconds=1.0)))
    assert [v.pid for i in analysis.incidents for v in i.event.victims] == [1]
    (warning,) = analysis.inputs[0].not_read
    assert (warning.code, warning.line is not None) == ("time-limit", True)
    assert "--max-seconds 1 " in warning.message
    assert "time-limit" in json.dumps(analysis.document())
    assert "what came before is reported" in analysis.html()


@pytest.mark.parametrize("limits", [{"max_seconds": 1e-9}, {"max_memory": 1}])
def test_a_limit_that_is_met_at_once_is_said_of_every_input(tmp_path: Path, limits: dict[str, float]) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text(kill(1) + ROWS)
    analysis = analyze(paths, Options(read=ReadOptions(**limits)))
    assert [len(one.not_read) for one in analysis.inputs] == [1, 1, 1]
    code = "time-limit" if "max_seconds" in limits else "memory-limit"
    assert {w.code for one in analysis.inputs for w in one.not_read} == {code}


def test_the_time_of_an_input_grows_with_it() -> None:
    budget = Budget()
    assert not budget.over()
    assert Budget(until=time.monotonic() - 1).over()
    assert not Budget(until=time.monotonic() + 60).over()


def test_memory_is_that_of_this_process() -> None:
    assert Budget(memory=resident_bytes() // 2).over()
    assert not Budget(memory=resident_bytes() * 2).over()
    limit = default_limit()
    assert limit is None or limit > 1 << 20


def test_a_pipe_that_never_ends_is_left_when_the_time_is_over(oomscope_pipe) -> None:
    done, seconds = oomscope_pipe("--max-seconds", "1", "-f", "json")
    assert done.returncode == 0
    (one,) = json.loads(done.stdout)["inputs"]
    assert [w["code"] for w in one["warnings"]] == ["time-limit"]
    assert seconds < 20


def test_incidents_beyond_the_cap_are_counted_by_workload(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(kill(100 + n, group=f"/g{n % 3}") for n in range(20)))
    whole = analyze(path)
    assert len(whole.incidents) == 20
    assert whole.document()["more_incidents"] == []
    analysis = analyze(path, Options(max_incidents=5))
    assert len(analysis.incidents) == 5
    doc = analysis.document()
    jsonschema.Draft202012Validator(schema()).validate(doc)
    assert sum(row["kills"] for row in doc["more_incidents"]) == 15
    assert len(doc["more_incidents"]) == 3
    (warning,) = [w for w in analysis.inputs[0].not_read if w.code == "incidents-left-out"]
    assert warning.message.startswith("15 more incidents are counted but not described (5 of ")
    assert "20 OOM kills" in analysis.html().replace("\u2009", "")
    assert "".join(analysis.written_json()) and len(list(analysis.written_lines())) == 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_cap_is_that_of_the_whole_run(tmp_path: Path, jobs: int) -> None:
    paths = [tmp_path / f"{n}.log" for n in range(3)]
    for n, path in enumerate(paths):
        path.write_text(kill(1000 * n + 7) + ROWS + "".join(kill(200_000 + 1000 * n + m) for m in range(3)))
    analysis = analyze(paths, Options(max_incidents=6, jobs=jobs))
    assert [i.input for i in analysis.incidents] == [0, 0, 0, 0, 1, 1]
    assert [row["input"] for row in analysis.more_incidents] == [1, 2]
    assert sum(row["incidents"] for row in analysis.more_incidents) == 6


def test_very_many_workloads_beyond_the_cap_take_a_bounded_list(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(kill(100 + n, group=f"/g{n}") for n in range(1_500)))
    rows = analyze(path, Options(max_incidents=1)).more_incidents
    assert len(rows) == 1_001
    assert sum(row["incidents"] for row in rows) == 1_499
    assert [row["incidents"] for row in rows if row["workload"] is None] == [499]


def test_nothing_read_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing could be read: .*a\.log: no such file.*b\.log: no such file"):
        analyze([tmp_path / "a.log", tmp_path / "b.log"])
