"""Every shape of cgroup path that a kernel was seen to print, or that a runtime's source makes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oomscope.workload import Identity, contains, identify, scope_of, workload_key

C, D = "ab" * 32, "cd" * 32  # container ids
U = "7ca2f631-24d9-4de8-a4de-eb08486c9144"
V = U.replace("-", "_")
STATIC = "0" * 16 + "a" * 16
TASK = "e" * 32

KUBE = {"orchestrator": "kubernetes"}
BURSTABLE = {**KUBE, "pod_uid": U, "qos_class": "Burstable"}
GUARANTEED = {**KUBE, "pod_uid": U, "qos_class": "Guaranteed"}
BESTEFFORT = {**KUBE, "pod_uid": U, "qos_class": "BestEffort"}
IN_C = {"level": "container", "container_id": C}
USER = {"user_id": 1000}
USER_SLICE = "/user.slice/user-1000.slice/user@1000.service"
BURSTABLE_SLICE = "/kubepods.slice/kubepods-burstable.slice"
KIND = "kubelet.slice/kubelet-kubepods.slice"

CASES = [
    # kubelet, both drivers, every level
    (f"/kubepods/burstable/pod{U}/{C}", {**BURSTABLE, **IN_C, "cgroup_driver": "cgroupfs", "runtime": None}),
    (f"/kubepods/besteffort/pod{U}/{C}", {**BESTEFFORT, **IN_C}),
    (f"/kubepods/pod{U}/{C}", {**GUARANTEED, **IN_C}),
    (f"/kubepods/burstable/pod{STATIC}/{C}", {**BURSTABLE, **IN_C, "pod_uid": STATIC}),
    (f"/kubepods/burstable/pod{U}", {**BURSTABLE, "level": "pod", "container_id": None}),
    (f"/kubepods/pod{U}", {**GUARANTEED, "level": "pod"}),
    ("/kubepods/burstable", {**KUBE, "level": "qos", "qos_class": "Burstable", "pod_uid": None}),
    ("/kubepods", {**KUBE, "level": "kubepods", "qos_class": None, "cgroup_driver": "cgroupfs"}),
    ("/kubepods.slice", {**KUBE, "level": "kubepods", "cgroup_driver": "systemd"}),
    (BURSTABLE_SLICE, {**KUBE, "level": "qos", "qos_class": "Burstable"}),
    (f"{BURSTABLE_SLICE}/kubepods-burstable-pod{V}.slice", {**BURSTABLE, "level": "pod", "cgroup_driver": "systemd"}),
    (
        f"{BURSTABLE_SLICE}/kubepods-burstable-pod{V}.slice/cri-containerd-{C}.scope",
        {**BURSTABLE, **IN_C, "runtime": "containerd", "cgroup_driver": "systemd", "unit": None},
    ),
    (f"/kubepods.slice/kubepods-pod{V}.slice/crio-{C}.scope", {**GUARANTEED, **IN_C, "runtime": "cri-o"}),
    (f"/kubepods.slice/kubepods-pod{V}.slice/docker-{C}.scope", {**GUARANTEED, **IN_C, "runtime": "docker"}),
    (f"/kubepods.slice/kubepods-pod{STATIC}.slice/crio-{C}.scope", {**GUARANTEED, **IN_C, "pod_uid": STATIC}),
    (f"/kubepods/burstable/pod{U}/crio-{C}", {**BURSTABLE, **IN_C, "runtime": "cri-o", "cgroup_driver": "cgroupfs"}),
    (f"/kubepods/burstable/pod{U}/docker-{C[:12]}.scope", {**BURSTABLE, "level": "container", "container_id": C[:12]}),
    # beside and below the container
    (f"/kubepods/burstable/pod{U}/crio-conmon-{C}", {**BURSTABLE, "level": "cgroup", "container_id": None}),
    (
        f"/kubepods.slice/kubepods-pod{V}.slice/crio-conmon-{C}.scope",
        {**GUARANTEED, "level": "scope", "container_id": None},
    ),
    (f"/kubepods.slice/kubepods-pod{V}.slice/crio-{C}.scope/container", {**GUARANTEED, **IN_C, "inner": "/container"}),
    (f"/kubepods/pod{U}/{C}/init.scope", {**GUARANTEED, **IN_C, "level": "scope", "inner": "/init.scope"}),
    (
        f"/kubepods/pod{U}/{C}/system.slice/nginx.service",
        {**GUARANTEED, **IN_C, "level": "service", "unit": "nginx.service"},
    ),
    # a systemd path handed to the cgroupfs driver
    (
        f"/system.slice/containerd.service/kubepods-besteffort-pod{V}.slice:cri-containerd:{C}",
        {**BESTEFFORT, **IN_C, "runtime": "containerd", "cgroup_driver": "cgroupfs"},
    ),
    (f"/kubepods-burstable-pod{V}.slice:cri-containerd:{C}", {**BURSTABLE, **IN_C}),
    (f"/kubepods-pod{V}.slice:crio:{C}", {**GUARANTEED, **IN_C, "runtime": "cri-o"}),
    # kind, minikube, k3d, LXC around; the last kubepods counts
    (f"/docker/{D}/kubepods/burstable/pod{U}/{C}", {**BURSTABLE, **IN_C, "nested_in": (f"/docker/{D}",)}),
    (f"/docker/{D}/kubelet/kubepods/besteffort/pod{U}/{C}", {**BESTEFFORT, **IN_C, "nested_in": (f"/docker/{D}",)}),
    (f"/kubelet/kubepods/pod{U}/{C}", {**GUARANTEED, **IN_C}),
    (
        f"/system.slice/docker-{D}.scope/{KIND}/kubelet-kubepods-burstable-pod{V}.slice/cri-containerd-{C}.scope",
        {**BURSTABLE, **IN_C, "runtime": "containerd", "nested_in": (f"/system.slice/docker-{D}.scope",)},
    ),
    (f"/{KIND}/kubelet-kubepods-besteffort.slice", {**KUBE, "level": "qos", "qos_class": "BestEffort"}),
    (f"/{KIND}", {**KUBE, "level": "kubepods"}),
    (f"/{KIND}/kubelet-kubepods-pod{V}.slice/cri-containerd-{C}.scope", {**GUARANTEED, **IN_C}),
    (
        f"/lxc.payload.n1/kubepods.slice/kubepods-pod{V}.slice/cri-containerd-{C}.scope",
        {**GUARANTEED, **IN_C, "nested_in": ("/lxc.payload.n1",)},
    ),
    (f"/../../kubepods/pod{U}/{C}", {**GUARANTEED, **IN_C}),
    (f"/../pod{U}/{C}", {**KUBE, **IN_C, "pod_uid": U, "qos_class": None}),
    (f"/kubepods/pod{U}/{D}/docker/{C}", {**GUARANTEED, **IN_C, "nested_in": (f"/kubepods/pod{U}/{D}",)}),
    # Docker, Podman, containerd
    (f"/docker/{C}", {**IN_C, "orchestrator": "docker", "runtime": "docker", "cgroup_driver": "cgroupfs"}),
    (f"/system.slice/docker-{C}.scope", {**IN_C, "orchestrator": "docker", "cgroup_driver": "systemd", "unit": None}),
    (f"/system.slice:docker:{C}", {**IN_C, "orchestrator": "docker"}),
    (f"/docker/{D}/docker/{C}", {**IN_C, "orchestrator": "docker", "nested_in": (f"/docker/{D}",)}),
    (f"/actions_job/{C}", {**IN_C, "orchestrator": "docker"}),
    ("/docker/buildkit/abcdefghijklmnopqrstuvwxy", {"level": "container", "runtime": "buildkit"}),
    (f"/team-a/{C}", {**IN_C, "orchestrator": None}),
    (f"{USER_SLICE}/user.slice/docker-{C}.scope", {**IN_C, **USER, "orchestrator": "docker"}),
    (f"/system.slice/nerdctl-{C}.scope", {**IN_C, "orchestrator": None, "runtime": "containerd"}),
    (f"/machine.slice/libpod-{C}.scope", {**IN_C, "orchestrator": "podman", "runtime": "podman"}),
    (f"/machine.slice/libpod-{C}.scope/container", {**IN_C, "orchestrator": "podman"}),
    (f"/machine.slice/libpod-conmon-{C}.scope", {"level": "scope", "container_id": None}),
    (f"/libpod_parent/libpod-{C}", {**IN_C, "orchestrator": "podman"}),
    (f"/system.slice/web.service/libpod-payload-{C}", {**IN_C, "orchestrator": "podman"}),
    (f"/machine.slice/machine-libpod_pod_{D}.slice", {"level": "pod", "orchestrator": "podman", "job_id": D}),
    (
        f"{USER_SLICE}/user.slice/user-libpod_pod_{D}.slice/libpod-{C}.scope",
        {**IN_C, **USER, "orchestrator": "podman", "job_id": D},
    ),
    # LXC, machines
    ("/lxc.payload.web1", {"level": "container", "orchestrator": "lxc", "name": "web1", "container_id": None}),
    ("/lxc/builder", {"level": "container", "orchestrator": "lxc", "name": "builder"}),
    ("/lxc/104/ns", {"level": "container", "name": "104"}),
    ("/lxc.monitor.web1", {"level": "cgroup", "orchestrator": "lxc", "name": "web1"}),
    ("/lxc.payload.web1/system.slice/nginx.service", {"level": "service", "name": "web1", "unit": "nginx.service"}),
    (
        f"/lxc/39004/ns/system.slice/docker-{C}.scope",
        {**IN_C, "orchestrator": "docker", "nested_in": ("/lxc/39004",)},
    ),
    (
        r"/machine.slice/machine-qemu\x2d5\x2dweb\x2d1.scope/libvirt/emulator",
        {"level": "cgroup", "orchestrator": "libvirt", "runtime": "qemu", "name": "web-1"},
    ),
    ("/machine/qemu-2-db.libvirt-qemu", {"orchestrator": "libvirt", "name": "db"}),
    ("/machine.slice/machine-deb.scope/payload", {"level": "container", "runtime": "nspawn", "name": "deb"}),
    ("/machine.slice/systemd-nspawn@deb.service", {"level": "container", "runtime": "nspawn", "name": "deb"}),
    ("/qemu.slice/104.scope", {"level": "scope", "orchestrator": "proxmox", "name": "104"}),
    # batch and cluster managers
    (
        "/slurm/uid_33714/job_1158423/step_batch/task_0",
        {"orchestrator": "slurm", "user_id": 33714, "job_id": "1158423", "step_id": "batch", "task_id": "0"},
    ),
    ("/slurm_node7/uid_1/job_2", {"orchestrator": "slurm", "job_id": "2", "step_id": None, "level": "cgroup"}),
    (
        "/system.slice/node7_slurmstepd.scope/job_42/step_0/user/task_3",
        {"orchestrator": "slurm", "job_id": "42", "step_id": "0", "task_id": "3", "cgroup_driver": "systemd"},
    ),
    (f"/ecs/{TASK}/{C}", {**IN_C, "orchestrator": "ecs", "job_id": TASK}),
    (f"/ecs/prod/{TASK}/{C}", {**IN_C, "orchestrator": "ecs", "job_id": TASK}),
    (f"/ecs/{TASK}/{TASK}-0123456789", {"level": "container", "orchestrator": "ecs"}),
    (f"/ecs/{TASK}", {"level": "cgroup", "orchestrator": "ecs", "job_id": TASK, "container_id": None}),
    (
        f"/ecstasks.slice/ecstasks-{TASK}.slice/docker-{C}.scope",
        {**IN_C, "orchestrator": "ecs", "runtime": "docker", "job_id": TASK},
    ),
    (f"/ecstasks.slice/ecstasks-{TASK}.slice", {"level": "slice", "orchestrator": "ecs", "job_id": TASK}),
    (f"/nomad/{U}.web", {"level": "container", "orchestrator": "nomad", "job_id": U, "name": "web"}),
    (f"/nomad/share/{U}.web", {"orchestrator": "nomad", "job_id": U, "name": "web"}),
    (
        f"/nomad.slice/reserve.slice/{U}.web.scope",
        {"level": "container", "orchestrator": "nomad", "name": "web", "cgroup_driver": "systemd"},
    ),
    (f"/nomad.slice/docker-{C}.scope", {**IN_C, "orchestrator": "nomad", "runtime": "docker"}),
    ("/hadoop-yarn/container_e01_1699_0001_01_000002", {"orchestrator": "yarn", "job_id": "1699_0001"}),
    ("/htcondor/condor_var_lib_slot1_1@host", {"orchestrator": "htcondor", "level": "cgroup"}),
    ("/mesos/11111111-1111", {"orchestrator": "mesos", "level": "container"}),
    ("/garden/handle", {"orchestrator": "cloudfoundry", "level": "container"}),
    # systemd
    (
        "/system.slice/mysql.service",
        {"level": "service", "orchestrator": "systemd", "unit": "mysql.service", "nested_in": ()},
    ),
    ("/system.slice/system-worker.slice/worker@2.service", {"level": "service", "unit": "worker@2.service"}),
    ("/system.slice/system-worker.slice", {"level": "slice", "unit": "system-worker.slice"}),
    ("/system.slice/app.service/workers/3", {"level": "cgroup", "unit": "app.service", "inner": "/workers/3"}),
    ("/user.slice/user-1000.slice/session-5.scope", {**USER, "level": "scope", "session": "5"}),
    ("/user.slice/user-1000.slice", {**USER, "level": "slice"}),
    (f"{USER_SLICE}/app.slice/run-u640.service", {**USER, "level": "service", "unit": "run-u640.service"}),
    (f"{USER_SLICE}/app.slice/app-gnome-org.gnome.Maps-4711.scope", {**USER, "name": "org.gnome.Maps"}),
    (f"{USER_SLICE}/app.slice/snap.firefox.firefox-{U}.scope", {**USER, "name": "firefox"}),
    ("/system.slice/snap.lxd.daemon.service", {"level": "service", "name": "lxd"}),
    ("/init.scope", {"level": "scope", "unit": "init.scope"}),
    # the rest
    ("/", {"level": "root", "orchestrator": None}),
    ("/ltp/test-95520", {"level": "cgroup", "orchestrator": None, "unit": None}),
    ("/kubepodsx/podium", {"level": "cgroup", "orchestrator": None}),
    (f"/a,oom_memcg=/kubepods,task=x/pod{U},pid=1", {"orchestrator": None, "pod_uid": None}),
    ("(name too long)", {"level": "cgroup", "orchestrator": None}),
    ("", {"level": "cgroup", "orchestrator": None}),
]


@pytest.mark.parametrize(("path", "expected"), CASES, ids=[path[:60] for path, _ in CASES])
def test_path_says_who_lives_there(path: str, expected: dict[str, object]) -> None:
    identity = identify(path)._asdict()
    assert {name: identity[name] for name in expected} == expected


def test_no_path_says_nothing() -> None:
    assert identify(None) == Identity()


def test_unit_is_kept_as_printed_and_shown_unescaped() -> None:
    who = identify(r"/system.slice/dev-disk\x2dby\x2did-a\x1bb.service")
    assert who.unit == r"dev-disk\x2dby\x2did-a\x1bb.service"
    assert who.unit_display == r"dev-disk-by-id-a\x1bb.service"  # an escape stays visible, a dash is a dash


@pytest.mark.parametrize(
    ("owner", "scope"),
    [
        (f"/kubepods/pod{U}/{C}", "container"),
        (f"/kubepods/pod{U}/{C}/init.scope", "cgroup"),
        (f"/kubepods/pod{U}", "pod"),
        ("/kubepods/burstable", "qos"),
        ("/kubepods.slice", "kubepods"),
        ("/system.slice/mysql.service", "service"),
        ("/system.slice", "cgroup"),
        ("/user.slice/user-1000.slice", "cgroup"),
        ("/slurm/uid_1/job_2", "cgroup"),
        (f"/machine.slice/libpod-{C}.scope/container", "container"),
        ("/lxc.payload.web1", "container"),
    ],
)
def test_scope_is_the_limit_owners_kind(owner: str, scope: str) -> None:
    assert scope_of(owner, owner).scope == scope


def test_pod_named_over_its_container_keeps_the_scope_and_carries_the_caveat() -> None:
    reading = scope_of(f"/kubepods/pod{U}", f"/kubepods/pod{U}/{C}")
    assert reading.scope == "pod"
    assert reading.same_limit_caveat
    assert scope_of("/kubepods", f"/kubepods/pod{U}/{C}").same_limit_caveat is None


def test_contains_goes_by_components() -> None:
    assert contains("/a/b", "/a/b")
    assert contains("/a/b", "/a/b/c")
    assert contains("/", "/a")
    assert not contains("/a/b", "/a/bc")
    assert not contains("/a/b", "/a")


def key(path: str, container: str | None = None) -> str:
    return workload_key(identify(path), path, container=container)


def test_a_restarted_container_keeps_its_key() -> None:
    old, new = f"/kubepods/pod{U}/{C}", f"/kubepods/pod{U}/{D}"
    assert key(old) == key(new) == key(f"/kubepods.slice/kubepods-pod{V}.slice/crio-{C}.scope/container")
    assert key(old, "web") == key(new, "web") != key(new, "proxy")


def test_different_workloads_have_different_keys() -> None:
    paths = [
        f"/docker/{C}",
        f"/docker/{D}",
        f"/kubepods/pod{U}",
        "/kubepods",
        "/kubepods/burstable",
        "/lxc/a/system.slice/x.service",
        "/lxc/b/system.slice/x.service",
        "/system.slice/x.service",
        "/user.slice/user-1.slice/session-2.scope",
        "/user.slice/user-1.slice/session-3.scope",
        "/slurm/uid_1/job_2/step_0",
        "/slurm/uid_1/job_2/step_1",
        "/foo",
        "/",
    ]
    assert len({key(path) for path in paths}) == len(paths)


def test_runs_of_one_job_unit_or_application_share_a_key() -> None:
    assert key("/slurm/uid_1/job_2/step_0/task_0") == key("/slurm/uid_1/job_2/step_0")
    assert key("/system.slice/a.service/worker1") == key("/system.slice/a.service")
    assert key(f"/user.slice/snap.x.x-{U}.scope") == key(f"/user.slice/snap.x.x-{'1' * 8 + U[8:]}.scope")
    app = "/user.slice/user-1.slice/user@1.service/app.slice/app-gnome-maps-{}.scope"
    assert key(app.format(11)) == key(app.format(222))


_WORDS = st.sampled_from(
    [
        "kubepods",
        "kubepods.slice",
        "burstable",
        f"pod{U}",
        C,
        f"crio-{C}.scope",
        "docker",
        "lxc",
        "ns",
        "..",
        "",
        f"kubepods-pod{V}.slice:crio:{C}",
        "lxc.payload.x",
        "ecs",
        "nomad.slice",
        "slurm",
        "job_1",
        "a.service",
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(_WORDS, st.text(max_size=12))).map(lambda parts: "/" + "/".join(parts))))
def test_any_text_gives_an_identity_a_key_and_a_scope(path: str) -> None:
    who = identify(path)
    assert workload_key(who, path)
    assert scope_of(path, path + "/x").scope
    if who.pod_uid:
        assert re.fullmatch(r"[0-9a-f-]{32,36}", who.pod_uid)


@pytest.mark.parametrize(
    "piece", ["/lxc/a", f"/{C}", "kubepods-", "pod-", "a.", r"\x2d", "/user-1.slice", "-pod" + "0" * 31]
)
@pytest.mark.usefixtures("must_end")
def test_a_long_hostile_path_takes_no_long_time(piece: str) -> None:
    identify(piece * 400_000)
