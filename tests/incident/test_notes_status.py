"""What Kubernetes did after a kill, and what it shows."""

from pathlib import Path
from typing import Any

from oomscope.api import Options, analyze
from oomscope.inputs import SideFiles

SAMPLES = Path(__file__).parents[2] / "sample_logs"
DATA = Path(__file__).parents[1] / "data" / "side"


def outcomes(path: Path) -> list[dict[str, Any]]:
    document = analyze([str(path)]).document()
    return [incident["kubernetes_outcome"] for incident in document["incidents"]]


def test_a_pods_limit_may_read_error_with_an_old_containerd() -> None:
    (found,) = outcomes(SAMPLES / "5.10-v2-pod-limit.log")
    assert (found["container_ended"], found["status_shows"]) == (True, "OOMKilled")
    assert found["container_restarted"] is None  # its restartPolicy is not in the log
    assert "mysqld was the container's main process: the container ended" in found["why"]
    assert "containerd before 1.6 shows Error" in found["why"]


def test_a_service_is_not_of_kubernetes() -> None:
    assert outcomes(SAMPLES / "6.12-v2-one-kill-of-a-service.log") == [None]


def test_a_panic_restarts_no_container() -> None:
    assert outcomes(SAMPLES / "6.12-v2-panic-on-oom.log") == [None]


def test_a_group_kill_takes_the_container_whoever_is_named() -> None:
    (found,) = outcomes(SAMPLES / "6.1-v2-oom-group.log")
    assert (found["container_ended"], found["container_restarted"]) == (True, None)
    assert "all 4 of its processes died" in found["why"]


def test_a_runtime_that_dies_while_it_starts_the_container_is_named(tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    log.write_text((SAMPLES / "5.10-v2-pod-limit.log").read_text().replace("mysqld", "runc:[2:INIT]"))
    (found,) = outcomes(log)
    assert "container init was OOM-killed (memory limit too low?)" in found["why"]
    assert found["container_restarted"] is None
    (incident,) = analyze([str(log)]).incidents
    assert [note.id for note in incident.notes].count("runtime-died") == 1


def test_under_tmpfs_the_tmpfs_is_why_a_container_cannot_start(tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    log.write_text((SAMPLES / "6.12-v2-tmpfs-live-kmsg.log").read_text().replace("vector", "runc:[2:INIT]"))
    (found,) = outcomes(log)
    assert "files on tmpfs fill the limit already" in found["why"]


CONTAINER = "a" * 64
LINES = (
    "[{at}.1] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset={id},mems_allowed=0,oom_memcg={path},task_memcg={path},task=w,pid={pid},uid=0\n"
    "[{at}.2] Memory cgroup out of memory: Killed process {pid} (w) total-vm:90000kB, anon-rss:60000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:150kB oom_score_adj:900\n"
)


def kill(at: int, pid: int, container: str) -> str:
    pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podceb06323_be34_45be_ae42_386a69731d8f.slice"
    return LINES.format(at=at, pid=pid, id=container, path=f"{pod}/cri-containerd-{container}.scope")


def test_a_container_that_is_killed_in_again_was_not_restarted(tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    log.write_text(kill(100, 7, CONTAINER) + kill(900, 8, CONTAINER) + kill(2000, 9, "b" * 64))
    first, second, other = outcomes(log)
    assert first["container_restarted"] is False
    assert "killed again later" in first["why"]
    assert second["container_restarted"] is None
    assert other["container_restarted"] is None


def test_the_pods_status_says_how_a_run_ended() -> None:
    log = DATA / "leak_restarts-host-v1-116-x1200.log"
    side = SideFiles(pods=(str(log.with_suffix(".pods.json")),))
    document = analyze([str(log)], Options(side=side)).document()
    said = [incident["kubernetes_outcome"]["why"] for incident in document["incidents"]]
    assert any(why.startswith("the pod's status says that this run ended as OOMKilled") for why in said)
