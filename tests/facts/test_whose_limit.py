"""A remedy acts on the cgroup whose limit was hit, not on the one that the victim happened to live in."""

from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.causes.weighing.verdict import Verdict

ID = "37a61e" + "0" * 58
POD = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podceb06323_be34_45be_ae42_386a69731d8f.slice"
ROWS = "".join(
    f"[   10.00001{n}] [    10{n}]     0   10{n}    12500     5000    40960        0             0 w{n}\n"
    for n in range(4)
)


def verdict(tmp_path: Path, oom_memcg: str, task_memcg: str) -> Verdict:
    """Of four processes that share what is plainly too little."""
    log = tmp_path / "dmesg.txt"
    log.write_text(
        "[   10.000000] w0 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
        "[   10.000001] CPU: 0 PID: 100 Comm: w0 Not tainted 6.12.0-amd64 #1\n"
        "[   10.000002] memory: usage 81920kB, limit 81920kB, failcnt 5\n"
        f"[   10.000003] Memory cgroup stats for {oom_memcg}:\n[   10.000004] anon 81000000\n[   10.000005] file 0\n"
        "[   10.000006] kernel 500000\n[   10.000007] shmem 0\n[   10.000008] Tasks state (memory values in pages):\n"
        "[   10.000009] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
        f"{ROWS}[   10.000020] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
        f"oom_memcg={oom_memcg},task_memcg={task_memcg},task=w0,pid=100,uid=0\n"
        "[   10.000021] Memory cgroup out of memory: Killed process 100 (w0) total-vm:50000kB, anon-rss:20000kB, "
        "file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n"
    )
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
