"""The kernel's choice replayed with another limit or another oom_score_adj."""

from pathlib import Path

import pytest

from oomscope.api import Options, analyze
from oomscope.errors import UsageError
from oomscope.incident.what_if import parse_changes

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def answers(log: str, *changes: str) -> list[str]:
    found = analyze([str(SAMPLES / log)], Options(what_if=parse_changes(changes)))
    return [n.text for n in found.incidents[0].notes if n.id == "what-if"]


def test_a_limit_above_the_charge_would_have_killed_nobody() -> None:
    (said,) = answers("6.12-v2-leak-restarts.log", "limit=2Gi")
    assert "150.0 MiB were in use, so nobody would have died then; 1.9 GiB more would have fitted" in said


def test_sparing_the_victim_kills_the_next() -> None:
    log = "6.12-v2-several-processes.log"
    (victim,) = analyze([str(SAMPLES / log)]).incidents[0].event.victims
    (said,) = answers(log, f"adj:{victim.pid}=-1000")
    assert "would have died, with a badness of" in said
    assert f"(pid {victim.pid})" not in said


def test_making_the_victim_likelier_changes_nothing() -> None:
    log = "6.12-v2-several-processes.log"
    (victim,) = analyze([str(SAMPLES / log)]).incidents[0].event.victims
    (said,) = answers(log, f"adj:{victim.pid}=1000")
    assert "would have died all the same" in said


def test_a_pid_that_is_not_in_the_table_is_no_answer() -> None:
    assert answers("6.12-v2-several-processes.log", "adj:999999=0") == []


@pytest.mark.parametrize(
    "text", ["limit", "limit=", "limit=x", "adj:1", "adj:1=5000", "adj:x=1", "swap=1Gi", "limit=\x1b[2J"]
)
def test_what_is_not_understood_is_said_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(UsageError, match=r"limit=2Gi, or adj:PID=-500") as caught:
        parse_changes([text])
    assert "\x1b" not in str(caught.value)
