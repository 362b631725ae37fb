"""Copied memory files of a cgroup, v1 and v2."""

from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.cgroup_files import read_cgroup

LOG = Path(__file__).parent.parent / "data" / "side" / "leak_single-5.10-v2-2000-x600.log"
LIMIT = 268435456


def facts(path: Path) -> dict[str, object]:
    return dict(analyze([str(LOG)], Options(side=SideFiles(cgroups=(str(path),)))).facts[0].values)


def test_a_folder_of_v2_files(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(f"{LIMIT}\n")
    (tmp_path / "memory.high").write_text("104857600\n")
    (tmp_path / "memory.min").write_text("max\n")
    (tmp_path / "memory.events").write_text("low 0\nhigh 17\nmax 4\noom 1\noom_kill 3\n")
    told = facts(tmp_path)
    assert (told["cgroup_high_bytes"], told["cgroup_high_events"], told["cgroup_oom_kills"]) == (104857600, 17, 3)
    assert "cgroup_min_bytes" not in told


def test_a_dump_of_v1_files_the_last_of_several_counts(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    once = "==> memory.swappiness <==\n{}\n\n==> memory.oom_control <==\noom_kill_disable 1\nunder_oom 1\noom_kill 2\n"
    path.write_text(f"memory.limit_in_bytes:{LIMIT}\n" + once.format(60) + once.format(0))
    told = facts(path)
    assert (told["cgroup_swappiness"], told["cgroup_oom_kill_disable"], told["cgroup_oom_kills"]) == (0, True, 2)


def test_files_of_another_cgroup_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("4096\n")
    (tmp_path / "memory.high").write_text("4096\n")
    assert "cgroup_high_bytes" not in facts(tmp_path)


def test_grep_prints_each_line_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "grep.txt"
    path.write_text("memory.events:low 0\nmemory.events:oom_kill 5\n/x/memory.high:7\nmemory.max:" + "9" * 5000)
    files = read_cgroup(str(path))
    assert files.counter("memory.events", "oom_kill") == 5
    assert files.number("memory.high") == 7
    assert files.number("memory.max") is None


@pytest.mark.parametrize("content", ["", "hello\n", "\x00\xff"])
def test_what_is_none_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x"
    path.write_text(content)
    with pytest.raises(InputError, match="no memory"):
        read_cgroup(str(path))
    with pytest.raises(InputError, match="No such file"):
        read_cgroup(str(tmp_path / "none"))


V1_CAT = "106049536\n134217728\ncache 4096\nrss 105943040\ntotal_cache 8192\ntotal_rss 105943040\nhierarchical_memory_limit 134217728\n"
V2_CAT = (
    "106049536\n134217728\nanon 105943040\nfile 8192\nkernel_stack 65536\nlow 0\nhigh 3\nmax 9\noom 1\noom_kill 2\n"
)


@pytest.mark.parametrize(
    ("text", "limit"), [(V1_CAT, 134217728), (V2_CAT, 134217728), (V2_CAT.replace("134217728", "max"), None)]
)
def test_what_one_cat_prints_without_names(tmp_path: Path, text: str, limit: int | None) -> None:
    path = tmp_path / "cat.txt"
    path.write_text(text)
    files = read_cgroup(str(path))
    assert files.number("memory.current", "memory.usage_in_bytes") == 106049536
    assert files.number("memory.max", "memory.limit_in_bytes") == limit
    assert (files.counter("memory.stat", "anon") or files.counter("memory.stat", "total_rss")) == 105943040
    assert files.counter("memory.events", "oom_kill") == (2 if "oom_kill" in text else None)


def test_the_files_of_the_only_workload_whose_limit_the_log_does_not_tell(tmp_path: Path) -> None:
    log, files = tmp_path / "kill.log", tmp_path / "cat.txt"
    log.write_text(
        "[  100.000001] Memory cgroup out of memory: Killed process 417 (a) total-vm:9kB, anon-rss:3kB, file-rss:1kB, shmem-rss:0kB\n"
    )
    files.write_text(V1_CAT)
    told = dict(analyze([str(log)], Options(side=SideFiles(cgroups=(str(files),)))).facts[0].values)
    assert (told["cgroup_max_bytes"], told["cgroup_usage_bytes"]) == (134217728, 106049536)
