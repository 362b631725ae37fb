"""Pod lists, memory files and runtimes' logs in a bundle are used by themselves, and that is said."""

import io
import json
import re
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import oomscope
from oomscope.incident import Incident

LEAK = (Path(__file__).parents[2] / "sample_logs/6.12-v2-leak-restarts.log").read_bytes()
UID = "51d8932c-5bcc-4661-a4ef-8ba0baf9b297"
ID = "4e84b2ef0613444f845015fa9bb4b2f30e0269cb09128ed02e643410b22f19ec"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"uid": UID, "namespace": "shop", "name": "web-7d4b9"},
    "spec": {"nodeName": "node-1", "containers": [{"name": "app", "resources": {"limits": {"memory": "150Mi"}}}]},
}
LISTS = {
    "kubectl": {"apiVersion": "v1", "items": [POD], "kind": "List"},
    "api": {"kind": "PodList", "apiVersion": "v1", "items": [POD]},
    "list-first": {"kind": "List", "apiVersion": "v1", "items": [POD]},
    "one": POD,
}
CGROUP = f"node/sys/fs/cgroup/kubepods/burstable/pod{UID}"
DATED = b"".join(
    b"Jan  5 %02d:%02d:%02d node-1 kernel: [%s] %s\n"
    % (*divmod(int(float(line[1:13])) // 60, 60), int(float(line[1:13])) % 60, line[1:13], line[15:])
    for line in LEAK.splitlines()
)
STARTED = (
    f'Jan  5 00:40:00 node-1 containerd[77]: time="2026-01-05T00:40:00Z" level=info msg="StartContainer for \\"{ID}\\" '
    'returns successfully"\n'
)


def bundle(path: Path, members: dict[str, bytes]) -> Path:
    """A .tar.gz of these members."""
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def notes(incident: Incident) -> list[str]:
    return [note.text for note in incident.notes if note.id == "bundle-files"]


@pytest.mark.parametrize("made", LISTS)
@pytest.mark.parametrize("indent", [None, 4])
def test_pods_in_an_archive_give_names(tmp_path: Path, made: str, indent: int | None) -> None:
    pods = json.dumps(LISTS[made], indent=indent).encode()
    path = bundle(tmp_path / "b.tgz", {"node/dmesg": LEAK, "cluster/get-pods": pods})
    analysis = oomscope.analyze(path)
    assert {(i.workload.namespace, i.workload.pod, i.workload.container) for i in analysis.incidents} == {
        ("shop", "web-7d4b9", "app")
    }
    assert notes(analysis.incidents[0]) == ["used beside the log, from the same bundle: cluster/get-pods"]


def test_a_directory_is_as_good_as_an_archive(tmp_path: Path) -> None:
    for name, data in {
        "node/dmesg": LEAK,
        "pods.json": json.dumps(POD).encode(),
        f"{CGROUP}/memory.peak": b"99\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    analysis = oomscope.analyze(tmp_path)
    assert analysis.incidents[0].workload.pod == "web-7d4b9"
    assert analysis.facts[0].whole("cgroup_peak_bytes") == 99
    assert notes(analysis.incidents[0]) == [f"used beside the log, from the same bundle: pods.json, {CGROUP}"]


def test_memory_files_are_matched_by_the_name_of_the_cgroup_alone(tmp_path: Path) -> None:
    other = f"node/sys/fs/cgroup/kubepods/pod{UID[::-1]}"
    members = {"node/dmesg": LEAK, f"{other}/memory.max": b"157286400\n", f"{other}/memory.peak": b"7\n"}
    analysis = oomscope.analyze(bundle(tmp_path / "b.tgz", members))
    assert analysis.facts[0].whole("cgroup_peak_bytes") is None
    assert notes(analysis.incidents[0]) == []


def test_meminfo_is_the_memory_of_the_node(tmp_path: Path) -> None:
    members = {"node/messages": DATED, "node/proc/meminfo": b"MemTotal:       16000000 kB\nMemFree: 1 kB\n"}
    analysis = oomscope.analyze(bundle(tmp_path / "b.tgz", members))
    assert analysis.facts[0].whole("node_capacity_bytes") == 16_000_000 * 1024
    assert notes(analysis.incidents[0]) == ["used beside the log, from the same bundle: node/proc/meminfo"]


def test_the_start_of_a_container_is_found_in_the_log_of_its_runtime(tmp_path: Path) -> None:
    path = bundle(tmp_path / "b.tgz", {"node/messages": DATED, "node/containerd.log": STARTED.encode()})
    analysis = oomscope.analyze(path)
    (said,) = [note for note in analysis.incidents[0].notes if note.id == "started"]
    assert (
        said.text
        == "containerd started the container 5 min before the kill, as node/containerd.log in the same bundle has it"
    )
    assert said.lines is None
    assert [group.lifetimes_source for group in analysis.groups] == ["log"]


def test_the_log_of_a_runtime_in_another_bundle_tells_nothing(tmp_path: Path) -> None:
    one = bundle(tmp_path / "a.tgz", {"node/messages": DATED})
    other = bundle(
        tmp_path / "b.tgz",
        {
            "node/containerd.log": STARTED.encode(),
            "node/messages": b"Jan  5 00:00:01 node-1 kernel: [    1.000000] x\n",
        },
    )
    analysis = oomscope.analyze([one, other])
    assert not [note for note in analysis.incidents[0].notes if note.id == "started"]


def test_a_unit_of_two_bundles_has_no_memory_files_of_either(tmp_path: Path) -> None:
    unit = LEAK.replace(f"/kubepods/burstable/pod{UID}".encode(), b"/system.slice/big.service")
    later = re.sub(rb"(?m)^\[ *(\d+)\.", lambda found: b"[%5d." % (int(found[1]) + 7), unit)
    files = {"sys/fs/cgroup/system.slice/big.service/memory.peak": b"5\n"}
    one = bundle(tmp_path / "a.tgz", {"dmesg": unit, **files})
    assert oomscope.analyze(one).facts[0].whole("cgroup_peak_bytes") == 5
    both = oomscope.analyze([one, bundle(tmp_path / "b.tgz", {"dmesg": later})])
    assert len(both.incidents) == 8
    assert all(facts.whole("cgroup_peak_bytes") is None for facts in both.facts)


HOSTILE = {
    "deep": b'{"kind":"Pod","spec":' + b"[" * 1_000_000,
    "cut": json.dumps(POD).encode()[:-40],
    "twice": b'{"kind":"Pod","kind":"Pod"}',
    "wide": b'[{"kind":"Pod"}' + b",{}" * 400_000 + b"]",
    "strange": b'{"kind":"Pod","metadata":{"uid":["' + UID.encode() + b'"],"namespace":{}},"spec":7}',
    "too large": b'{"kind":"PodList","items":[' + b" " * (9 << 20) + b"]}",
    "node": b'{"kind":"Node","metadata":{"name":[]}}',
    "event": b'{"involvedObject":{"kind":"Pod","uid":1},"reason":{}}',
    "digits": b'{"kind":"Pod","metadata":{"uid":' + b"9" * 100_000 + b"}}",
}
_RUN = (
    "import json, sys, oomscope\n"
    "found = oomscope.analyze(sys.argv[1])\n"
    "with open('/proc/self/status') as status:\n"
    "    peak = next(int(line.split()[1]) for line in status if line.startswith('VmHWM:'))\n"
    "print(json.dumps([len(found.incidents), peak, [w.message for i in found.inputs for w in i.warnings]]))\n"
)


def run(path: Path) -> tuple[int, int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path)], capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))  # type: ignore[return-value]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_side_input_costs_no_incident(tmp_path: Path, name: str) -> None:
    path = bundle(tmp_path / "b.tgz", {"node/dmesg": LEAK, "pods.json": HOSTILE[name]})
    incidents, peak, warnings = run(path)
    assert incidents == 4
    assert peak < 500 << 10
    if name == "too large":
        assert any("pods.json: larger than 8.0 MiB, and not used" in words for words in warnings)


def test_names_of_members_decide_nothing_about_where_a_copy_is_written(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    members = {"node/dmesg": LEAK.replace(f"pod{UID}".encode(), b"..")}
    for folder in ("a/..", "/escaped/..", f"../../pod{UID}", "a/pod\x1b[31m"):
        members[f"{folder}/memory.max"] = b"1\n"
    path = bundle(place / "b.tgz", members)
    before = sorted(tmp_path.rglob("*"))
    assert run(path)[0] == 4
    assert sorted(tmp_path.rglob("*")) == before
