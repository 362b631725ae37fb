"""A terminal's hard wrap, copied: a path or a figure goes on at the left of the next line."""

from pathlib import Path

import pytest

from oomscope.api import analyze

TASK = (
    "/kubepods/pod951f6bc5-c5a5-11ea-8707-80e455f266a2/024952d653ef1cd852f875a61bd27cf45cb1fd6cab3659ca7e5f12f037d99aa9"
)
REPORT = f"""\
[5193605.506728] Task in {TASK} killed as a result of limit of {TASK}
[5193605.506735] memory: usage 524288kB, limit 524288kB, failcnt 0
[5193605.506739] Memory cgroup stats for {TASK}: cache:507172KB rss:448KB rss_huge:0KB dirty:503316KB inactive_file:253596KB active_file:253592KB unevictable:0KB
[5193605.506751] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[5193605.506955] [  62769]     0 62769     4382      411    77824        0          -998 cp
[5193605.506956] Memory cgroup out of memory: Kill process 62769 (cp) score 0 or sacrifice child
[5193605.508964] Killed process 62769 (cp) total-vm:17528kB, anon-rss:228kB, file-rss:1416kB, shmem-rss:0kB
"""


@pytest.mark.parametrize("width", range(140, 260, 3))
def test_a_wrapped_path_and_a_wrapped_figure_are_whole(width: int, tmp_path: Path) -> None:
    path = tmp_path / "wrapped.log"
    wrapped = [line[at : at + width] for line in REPORT.splitlines() for at in range(0, len(line), width)]
    path.write_text("\n".join(wrapped) + "\n")
    (incident,) = analyze([str(path)]).document()["incidents"]
    assert (incident["oom_memcg"], incident["task_memcg"], incident["scope"]) == (TASK, TASK, "container")
    assert incident["memcg"]["stat"]["rss"] == 448 << 10
    assert incident["verdict"]["mechanism"]["id"] == "page_cache_unreclaimable"


@pytest.mark.parametrize("day", ["dim. 19 avril", "So 19. Apr", "dom 19 abr", "Вс 19 апр", "Sun Apr 19"])
def test_the_time_of_dmesg_with_the_day_first(day: str, tmp_path: Path) -> None:
    path = tmp_path / "dmesg-T.log"
    path.write_text("".join(f"[{day} 18:03:30 2026] {line.partition('] ')[2]}\n" for line in REPORT.splitlines()))
    (incident,) = analyze([str(path)]).document()["incidents"]
    assert incident["time"]["wall"] == "2026-04-19T18:03:30.000000Z"
    assert [task["comm"] for task in incident["tasks"]] == ["cp"]
