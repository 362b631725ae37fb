"""A part of an analysis: what is shown is what was asked for, verdicts stay, and what is left out is counted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import oomscope
from oomscope.chosen import Choice, Chosen, moment
from oomscope.errors import UsageError

SAMPLES = Path(__file__).parents[2] / "sample_logs"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def analysis() -> oomscope.Analysis:
    return oomscope.analyze([SAMPLES / "6.1-v1-two-workloads.log", SAMPLES / "6.12-v2-leak-restarts.log"])


def test_victims_are_chosen_by_their_names(analysis: oomscope.Analysis) -> None:
    chosen = Chosen(analysis, Choice(victims=("dot*",)))
    document = chosen.document()
    assert [v["comm"] for i in document["incidents"] for v in i["victims"]] == ["dotnet"] * 4
    (workload,) = document["workloads"]
    assert workload["kills"] == 4
    (warning,) = [w for i in document["inputs"] for w in i["warnings"] if w["code"] == "left-out"]
    assert warning["message"] == "3 incidents of 7 left out by what was asked for"
    assert "left out by what was asked for" in chosen.html()


def test_the_verdict_rests_on_all_kills_and_the_count_on_the_chosen(analysis: oomscope.Analysis) -> None:
    document = Chosen(analysis, Choice(victims=("dotnet",), last=1)).document()
    (incident,) = document["incidents"]
    (workload,) = document["workloads"]
    whole = next(w for w in analysis.document()["workloads"] if incident["id"] in w["incidents"])
    assert (workload["kills"], workload["incidents"]) == (1, [incident["id"]])
    assert workload["verdict"]["probability"] == whole["verdict"]["probability"]
    assert "4 kills" not in workload["verdict"]["headline"]
    assert incident["id"] == whole["incidents"][-1]


def test_causes_pods_and_boots(analysis: oomscope.Analysis) -> None:
    assert {i["verdict"]["cause"] for i in Chosen(analysis, Choice(causes=("leak",))).document()["incidents"]} == {
        "leak"
    }
    uid = "eab9662a-*"
    assert len(Chosen(analysis, Choice(pods=(uid,))).incidents) == 2
    assert len(Chosen(analysis, Choice(boot=1)).incidents) + len(Chosen(analysis, Choice(boot=2)).incidents) > 0
    assert Chosen(analysis, Choice(hosts=("nobody",))).incidents == ()
    assert Chosen(analysis, Choice(hosts=("nobody",))).document()["workloads"] == []


def test_every_view_shows_the_same_part(analysis: oomscope.Analysis) -> None:
    chosen = Chosen(analysis, Choice(victims=("dotnet",)))
    assert len(list(chosen.written_lines())) == 4
    assert len(chosen.shown_document(most=2)["incidents"]) == 2
    assert len(chosen.to_frames()["incidents"]) == 4


def test_incidents_without_a_time_are_said_to_be_left_out(analysis: oomscope.Analysis) -> None:
    document = Chosen(analysis, Choice(since=0.0)).document()
    messages = [w["message"] for w in document["inputs"][0]["warnings"]]
    assert document["incidents"] == []
    assert any("7 of all have no time of day" in words for words in messages)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-22", 1_795_305_600.0),
        ("2026-11-22T10:00", 1_795_341_600.0),
        ("2026-11-22T10:00:00+02:00", 1_795_334_400.0),
        ("2h", NOW.timestamp() - 7_200),
        ("7 d", NOW.timestamp() - 604_800),
    ],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert moment(text, NOW, "--since") == seconds


@pytest.mark.parametrize("text", ["", "yesterday", "2h\n", "25:00", "9" * 40 + "h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        moment(text + "x", NOW, "--since")
