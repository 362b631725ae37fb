"""A cgroup whose oom-killer is turned off: its tasks hang, and the hung-task detector is all that speaks."""

from pathlib import Path

from oomscope.api import analyze

HUNG = """[  483.100000] INFO: task java:4711 blocked for more than 120 seconds.
[  483.100001]       Not tainted 5.10.0-28-amd64 #1 Debian 5.10.209-2
[  483.100002] "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
[  483.100003] task:java            state:D stack:    0 pid: 4711 ppid:  4700 flags:0x00000000
[  483.100004] Call Trace:
[  483.100005]  __schedule+0x282/0x880
[  483.100006]  schedule+0x46/0xb0
[  483.100007]  mem_cgroup_oom_synchronize+0x12f/0x160
[  483.100008]  ? __mod_memcg_lruvec_state+0x21/0xe0
[  483.100009]  pagefault_out_of_memory+0x14/0x80
[  483.100010]  exc_page_fault+0x78/0x160
"""


def warnings(tmp_path: Path, text: str) -> list[tuple[str, int | None]]:
    log = tmp_path / "dmesg.txt"
    log.write_text(text)
    found = analyze([str(log)])
    assert not found.incidents
    return [(w.code, w.line) for w in found.inputs[0].warnings if w.code == "oom-kill-disabled"]


def test_a_task_that_waits_for_the_oom_killer_of_its_cgroup_is_told(tmp_path: Path) -> None:
    assert warnings(tmp_path, HUNG) == [("oom-kill-disabled", 1)]


def test_a_task_that_waits_for_its_disk_is_not(tmp_path: Path) -> None:
    assert warnings(tmp_path, HUNG.replace("mem_cgroup_oom_synchronize", "io_schedule")) == []


def test_a_leftover_frame_proves_nothing(tmp_path: Path) -> None:
    assert warnings(tmp_path, HUNG.replace("mem_cgroup_oom_sync", "? mem_cgroup_oom_sync")) == []


def test_another_tasks_trace_is_not_this_ones(tmp_path: Path) -> None:
    other = HUNG.replace("mem_cgroup_oom_synchronize", "io_schedule")
    assert warnings(tmp_path, other + HUNG.replace("4711", "4712")) == [("oom-kill-disabled", 12)]


def test_all_that_wait_are_one_warning(tmp_path: Path) -> None:
    log = tmp_path / "dmesg.txt"
    log.write_text(HUNG + HUNG.replace("4711", "4712").replace("120", "241"))
    (said,) = [w.message for w in analyze([str(log)]).inputs[0].warnings if w.code == "oom-kill-disabled"]
    assert "java (pid 4711) and 1 more waited over 241 s" in said
