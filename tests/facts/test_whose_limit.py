"""A remedy acts on the cgroup whose limit was hit, not on the one that the victim happened to live in."""

from pathlib import Path

import pytest
from helpers.report_text import TABLE, first_line, kill, row, stamped, summary, usage

from oomscope.api import analyze
from oomscope.causes.weighing.verdict import Verdict

ID = "37a61e" + "0" * 58
POD = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podceb06323_be34_45be_ae42_386a69731d8f.slice"


def verdict(tmp_path: Path, oom_memcg: str, task_memcg: str) -> Verdict:
    """Of four processes that share what is plainly too little."""
    log = tmp_path / "dmesg.txt"
    rows = [row(pid, comm=f"w{pid - 100}", total_vm=12_500, rss=5000, tables=40_960) for pid in range(100, 104)]
    stat = ("anon 81000000", "file 0", "kernel 500000", "shmem 0")
    lines = [
        first_line("w0"),
        "CPU: 0 PID: 100 Comm: w0 Not tainted 6.12.0-amd64 #1",
        usage(81_920, 5),
        f"Memory cgroup stats for {oom_memcg}:",
        *stat,
        "Tasks state (memory values in pages):",
        TABLE,
        *rows,
        summary(100, "w0", oom_memcg, task_memcg),
        kill(100, "w0", 50_000, anon=20_000, tables=40),
    ]
    log.write_text(stamped(10.0, *lines))
    (found,) = analyze([str(log)]).verdicts
    assert found.cause == "low_limit"
    return found


def commands(found: Verdict) -> list[str]:
    return [remedy.command for remedy in found.remedies if remedy.command]


@pytest.mark.parametrize(
    ("oom_memcg", "task_memcg", "starts"),
    [
        ("/user.slice/user-1011.slice", "/user.slice/user-1011.slice/session-893.scope", "systemctl set-property user-1011.slice MemoryMax="),
        ("/system.slice/web.service", "/system.slice/web.service", "systemctl set-property web.service MemoryMax="),
        ("/system.slice", f"/system.slice/docker-{ID}.scope", "systemctl set-property system.slice MemoryMax="),
        (f"/system.slice/docker-{ID}.scope", f"/system.slice/docker-{ID}.scope", "docker update --memory="),
        (f"/docker/{ID}", f"/docker/{ID}/kubelet{POD}/cri-containerd-{'b' * 64}.scope", "docker update --memory="),
    ],
    ids=["a slice above the session", "the unit", "a slice above the container", "the container", "a node in a container"],
)  # fmt: skip
def test_the_command_names_the_owner_of_the_limit(tmp_path: Path, oom_memcg: str, task_memcg: str, starts: str) -> None:
    (command,) = commands(verdict(tmp_path, oom_memcg, task_memcg))
    assert command.startswith(starts)
    assert (ID in command) == starts.startswith("docker")


def test_a_command_whose_names_are_not_known_is_not_shown(tmp_path: Path) -> None:
    path = f"{POD}/cri-containerd-{ID}.scope"
    found = verdict(tmp_path, path, path)
    assert found.remedies[0].action.startswith("Raise the memory limit")
    assert commands(found) == []


@pytest.mark.parametrize("owner", ["/kubepods.slice", "/kubepods.slice/kubepods-burstable.slice"])
def test_the_common_limit_of_pods_is_not_raised_at_one_of_them(tmp_path: Path, owner: str) -> None:
    found = verdict(tmp_path, owner, f"{POD}/cri-containerd-{ID}.scope")
    assert commands(found) == []
    assert "common limit" in found.remedies[0].action


def test_a_unit_of_a_users_own_systemd_is_not_told_to_the_machines(tmp_path: Path) -> None:
    path = "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service"
    found = verdict(tmp_path, path, path)
    assert commands(found) == []
    assert found.remedies[0].action.startswith("Raise the memory limit of web.service")
