"""`oomscope diff`: what is new, gone, changed, between logs and documents alike."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

import oomscope
from oomscope.report.outputs.compare import compare, render_markdown, render_text

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LEAK, TWO = SAMPLES / "6.12-v2-leak-restarts.log", SAMPLES / "6.1-v1-two-workloads.log"


def oomscope_diff(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "oomscope", "diff", *words], capture_output=True, text=True, check=False
    )


def test_two_logs_tell_new_and_gone_workloads() -> None:
    done = oomscope_diff(str(TWO), str(LEAK))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Workloads with OOM kills: 1 new, 2 gone, 0 changed, 0 the same"


def test_a_document_and_its_log_are_the_same(tmp_path: Path) -> None:
    saved = tmp_path / "before.json"
    saved.write_text(json.dumps(oomscope.analyze(LEAK).document()))
    done = oomscope_diff(str(saved), str(LEAK), "--format", "json")
    (one,) = json.loads(done.stdout)
    assert (one["change"], one["kills_before"], one["kills_after"], one["says"]) == ("same", 4, 4, [])


def test_a_workload_of_a_new_release_is_the_same_and_its_changes_are_told() -> None:
    before = oomscope.analyze(LEAK).document()
    after = json.loads(json.dumps(before))
    for doc, suffix in ((before, "7d9f8abcd-x2x4z"), (after, "5c6b7a890-q9q8w")):
        for incident in doc["incidents"]:
            incident["workload"].update(namespace="shop", pod=f"cart-{suffix}", container="app", pod_uid=suffix)
        doc["workloads"][0]["key"] = suffix
    for incident in after["incidents"]:
        incident["memcg"]["limit_bytes"] *= 2
    after["workloads"][0].update(incidents=after["workloads"][0]["incidents"][:2], kills=2)
    after["incidents"] = after["incidents"][:2]
    (one,) = compare(before, after)
    assert one.kind == "changed"
    assert one.says[0] == "4 kills before, 2 now"
    assert "limit: 150.0 MiB before, 300.0 MiB now" in one.says
    assert "cart" in render_text([one]) and "**killed in both, but otherwise**" in render_markdown([one])


@pytest.mark.parametrize("ending", ["html", "md", "json", "txt"])
def test_the_ending_picks_the_format(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"out.{ending}"
    done = oomscope_diff(str(TWO), str(LEAK), "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert "1 new" in target.read_text() or json.loads(target.read_text())


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("nowhere", str(LEAK)), 1),
        ((str(LEAK), str(LEAK), "--format", "pdf"), 2),
        ((str(LEAK), str(LEAK), "-o", "x.pdf"), 2),
    ],
)
def test_mistakes_are_one_line(words: tuple[str, ...], status: int) -> None:
    done = oomscope_diff(*words)
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    copy = tmp_path / "a.txt"
    copy.write_bytes(LEAK.read_bytes())
    done = oomscope_diff(str(copy), str(LEAK), "-o", str(copy))
    assert done.returncode == 2
    assert copy.read_bytes() == LEAK.read_bytes()


@pytest.mark.parametrize(
    "broken",
    [
        '{"schema_version": "1.1", "incidents": [{"id": 1, "victims": 7, "verdict": 3}], "workloads": [{"incidents": 7}]}',
        '{"schema_version": "1.1", "incidents": [1, 2], "workloads": [3]}',
    ],
)
def test_a_document_that_is_none_is_one_line(tmp_path: Path, broken: str) -> None:
    side = tmp_path / "broken.json"
    side.write_text(broken)
    done = oomscope_diff(str(side), str(LEAK))
    assert done.returncode == 1
    assert "is no document of oomscope" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_workload_whose_later_report_is_cut_is_not_called_gone(tmp_path: Path) -> None:
    cut = tmp_path / "cut.log"
    cut.write_text(LEAK.read_text().partition("oom-kill:")[0].rpartition("\n")[0] + "\n")
    done = oomscope_diff(str(LEAK), str(cut))
    assert done.returncode == 0, done.stderr
    assert "0 gone, 1 unclear" in done.stdout
    assert "without the line that says who was killed" in done.stdout


def cut_before_the_kill_line() -> str:
    """A report that names its workload, and ends before it says who was killed."""
    return LEAK.read_text().partition("oom-kill:")[0].rpartition("\n")[0] + "\n"


def test_a_report_that_is_cut_leaves_only_its_own_workload_unclear(tmp_path: Path) -> None:
    later = tmp_path / "cut.log"
    later.write_text(cut_before_the_kill_line())
    before = oomscope.analyze([LEAK, TWO]).document()
    after = oomscope.analyze(later).document()
    assert [one["outcome"] for one in after["incidents"]] == ["unknown"]
    assert [one.kind for one in compare(before, after)] == ["unclear", "unclear", "unclear"]  # of a pod without a name
    for doc in (before, after):
        for incident in doc["incidents"]:
            if incident["input"] == 0:
                incident["workload"].update(namespace="shop", pod="cart-7d9f8abcd-x2x4z", container="app")
    kinds = [one.kind for one in compare(before, after)]
    assert kinds == ["gone", "gone", "unclear"]


def partly_read(log: Path) -> dict:
    doc = oomscope.analyze(log).document()
    doc["inputs"][0]["warnings"].append(
        {"code": "truncated-compression", "message": "the rest is damaged", "line": None}
    )
    return doc


def test_a_workload_is_not_called_gone_where_the_later_log_was_partly_read() -> None:
    before = oomscope.analyze(LEAK).document()
    (gone,) = [one for one in compare(before, oomscope.analyze(TWO).document()) if one.kind in ("gone", "unclear")]
    (unclear,) = [one for one in compare(before, partly_read(TWO)) if one.kind in ("gone", "unclear")]
    assert (gone.kind, unclear.kind) == ("gone", "unclear")
    assert unclear.says[-1] == "AFTER was not read as a whole"


def test_a_new_workload_says_where_the_earlier_log_was_partly_read() -> None:
    after = oomscope.analyze(LEAK).document()
    (sure,) = [one for one in compare(oomscope.analyze(TWO).document(), after) if one.kind == "new"]
    (perhaps,) = [one for one in compare(partly_read(TWO), after) if one.kind == "new"]
    assert not any("BEFORE" in words for words in sure.says)
    assert perhaps.says[-1] == "BEFORE was not read as a whole: it may have been killed then too"


def test_a_damaged_archive_as_the_later_side_leaves_it_unclear(tmp_path: Path) -> None:
    damaged = tmp_path / "after.log.gz"
    damaged.write_bytes(gzip.compress(TWO.read_bytes() * 20)[:-400])
    done = oomscope_diff(str(LEAK), str(damaged))
    assert "0 gone, 1 unclear" in done.stdout, done.stderr


def test_strict_is_told_of_a_side_that_is_not_whole(tmp_path: Path) -> None:
    cut = tmp_path / "cut.log"
    cut.write_text(cut_before_the_kill_line())
    assert oomscope_diff(str(LEAK), str(TWO), "--strict").returncode == 0
    for sides in ((str(LEAK), str(cut)), (str(cut), str(LEAK))):
        done = oomscope_diff(*sides, "--strict")
        assert done.returncode == 3 and "cut.log: 1 OOM report without the line" in done.stderr
        assert done.stdout.startswith("Workloads with OOM kills:")
