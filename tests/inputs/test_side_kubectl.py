"""--kubectl runs what is called so on PATH: an executable of ours, which a cluster stands behind or does not."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.kubectl import ask_cluster

from .syslogs import DATA, RING

PODS = DATA / "leak_restarts-host-v1-116-x1200.pods.json"
NODES = {
    "items": [
        {
            "kind": "Node",
            "metadata": {"name": "node-1"},
            "status": {"capacity": {"memory": "4Gi"}, "allocatable": {"memory": "3Gi"}},
        }
    ]
}
EVENTS = DATA / "events.json"
ANSWERS = 'case "$*" in *pods*) cat "$HERE/pods";; *nodes*) cat "$HERE/nodes";; *events*) cat "$HERE/events";; esac\n'
Kubectl = Callable[[str], Path]


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """Puts a shell script called kubectl on PATH, alone but for the system's tools; it writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "pods").write_text(PODS.read_text())
    (tmp_path / "nodes").write_text(json.dumps(NODES))
    (tmp_path / "events").write_text(EVENTS.read_text())
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def write(body: str) -> Path:
        script = folder / "kubectl"
        script.write_text(
            f'#!/bin/sh\nfor word; do printf "[%s]" "$word"; done >> "$HERE/calls"; echo >> "$HERE/calls"\n{body}'
        )
        script.chmod(0o755)
        return tmp_path / "calls"

    return write


def run(context: str | None = None) -> Analysis:
    return analyze([str(RING)], Options(side=SideFiles(kubectl=True, kubectl_context=context)))


def refused() -> str:
    """Return what is said of a cluster that gave no answer: the verdict stands without it."""
    analysis = run()
    assert all(analysis.verdicts) and analysis.incidents
    (warning,) = [w for w in analysis.inputs[0].not_read if w.code == "side-input-unreadable"]
    return warning.message


def test_a_cluster_tells_what_the_files_tell(kubectl: Kubectl, tmp_path: Path) -> None:
    calls = kubectl(ANSWERS)
    files = SideFiles(pods=(str(PODS),), nodes=(str(tmp_path / "nodes"),), events=(str(EVENTS),))
    assert run().document() == analyze([str(RING)], Options(side=files)).document()
    assert calls.read_text().splitlines() == [
        "[get][pods][--all-namespaces][--output=json]",
        "[get][nodes][--output=json]",
        "[get][events][--all-namespaces][--output=json]",
    ]


def test_it_holds_from_the_command_line(kubectl: Kubectl) -> None:
    calls = kubectl(ANSWERS)
    command = [
        sys.executable,
        "-m",
        "oomscope",
        "analyze",
        str(RING),
        "--kubectl-context",
        "prod; rm -rf $HOME",
        "-f",
        "json",
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(printed.stdout)["incidents"][0]["workload"]["namespace"] == "data"
    assert calls.read_text().startswith("[--context=prod; rm -rf $HOME][get][pods]")


def test_no_kills_no_questions(kubectl: Kubectl, tmp_path: Path) -> None:
    calls = kubectl(ANSWERS)
    quiet = tmp_path / "quiet.log"
    quiet.write_text("[    1.000000] all is well\n")
    analyze([str(quiet)], Options(side=SideFiles(kubectl=True)))
    assert not calls.exists()


def test_without_kubectl_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "kubectl is not on PATH; install it, or hand over files with --pods, --nodes, --events" in refused()


def test_its_complaint_is_quoted_and_cleaned(kubectl: Kubectl) -> None:
    kubectl("printf 'error: \\033[31mYou must be logged in\\033[0m\\nto the server (Unauthorized)\\n' >&2; exit 1\n")
    assert refused() == (
        "kubectl get pods: error: \\x1b[31mYou must be logged in\\x1b[0m to the server (Unauthorized); "
        "what you may read goes in as a file by --pods. The verdict is without it"
    )


def test_what_else_may_not_be_read_is_only_missed(kubectl: Kubectl) -> None:
    kubectl('case "$*" in *nodes*) echo "nodes is forbidden" >&2; exit 1;; esac\n' + ANSWERS)
    analysis = run()
    warning = next(w for w in analysis.inputs[0].warnings if w.code == "kubectl-did-not-say")
    assert warning.message == "kubectl get nodes: nodes is forbidden; what you may read goes in as a file by --nodes"
    assert analysis.incidents[0].workload.namespace == "data"
    assert analysis.facts[-1].values["event_starts"] == 3


@pytest.mark.usefixtures("must_end")
def test_a_login_that_hangs_ends_with_it(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl('sleep 3000 & echo $! > "$HERE/child"; wait\n')
    with pytest.raises(
        InputError, match=r"kubectl get pods: no answer within 1 s; does `kubectl get pods` answer in a terminal"
    ):
        ask_cluster(seconds=1)
    child = int((tmp_path / "child").read_text())
    while alive(child):
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_cannot_read_from_the_terminal(kubectl: Kubectl) -> None:
    kubectl("read -r line && exit 9\n" + ANSWERS)
    assert run().incidents[0].workload.namespace == "data"


@pytest.mark.parametrize("output", ["not json", "{", "[[[["])
def test_what_is_no_json_is_said(kubectl: Kubectl, output: str) -> None:
    kubectl(f"echo '{output}'\n")
    assert "kubectl get pods: not JSON" in refused()


def test_a_script_that_cannot_run_is_said(kubectl: Kubectl) -> None:
    kubectl(ANSWERS)
    Path(os.environ["PATH"].split(":")[0], "kubectl").write_text("\x7fELF no program")
    assert "kubectl get pods: cannot be run" in refused()


@pytest.mark.usefixtures("must_end")
def test_one_that_never_stops_to_print_is_ended(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oomscope.inputs.kubectl.MOST_BYTES", 1 << 20)
    for stream in ("1", "2"):
        kubectl(f"exec yes 1>&{stream}\n" if stream == "1" else "yes 1>&2 & sleep 0.5; kill $!; exit 3\n")
        said = refused()
        assert "prints more than 1 MiB" in said or "y y y" in said
        assert len(said) < 1_000
