"""`oomscope watch --kubernetes-events`: an event on the pod, once; whatever the API does, the watch goes on."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.kubernetes_api import TOKEN, Api, kubernetes_api
from helpers.watched import add, kills, told

UID = "51d8932c-5bcc-4661-a4ef-8ba0baf9b297"
ID = "4e84b2ef0613444f845015fa9bb4b2f30e0269cb09128ed02e643410b22f19ec"
POD = {
    "kind": "Pod",
    "metadata": {"uid": UID, "namespace": "shop", "name": "web-7d4b9"},
    "spec": {"nodeName": "node-1", "containers": [{"name": "app"}, {"name": "proxy"}]},
    "status": {"containerStatuses": [{"name": "app", "containerID": f"containerd://{ID}"}]},
}
OTHER = {"kind": "Pod", "metadata": {"uid": "0" * 36, "namespace": "shop", "name": "other"}, "spec": {}}

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the server's certificate")


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    folder = tmp_path / "account"
    folder.mkdir()
    with kubernetes_api(folder) as served:
        served.pods = [OTHER, POD]
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not found() and time.monotonic() < deadline:
        time.sleep(0.05)


def ended(watch: "subprocess.Popen[bytes]") -> str:
    watch.terminate()
    _, err = watch.communicate(timeout=30)
    assert watch.returncode == 0
    assert TOKEN.encode() not in err
    return err.decode()


def test_an_event_is_posted_on_the_pod_and_container(tmp_path, start, api) -> None:
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    until(lambda: api.events)
    assert ended(watch) == ""
    (event,) = api.events
    about = event["involvedObject"]
    assert (about["kind"], about["namespace"], about["name"], about["uid"]) == ("Pod", "shop", "web-7d4b9", UID)
    assert about["fieldPath"] == "spec.containers{app}"
    assert (event["type"], event["reason"], event["source"]["host"]) == ("Warning", "OOMKilled", "node-1")
    assert "filled its pod's 150 MiB limit" in event["message"]
    assert "dotnet (pid 10690)" in event["message"]
    assert len(event["metadata"]["name"]) <= 253


def test_the_same_kill_has_one_event_also_after_a_restart_without_its_state(tmp_path, start, api) -> None:
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    until(lambda: api.events)
    ended(watch)
    (tmp_path / "state").unlink()
    (tmp_path / "node.log").write_bytes(b"")
    again = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    assert len(told(tmp_path, 2)) == 2
    until(lambda: sum(one.startswith("POST") for one in api.asked) == 2)
    assert ended(again) == ""
    assert len(api.events) == 1


def test_only_what_is_needed_is_asked(tmp_path, start, api) -> None:
    api.page = 500
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    until(lambda: api.events)
    ended(watch)
    assert api.asked == [
        "GET /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1&limit=500",
        "POST /api/v1/namespaces/shop/events",
    ]


@pytest.mark.parametrize("failures", [[500], [429, 503]])
def test_what_may_pass_is_tried_again(tmp_path, start, api, failures: list[int]) -> None:
    api.failures = failures
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    until(lambda: api.events)
    assert ended(watch) == ""
    assert len(api.events) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "ClusterRole of docs/watch/daemonset.yaml"), (302, "answers 302"), (422, "told to answer 422")],
)
def test_a_refusal_is_a_warning_and_the_next_kill_is_posted(tmp_path, start, api, status: int, words: str) -> None:
    api.failures = [status]
    watch = start("--kubernetes-events")
    first, second, *_ = kills()
    add(tmp_path / "node.log", first)
    assert len(told(tmp_path, 1)) == 1
    until(lambda: not api.failures)
    add(tmp_path / "node.log", second)
    until(lambda: api.events)
    err = ended(watch)
    assert words in err
    assert err.count("\n") == 1
    assert len(told(tmp_path, 2)) == 2


def test_a_pod_that_is_gone_is_said(tmp_path, start, api) -> None:
    api.pods = [OTHER]
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    until(lambda: api.asked)
    time.sleep(0.5)
    assert f"no pod of node-1 has the uid {UID}" in ended(watch)
    assert api.events == []


def test_a_server_of_another_authority_gets_no_token(tmp_path, start, api) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout", "k2", "-out", "ca.crt"],
        cwd=api.account, check=True, capture_output=True,
    )  # fmt: skip
    watch = start("--kubernetes-events")
    add(tmp_path / "node.log", kills()[0])
    assert len(told(tmp_path, 1)) == 1
    time.sleep(7)
    assert "cannot be asked to list pods" in ended(watch)
    assert api.asked == []


@pytest.mark.parametrize(
    ("name", "words"), [("KUBERNETES_SERVICE_HOST", "this is no pod"), ("NODE_NAME", "its node's name")]
)
def test_outside_of_a_pod_it_is_said_what_is_missing(start, api, monkeypatch, name: str, words: str) -> None:
    monkeypatch.delenv(name)
    watch = start("--kubernetes-events")
    _, err = watch.communicate(timeout=20)
    assert watch.returncode == 2
    assert words in err.decode()


def test_a_kill_outside_of_pods_has_no_event(tmp_path, start, api) -> None:
    watch = start("--kubernetes-events")
    outside = (
        kills()[0]
        .replace(b"/kubepods/burstable/pod" + UID.encode(), b"/system.slice/big.service")
        .replace(ID.encode(), b"x")
    )
    add(tmp_path / "node.log", outside)
    assert len(told(tmp_path, 1)) == 1
    assert ended(watch) == ""
    assert api.asked == []
