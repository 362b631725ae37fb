"""The files in docs/watch are what they say: systemd takes the unit, the manifest parses, and their commands run."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.watched import add, kills, lines, told

SETUPS = Path(__file__).parents[2] / "docs" / "watch"
OOMSCOPE = Path(sys.executable).with_name("oomscope")


def options() -> str:
    command = [sys.executable, "-m", "oomscope", "watch", "--help"]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"}
    ).stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (SETUPS / "oomscope-watch.service").read_text()
    assert "/usr/local/bin/oomscope" in text
    unit = tmp_path / "oomscope-watch.service"
    unit.write_text(text.replace("/usr/local/bin/oomscope", str(OOMSCOPE)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    if "Failed to initialize manager" in done.stderr or "Failed to setup working directory" in done.stderr:
        pytest.skip(f"systemd-analyze cannot run here: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_of_the_unit_runs(tmp_path: Path) -> None:
    text = (SETUPS / "oomscope-watch.service").read_text()
    (command,) = (line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart="))
    words = command.replace("${STATE_DIRECTORY}", str(tmp_path)).split()
    if not os.access("/dev/kmsg", os.R_OK):
        pytest.skip("/dev/kmsg cannot be read here")
    watch = subprocess.Popen([str(OOMSCOPE), *words[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "state").exists() and time.monotonic() < deadline and watch.poll() is None:
            time.sleep(0.05)
    finally:
        watch.terminate()
        _, err = watch.communicate(timeout=20)
    assert watch.returncode == 0, err
    assert json.loads((tmp_path / "state").read_text())["source"] == "/dev/kmsg"


def manifest() -> dict[str, Any]:
    return {one["kind"]: one for one in yaml.safe_load_all((SETUPS / "daemonset.yaml").read_text())}


def test_the_daemonset_may_do_only_what_it_needs() -> None:
    objects = manifest()
    assert list(objects) == ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"]
    assert objects["ClusterRole"]["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
    ]
    account = objects["ServiceAccount"]["metadata"]
    (subject,) = objects["ClusterRoleBinding"]["subjects"]
    assert (subject["name"], subject["namespace"]) == (account["name"], account["namespace"])
    assert objects["ClusterRoleBinding"]["roleRef"]["name"] == objects["ClusterRole"]["metadata"]["name"]
    pod = objects["DaemonSet"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["name"]
    assert (pod["hostNetwork"], pod["hostPID"]) == (False, False)
    (container,) = pod["containers"]
    allowed = container["securityContext"]
    assert "privileged" not in allowed
    assert allowed["capabilities"]["drop"] == ["ALL"]
    assert allowed["readOnlyRootFilesystem"] is True
    writable = {mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"state", "tmp"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert [one["name"] for one in container["env"]] == ["NODE_NAME"]


def test_the_command_of_the_daemonset_runs(tmp_path: Path) -> None:
    (container,) = manifest()["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    log, state = tmp_path / "kern.log", tmp_path / "state"
    log.touch()
    places = {"/host/log/kern.log": str(log), "/state/state": str(state)}
    words = [places.get(word, word) for word in container["args"]]
    assert set(places.values()) <= set(words)
    assert {word for word in words if word.startswith("--")} <= set(options().split())
    server = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1", "NODE_NAME": "node-1"}
    with (tmp_path / "out").open("wb") as out:
        watch = subprocess.Popen(
            [str(OOMSCOPE), *words], stdout=out, stderr=subprocess.PIPE, env={**os.environ, **server}
        )
    try:
        deadline = time.monotonic() + 20
        while not state.exists() and time.monotonic() < deadline and watch.poll() is None:
            time.sleep(0.05)
        add(log, kills()[0])
        assert len(told(tmp_path, 1)) == 1
    finally:
        watch.terminate()
        _, err = watch.communicate(timeout=30)
    assert watch.returncode == 0
    assert b"no event was posted" in err  # nobody serves the API here


def test_the_plugin_of_node_problem_detector_tells_of_each_kill_once(tmp_path: Path, start) -> None:
    config = json.loads((SETUPS / "node-problem-detector.json").read_text())
    (rule,) = config["rules"]
    script = SETUPS / Path(rule["path"]).name
    assert script.is_file()
    assert os.access(script, os.X_OK)
    env = {**os.environ, "KILLS": str(tmp_path / "out"), "SEEN": str(tmp_path / "seen")}

    def plugin() -> tuple[int, str]:
        done = subprocess.run([str(script)], env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert plugin() == (0, "")
    start()
    first, second, *_ = kills()
    add(tmp_path / "node.log", first)
    assert len(told(tmp_path, 1)) == 1
    status, said = plugin()
    assert (status, said.startswith("1 OOM incident")) == (1, True)
    assert len(said.strip()) <= config["pluginConfig"]["max_output_length"] or str(tmp_path) in said
    assert plugin() == (0, "")
    add(tmp_path / "node.log", second)
    assert len(told(tmp_path, 2)) == 2
    assert plugin()[0] == 1
    assert len(lines(tmp_path)) == 2
