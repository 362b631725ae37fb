"""Every sample log still says what its expectation says, from the log alone and with the bundled cause files."""

import json
from pathlib import Path
from typing import Any

import pytest

import oomscope

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = sorted(p for p in SAMPLES.iterdir() if p.name.endswith((".log", ".log.gz")))
SMALL = 60 * 1024


def expectation(log: Path) -> dict[str, Any]:
    stem = log.name.removesuffix(".gz").removesuffix(".log")
    found: dict[str, Any] = json.loads((SAMPLES / f"{stem}.expect.json").read_text(encoding="utf-8"))
    return found


def verdict_of_most_kills(doc: dict[str, Any]) -> dict[str, Any]:
    """The verdict of the workload that was hit most."""
    most: dict[str, Any] = max(doc["workloads"], key=lambda workload: workload["kills"])
    return most["verdict"]


def names(doc: dict[str, Any], key: str) -> set[str]:
    return {i["workload"][key] for i in doc["incidents"] if i["workload"] and i["workload"][key]}


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_a_sample_log_gives_its_expected_verdict(log: Path) -> None:
    want = expectation(log)
    doc = oomscope.analyze([str(log)]).document()
    assert sorted({v["pid"] for i in doc["incidents"] for v in i["victims"]}) == want["killed"]
    if want["cause"] is None:
        assert doc["incidents"] == []
        return
    accepted = [want["cause"]] if isinstance(want["cause"], str) else want["cause"]
    verdict = verdict_of_most_kills(doc)
    assert verdict["cause"] in accepted, verdict["ranked"][:3]
    assert verdict["ranked"][0]["cause"] in accepted or "undetermined" in accepted
    assert doc["incidents"][-1]["scope"] == want["scope"]
    assert set(want.get("pod_uid", ())) <= names(doc, "pod_uid")
    assert set(want.get("container_id", ())) <= names(doc, "container_id")


def test_sample_logs_are_small_and_each_has_an_expectation() -> None:
    stems = {p.name.removesuffix(".gz").removesuffix(".log") for p in LOGS}
    assert stems == {p.name.removesuffix(".expect.json") for p in SAMPLES.glob("*.expect.json")}
    assert len(LOGS) >= 18
    assert [p.name for p in LOGS if p.stat().st_size > SMALL] == []


def test_sample_logs_show_nearly_every_cause() -> None:
    from oomscope.causes import branches_of, load_bundled
    from oomscope.facts import VOCABULARY

    shown = {cause for log in LOGS for cause in (expectation(log)["cause"] or ())}
    assert set(branches_of(load_bundled(VOCABULARY))) - shown <= {"unaccounted_memory", "userspace_killer"}
