"""Lives that the log itself tells: a runtime's start lines far before the kills."""

import json
from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.inputs import SideFiles

from .syslogs import (
    CONTAINERD,
    CONTAINERS,
    CREATED,
    DATA,
    KILLS,
    LIVES,
    LOGRUS,
    PLEG,
    POD_UID,
    RING,
    Said,
    service,
    starts,
    syslog,
)

CRIO = LOGRUS + f'"Started container" PID=4711 containerID={{id}} description=data/pod/ingest sandboxID={"cd" * 32}'
DOCKER = (
    LOGRUS
    + '"starting signal loop" namespace=moby path=/run/containerd/io.containerd.runtime.v2.task/moby/{id} pid=4711'
)
JSON_PLEG = f'I0313 00:42:17.123456    1234 kubelet.go:2453] "SyncLoop (PLEG): event for pod" pod="data/ingest" event={{"ID":"{POD_UID}","Type":"ContainerStarted","Data":"{{id}}"}}'
OLD_PLEG = f'I0313 00:42:17.123456    1234 kubelet.go:1951] SyncLoop (PLEG): "ingest_data({POD_UID})", event: &pleg.PodLifecycleEvent{{ID:"{POD_UID}", Type:"ContainerStarted", Data:"{{id}}"}}'
SCOPE = "Started cri-containerd-{id}.scope - libcontainer container {id}."


ALONE = SideFiles()


def lives(path: Path, side: SideFiles = ALONE) -> tuple[tuple[float, ...], str | None]:
    ((repeats, _),) = analyze([str(path)], Options(side=side)).workloads
    return repeats.lifetimes_seconds, repeats.lifetimes_source


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("containerd[512]", CONTAINERD),
        ("containerd[512]", CREATED),
        ("k3s[512]", CONTAINERD),
        ("crio[512]", CRIO),
        ("crio[512]", LOGRUS + '"Started container {id}: data/pod/ingest" id=1 name=/runtime.v1.RuntimeService/StartContainer'),
        ("containerd[512]", DOCKER),
        ("systemd[1]", SCOPE),
        ("systemd[1]", "Started libcontainer container {id}."),
        ("systemd[1]", "Started crio-{id}.scope - libcrun container."),
        ("kubelet[1234]", PLEG),
        ("kubelet[1234]", JSON_PLEG),
        ("kubelet[1234]", OLD_PLEG),
    ],
)  # fmt: skip
def test_a_start_line_tells_how_long_it_lived(tmp_path: Path, program: str, text: str) -> None:
    seconds, source = lives(syslog(tmp_path / "syslog", starts(program, text)))
    assert source == "log"
    assert seconds == pytest.approx(LIVES, abs=0.01)


def test_the_start_stands_in_the_report_with_its_line(tmp_path: Path) -> None:
    path = syslog(tmp_path / "syslog", starts("containerd[512]", CONTAINERD))
    analysis = analyze([str(path)])
    note = next(n for n in analysis.incidents[0].notes if n.id == "started")
    assert note.text == "containerd started the container 44 min before the kill"
    assert note.lines is not None
    assert CONTAINERS[0] in path.read_text().splitlines()[note.lines[0] - 1]
    facts = analysis.facts[0].values
    assert (facts["life_source"], facts["life_count"], facts["lives_regular"]) == ("log", 3, True)


def test_a_journal_tells_the_same(tmp_path: Path) -> None:
    entries = []
    for line in syslog(tmp_path / "syslog", starts("containerd[512]", CONTAINERD)).read_text().splitlines():
        stamp, _, program, text = line.split(" ", 3)
        wall = 1_741_000_000_000_000 + int(
            float(stamp[11:13]) * 3600e6 + float(stamp[14:16]) * 60e6 + float(stamp[17:26]) * 1e6
        )
        wall += 86_400_000_000 if stamp.startswith("2025-03-13") else 0
        ident, _, pid = program.rstrip(":]").partition("[")
        kernel = {"_TRANSPORT": "kernel", "SYSLOG_FACILITY": "0"} if ident == "kernel" else {"_PID": pid}
        message = text.split("] ", 1)[1] if ident == "kernel" else text
        entries.append({"__REALTIME_TIMESTAMP": str(wall), "SYSLOG_IDENTIFIER": ident, "MESSAGE": message, **kernel})
    path = tmp_path / "journal.json"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    seconds, source = lives(path)
    assert (source, seconds) == ("log", pytest.approx(LIVES, abs=0.01))


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("web[77]", CONTAINERD),  # another program
        ("containerd[512]", "cleanup warnings " + CONTAINERD),  # quoted within what it says
        ("kubelet[1234]", CONTAINERD),
        ("systemd[901]", SCOPE),  # a user's own systemd
        ("kubelet[1234]", f'I0313 00:42:17.1    1234 prober.go:104] "Probe failed" output="{PLEG}"'),
        ("containerd[512]", CONTAINERD.replace("{id}", "ef" * 32)),  # another container
    ],
)
def test_a_start_line_that_the_runtime_did_not_write_tells_nothing(tmp_path: Path, program: str, text: str) -> None:
    _, source = lives(syslog(tmp_path / "syslog", starts(program, text)))
    assert source == "gaps"


def test_a_start_on_another_machine_is_of_another_container(tmp_path: Path) -> None:
    path = syslog(tmp_path / "syslog", starts("systemd[1]", SCOPE))
    path.write_text(path.read_text().replace("node-1 systemd", "node-2 systemd"))
    assert lives(path)[1] == "gaps"


def test_what_kubelet_sees_when_it_is_restarted_is_no_start(tmp_path: Path) -> None:
    others = [(KILLS[0] - 60, "kubelet[1234]", PLEG.replace("{id}", f"{n:064x}")) for n in range(8)]
    seen: Said = (KILLS[0] - 60, "kubelet[1234]", PLEG.replace("{id}", CONTAINERS[0]))
    assert lives(syslog(tmp_path / "syslog", [seen, *others]))[1] == "gaps"
    assert lives(syslog(tmp_path / "syslog", [seen]))[1] == "log"


def test_a_journal_without_wall_clocks_tells_it_by_its_own(tmp_path: Path) -> None:
    ring = [(float(line[1:13]), "kernel", line.split("] ", 1)[1]) for line in RING.read_text().splitlines()]
    said = sorted([*ring, *starts("kubelet[1234]", PLEG)], key=lambda one: one[0])
    path = tmp_path / "short-monotonic"
    path.write_text("".join(f"[{at:12.6f}] node-1 {program}: {text}\n" for at, program, text in said))
    assert lives(path) == (pytest.approx(LIVES, abs=0.01), "log")


def test_the_runtime_is_believed_before_kubelet(tmp_path: Path) -> None:
    late = starts("kubelet[1234]", PLEG, [life - 500 for life in LIVES])
    seconds, _ = lives(syslog(tmp_path / "syslog", [*starts("containerd[512]", CONTAINERD), *late]))
    assert seconds == pytest.approx(LIVES, abs=0.01)


def test_the_runtime_counts_its_restarts(tmp_path: Path) -> None:
    path = syslog(tmp_path / "syslog", starts("containerd[512]", CREATED))
    assert [table.values.get("runtime_restarts") for table in analyze([str(path)]).facts] == [0, 1, 2]


def test_the_inventory_knows_a_life_better_than_the_log(tmp_path: Path) -> None:
    path = syslog(tmp_path / "syslog", starts("containerd[512]", CONTAINERD))
    pods = SideFiles(pods=(str(DATA / "leak_restarts-host-v1-116-x1200.pods.json"),))
    seconds, source = lives(path, pods)
    assert seconds == pytest.approx((*LIVES[:2], 2712), abs=0.01)
    assert source == "log"  # two of three


def test_a_unit_lives_from_its_last_start(tmp_path: Path) -> None:
    said = [
        (100.0, "systemd[1]", "Started app.service - An App."),
        (2005.0, "systemd[1]", "app.service: Scheduled restart job, restart counter is at 7."),
        (2005.1, "systemd[1]", "Started app.service - An App."),
    ]
    path = syslog(tmp_path / "syslog", said, service(2000.0, 4005.1))
    assert lives(path) == (pytest.approx((1900, 2000)), "log")
    assert [table.values.get("runtime_restarts") for table in analyze([str(path)]).facts] == [None, 7]


def test_an_old_systemd_names_the_unit_only_when_it_restarts_it(tmp_path: Path) -> None:
    said = [
        (2005.0, "systemd[1]", "app.service: Scheduled restart job, restart counter is at 1."),
        (2005.1, "systemd[1]", "Started An App."),
    ]
    seconds, source = lives(syslog(tmp_path / "syslog", said, service(2000.0, 4005.0)))
    assert (seconds, source) == (pytest.approx((2000,)), "log")


def test_a_unit_that_survives_its_kills_has_no_lives(tmp_path: Path) -> None:
    said = [(100.0, "systemd[1]", "Started app.service - An App.")]
    assert lives(syslog(tmp_path / "syslog", said, service(2000.0, 4000.0)))[1] == "gaps"


def test_a_users_unit_is_not_the_systems_of_that_name(tmp_path: Path) -> None:
    said = [(100.0, "systemd[1]", "Started app.service - An App.")]
    path = "/user.slice/user-1000.slice/user@1000.service/app.slice/app.service"
    assert lives(syslog(tmp_path / "syslog", said, service(2000.0, path=path))) == ((), None)


def test_a_kernel_ring_reads_as_before() -> None:
    path = DATA / "leak_restarts-host-v1-116-x1200.log"
    analysis = analyze([str(path)])
    assert not any(n.id == "started" for i in analysis.incidents for n in i.notes)
