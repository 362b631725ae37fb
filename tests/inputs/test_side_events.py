"""Events of the cluster: who else reported the kill, how often the container was started, what happened around."""

import json
from pathlib import Path
from typing import Any

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.errors import InputError
from oomscope.inputs import SideFiles
from oomscope.inputs.events import parse_events, read_events

from .syslogs import DATA, LIVES, RING, syslog

PODS, EVENTS = str(DATA / "leak_restarts-host-v1-116-x1200.pods.json"), DATA / "events.json"


def run(events: Path = EVENTS, log: Path = RING, pods: bool = True) -> Analysis:
    files = SideFiles(pods=(PODS,) if pods else (), events=(str(events),))
    return analyze([str(log)], Options(side=files))


def items() -> list[dict[str, Any]]:
    return list(json.loads(EVENTS.read_text())["items"])


def write(path: Path, some: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"kind": "List", "items": some}))
    return path


def newer(event: dict[str, Any]) -> dict[str, Any]:
    """The same in events.k8s.io/v1."""
    first, last, count = event["firstTimestamp"], event["lastTimestamp"], event["count"]
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": event["metadata"],
        "regarding": event["involvedObject"],
        "reason": event["reason"],
        "note": event["message"],
        "eventTime": first.replace("Z", ".000000Z"),
        "series": {"count": count, "lastObservedTime": last} if count > 1 else None,
        "deprecatedSource": event["source"],
        "type": event["type"],
    }


def test_the_node_reported_these_kills_as_well() -> None:
    analysis = run()
    assert [t.values.get("event_oom_reported") for t in analysis.facts] == [True, None, True]
    said = [n.text for i in analysis.incidents for n in i.notes if n.id == "corroborated"]
    assert said == [
        "an OOMKilling event reported it: Memory cgroup out of memory: Killed process 26608 (prometheus) total-vm:45608kB, anon-rss:40704kB",
        "kubelet reported it as a system OOM: System OOM encountered, victim process: prometheus, pid: 26633",
    ]


def test_starts_back_offs_probes_evictions_and_disks_are_facts() -> None:
    last = run().facts[-1].values
    assert {name: value for name, value in last.items() if name.startswith("event_")} == {
        "event_oom_reported": True,
        "event_backoffs": 9,
        "event_starts": 3,
        "event_unhealthy": 6,
        "event_probe_kills": 1,
        "event_evictions": 1,
        "event_pod_evicted": False,
        "event_disk_full": True,
    }


def test_what_happened_after_the_kill_did_not_lead_to_it() -> None:
    first = run().facts[0].values
    assert (first["event_unhealthy"], first["event_probe_kills"]) == (0, 0)
    assert "event_disk_full" not in first


def test_starts_tell_lives_where_the_inventory_has_forgotten_them(tmp_path: Path) -> None:
    ((repeats, _),) = run().workloads
    assert repeats.lifetimes_source == "events"
    assert repeats.lifetimes_seconds == pytest.approx((*LIVES[:2], 2712), abs=2)


def test_of_many_starts_counted_together_none_is_guessed(tmp_path: Path) -> None:
    some = items()
    some[0].update(count=3, lastTimestamp=some[1]["lastTimestamp"])
    ((repeats, _),) = run(write(tmp_path / "e.json", some)).workloads
    assert repeats.lifetimes_source == "pods"


def test_both_spellings_of_an_event_say_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "new.json", [newer(event) for event in items()])
    assert [t.values for t in run(path).facts] == [t.values for t in run().facts]
    assert run(path).document() == run().document()


def test_one_event_a_line_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "watch.json"
    path.write_text("".join(json.dumps(event) + "\n" for event in items()))
    assert run(path).document() == run().document()


def test_the_uid_in_the_cgroups_path_is_enough(tmp_path: Path) -> None:
    analysis = run(log=syslog(tmp_path / "syslog", []), pods=False)
    assert analysis.facts[-1].values["event_backoffs"] == 9
    assert analysis.workloads[0][0].lifetimes_source == "events"


@pytest.mark.parametrize(
    "message",
    [
        "System OOM encountered, victim process: prometheus, pid: 26634",
        "System OOM encountered, victim process: other, pid: 26633",
        "Readiness probe failed: System OOM encountered, victim process: prometheus, pid: 26633",
    ],
)
def test_a_report_of_another_process_is_none_of_this(tmp_path: Path, message: str) -> None:
    some = [event for event in items() if event["reason"] == "SystemOOM"]
    some[0]["message"] = message
    assert run(write(tmp_path / "e.json", some)).facts[-1].values.get("event_oom_reported") is None


def test_a_report_at_another_time_or_of_another_node_is_none_of_this(tmp_path: Path) -> None:
    late = [event for event in items() if event["reason"] == "SystemOOM"]
    late[0].update(firstTimestamp="2025-03-13T01:30:29Z", lastTimestamp="2025-03-13T01:30:29Z")
    assert run(write(tmp_path / "late.json", late)).facts[-1].values.get("event_oom_reported") is None
    pods = json.loads(Path(PODS).read_text())
    for pod in pods["items"]:
        pod["spec"]["nodeName"] = "node-7"
    (tmp_path / "pods.json").write_text(json.dumps(pods))
    files = SideFiles(pods=(str(tmp_path / "pods.json"),), events=(str(EVENTS),))
    elsewhere = analyze([str(RING)], Options(side=files)).facts[-1].values
    assert {"event_oom_reported", "event_evictions"}.isdisjoint(elsewhere)


def test_a_cluster_without_events_has_none() -> None:
    assert parse_events('{"kind": "List", "items": []}', "kubectl get events") == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"kind": "Pod", "metadata": {}}', "no event in it; expected what `kubectl get events"),
        ("", "no event in it"),
        ("{", "not JSON"),
        ('{"reason": 5, "involvedObject": {}}', "no event in it"),
    ],
)
def test_what_is_none_is_said(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "e.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"e.json: {said}"):
        read_events(str(path))
    with pytest.raises(InputError, match=r"none\.json: No such file"):
        read_events(str(tmp_path / "none.json"))


@pytest.mark.parametrize("strange", [{"count": "7"}, {"firstTimestamp": 5}, {"message": None}, {"series": []}, {"lastTimestamp": "yesterday"}, {"count": -4}])  # fmt: skip
def test_a_strange_field_is_unknown_and_the_event_stays(strange: dict[str, object]) -> None:
    (event,) = parse_events(json.dumps({**items()[0], **strange}), "here")
    assert event.reason == "Started"
    assert event.times >= 1
