"""`kubectl get pods -A -o json`: what is read from it, and what a strange one does."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oomscope.errors import InputError
from oomscope.inputs.memory_flags import MemoryFlag, from_words, heap_limit_bytes, worker_count
from oomscope.inputs.pod_info import PodIndex, only_with_limit
from oomscope.inputs.pods import parse_pods, read_pods
from oomscope.units import GIB, MIB
from oomscope.workload import Identity, identify

DATA = Path(__file__).parent.parent / "data" / "pods"
C, D = "ab" * 32, "cd" * 32
UID = "7ca2f631-24d9-4de8-a4de-eb08486c9144"

FULL = {
    "kind": "Pod",
    "metadata": {
        "name": "shop-6d5f7c9b8-x2x4z",
        "namespace": "prod",
        "uid": UID,
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"pod-template-hash": "6d5f7c9b8"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "shop-6d5f7c9b8", "controller": True}],
    },
    "spec": {
        "nodeName": "node-1",
        "resources": {"limits": {"memory": "2Gi"}, "requests": {"memory": "1Gi"}},
        "containers": [
            {
                "name": "web",
                "image": "shop:1",
                "command": ["sh", "-c", "exec java -Xms512m -Xmx1g -Dpassword=hunter2 -jar /app.jar"],
                "args": ["--workers", "4"],
                "env": [
                    {"name": "JAVA_TOOL_OPTIONS", "value": "-XX:MaxRAMPercentage=75.0 -Dsecret=hunter2"},
                    {"name": "WEB_CONCURRENCY", "value": "3"},
                    {"name": "DB_PASSWORD", "value": "hunter2"},
                    {"name": "GOMEMLIMIT", "value": "hunter2"},
                    {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "x"}}},
                ],
                "resources": {"limits": {"memory": "1536Mi"}, "requests": {"memory": 1000000000}},
                "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
            },
        ],
        "initContainers": [{"name": "migrate"}, {"name": "proxy", "restartPolicy": "Always"}],
        "volumes": [
            {"name": "cache", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}},
            {"name": "scratch", "emptyDir": {}},
        ],
    },
    "status": {
        "qosClass": "Burstable",
        "phase": "Running",
        "startTime": "2026-01-02T03:04:06Z",
        "containerStatuses": [
            {
                "name": "web",
                "restartCount": 2,
                "containerID": f"containerd://{C}",
                "state": {"running": {"startedAt": "2026-01-02T04:00:00Z"}},
                "lastState": {
                    "terminated": {
                        "reason": "OOMKilled",
                        "exitCode": 137,
                        "startedAt": "2026-01-02T03:30:00Z",
                        "finishedAt": "2026-01-02T03:59:00Z",
                        "containerID": f"containerd://{D}",
                    }
                },
            }
        ],
    },
}


def test_everything_that_a_report_needs_is_read() -> None:
    (pod,) = parse_pods(json.dumps(FULL))
    assert (pod.namespace, pod.name, pod.uid, pod.node, pod.qos_class) == ("prod", FULL["metadata"]["name"], UID, "node-1", "Burstable")  # fmt: skip
    assert pod.owner is not None
    assert (pod.owner.kind, pod.owner.name, pod.owner.inferred) == ("Deployment", "shop", True)
    assert (pod.limit_bytes, pod.request_bytes) == (2 * GIB, GIB)
    assert pod.created_at == 1767323045.0
    web, migrate, proxy = pod.containers
    assert (web.limit_bytes, web.request_bytes, web.restart_count) == (1536 * MIB, 1_000_000_000, 2)
    assert (web.state, web.ids) == ("running", (C, D))
    ended = web.last_terminated
    assert ended is not None
    assert (ended.reason, ended.exit_code, ended.lifetime_seconds) == ("OOMKilled", 137, 29 * 60)
    assert (migrate.kind, proxy.kind) == ("init", "sidecar")
    (volume,) = pod.memory_volumes
    assert (volume.name, volume.size_limit_bytes, volume.mounted_by) == ("cache", 256 * MIB, ("web",))


def test_only_settings_about_memory_are_kept() -> None:
    (pod,) = parse_pods(json.dumps(FULL))
    assert "hunter2" not in repr(pod)
    flags = pod.containers[0].memory_flags
    assert [(flag.name, flag.value, flag.source) for flag in flags] == [
        ("-XX:MaxRAMPercentage", "75.0", "JAVA_TOOL_OPTIONS"),
        ("WEB_CONCURRENCY", "3", "WEB_CONCURRENCY"),
        ("-Xms", "512m", "args"),
        ("-Xmx", "1g", "args"),
        ("--workers", "4", "args"),
    ]
    assert heap_limit_bytes(flags, 1536 * MIB) == GIB
    assert heap_limit_bytes(flags[:1], 1000) == 750
    assert worker_count(flags) == 4


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (("-Xmx", "100"), 100),
        (("GOMEMLIMIT", "750MiB"), 750 * MIB),
        (("GOMEMLIMIT", "off"), None),
        (("--max-old-space-size", "4096"), 4096 * MIB),
        (("--max_old_space_size", "2"), 2 * MIB),
        (("-XX:MaxRAMPercentage", "50"), None),
        (("-Xmx", "9zz"), None),
        (("-Xms", "5g"), None),
    ],
)
def test_heap_limit(flag: tuple[str, str], expected: int | None) -> None:
    assert heap_limit_bytes([MemoryFlag(*flag, "args")], None) == expected


def test_flags_in_a_script_are_found() -> None:
    words = ["exec gunicorn -w 8 --max-requests=100 app; node --max-old-space-size=512 '-Xmx2g'"]
    assert [(flag.name, flag.value) for flag in from_words(words, "args")] == [
        ("-w", "8"),
        ("--max-requests", "100"),
        ("--max-old-space-size", "512"),
        ("-Xmx", "2g"),
    ]


def test_a_pod_is_found_by_uid_and_its_container_by_a_dead_id() -> None:
    pods = parse_pods(json.dumps(FULL))
    match = PodIndex(pods).find(identify(f"/kubepods/burstable/pod{UID}/{D}"))
    assert match is not None
    assert (match.pod.name, match.container and match.container.name, match.by) == (
        FULL["metadata"]["name"],
        "web",
        "pod uid",
    )
    by_id = PodIndex(pods).find(Identity(container_id=C))
    assert by_id is not None
    assert by_id.by == "container id"
    assert PodIndex(pods).find(identify("/system.slice/x.service")) is None
    nested = PodIndex(pods).find(identify(f"/kubepods/pod{UID}/{C}/docker/{'ef' * 32}"))
    assert nested is not None
    assert nested.container is not None
    assert nested.container.name == "web"
    forgotten = PodIndex(pods).find(identify(f"/kubepods/pod{UID}/{'ef' * 32}"))
    assert forgotten is not None
    assert forgotten.container is None


def test_a_forgotten_run_is_told_by_a_limit_that_one_container_has() -> None:
    (pod,) = parse_pods(json.dumps(FULL))
    found = only_with_limit(pod, 1536 * MIB)
    assert found is not None
    assert found.name == "web"
    assert only_with_limit(pod, 1) is None
    assert only_with_limit(pod._replace(containers=pod.containers[:1] * 2), 1536 * MIB) is None


def test_a_static_pod_is_found_by_its_config_hash() -> None:
    hash_ = "0123456789abcdef" * 2
    pod = {"metadata": {"uid": UID, "name": "etcd", "annotations": {"kubernetes.io/config.hash": hash_}}}
    match = PodIndex(parse_pods(json.dumps(pod))).find(identify(f"/kubepods/burstable/pod{hash_}/{C}"))
    assert match is not None
    assert match.pod.name == "etcd"


@pytest.mark.parametrize(
    ("kind", "name", "labels", "owner"),
    [
        ("ReplicaSet", "a-b-5d4f8c7b9d", {}, ("Deployment", "a-b", True)),
        ("ReplicaSet", "a-b-5d4f8c7b9d", {"pod-template-hash": "other"}, ("ReplicaSet", "a-b-5d4f8c7b9d", False)),
        ("ReplicaSet", "web", {}, ("ReplicaSet", "web", False)),
        ("Job", "backup-28394720", {}, ("CronJob", "backup", True)),
        ("Job", "migrate-v2", {}, ("Job", "migrate-v2", False)),
        ("StatefulSet", "db", {}, ("StatefulSet", "db", False)),
    ],
)
def test_owner(kind: str, name: str, labels: dict[str, str], owner: tuple[str, str, bool]) -> None:
    pod = {"metadata": {"labels": labels, "ownerReferences": [{"kind": kind, "name": name}]}}
    found = parse_pods(json.dumps(pod))[0].owner
    assert found is not None
    assert (found.kind, found.name, found.inferred) == owner


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"kind": "List", "items": [FULL, FULL]}),
        json.dumps([FULL, FULL]),
        json.dumps([{"kind": "PodList", "items": [FULL]}, FULL]),
        json.dumps(FULL) + "\n" + json.dumps(FULL) + "\n",
        json.dumps(FULL, indent=1) + json.dumps({"kind": "Deployment", "metadata": {}}) + json.dumps(FULL),
    ],
)
def test_forms_of_an_inventory(text: str) -> None:
    assert [pod.uid for pod in parse_pods(text)] == [UID, UID]


def test_a_file_that_powershell_wrote(tmp_path: Path) -> None:
    path = tmp_path / "pods.json"
    path.write_bytes(b"\xff\xfe" + json.dumps(FULL).encode("utf-16-le"))
    assert read_pods(path)[0].uid == UID
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(FULL).encode())
    assert read_pods(path)[0].uid == UID


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"items": [', "p.json: not JSON at line 1"),
        ("[" * 100_000, "p.json: nested too deep"),
        ('{"a": 1, "a": 2}', "p.json: the key 'a' stands twice"),
        ("1" * 5000, "p.json: "),
        ("No resources found", "kubectl get pods -A -o json"),
    ],
)
def test_what_is_no_json_is_the_users_mistake(text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        parse_pods(text, "p.json")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_no_such_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_pods(tmp_path / "none.json")


def _spots(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, one in inner for spot in _spots(one, (*path, key)))]


_JUNK = st.sampled_from(
    [None, True, 1, -1, 1e308, 10**30, "", "x", "\ud800", "9" * 5000, [], [None], {}, {"name": 1}, [[]]]
)


@given(st.sampled_from(_spots(FULL)[1:]), _JUNK)
def test_anything_anywhere_in_an_inventory_is_tolerated(spot: tuple[str | int, ...], junk: object) -> None:
    pod = json.loads(json.dumps(FULL))
    at = pod
    for key in spot[:-1]:
        at = at[key]
    at[spot[-1]] = junk
    pods = parse_pods(json.dumps({"items": [pod]}))
    PodIndex(pods).find(identify(f"/kubepods/burstable/pod{UID}/{D}"))


def test_inventories_of_real_kills() -> None:
    for path in sorted(DATA.glob("*.json")):
        pods = read_pods(path)
        assert pods
        for pod in pods:
            assert pod.uid
            assert pod.started_at
            assert all(len(id_) == 64 for container in pod.containers for id_ in container.ids)
    (pod,) = read_pods(DATA / "leak_restarts-6.12-v2-2001-x600.json")
    (billing,) = pod.containers
    assert (billing.limit_bytes, billing.restart_count, billing.state_reason) == (150 * MIB, 3, "CrashLoopBackOff")
    assert billing.last_terminated is not None
    assert billing.last_terminated.lifetime_seconds == 2045.0
    (pod,) = read_pods(DATA / "tmpfs_live-6.12-v2-2001.json")
    assert pod.memory_volumes[0].mounted_by
    (pod,) = read_pods(DATA / "pod_limit-6.12-v2-2001.json")
    assert pod.limit_bytes


def test_cgroups_of_real_kills_say_what_their_maker_knows() -> None:
    rows = [line.split("\t") for line in (DATA / "cgroups.tsv").read_text().splitlines() if not line.startswith("#")]
    assert len(rows) > 50
    for path, uid, container, qos in rows:
        who = identify(path)
        assert [who.pod_uid or "-", who.container_id or "-", who.qos_class or "-"] == [uid, container, qos], path
