"""What Kubernetes shows for a kill, where it is not what one looks for."""

from pathlib import Path

from oomscope.api import analyze

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def notes_of(path: Path) -> dict[str, str]:
    (first, *_) = analyze([str(path)]).incidents
    return {note.id: note.text for note in first.notes}


def test_a_pods_limit_may_read_error() -> None:
    assert "Error instead of OOMKilled" in notes_of(SAMPLES / "5.10-v2-pod-limit.log")["pod-limit-status"]


def test_a_services_limit_has_nothing_to_do_with_a_pods_status() -> None:
    assert "pod-limit-status" not in notes_of(SAMPLES / "6.12-v2-one-kill-of-a-service.log")


def test_a_runtime_that_dies_while_it_starts_the_container_is_named(tmp_path: Path) -> None:
    log = tmp_path / "d.log"
    text = (SAMPLES / "5.10-v2-pod-limit.log").read_text()
    log.write_text(text.replace("mysqld", "runc:[2:INIT]"))
    found = notes_of(log)
    assert "container init was OOM-killed (memory limit too low?)" in found["runtime-died"]
    assert "pod-limit-status" not in found
