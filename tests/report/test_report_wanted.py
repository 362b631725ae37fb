"""What is still open: in the JSON by input and command, on the page in words."""

import re
import shlex
from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.facts import VOCABULARY
from oomscope.facts.origins import ORIGINS, origin_of
from oomscope.report.document.open_questions import Asked, command
from oomscope.report.open_clues import INPUTS, best, changes, log_word, pending
from oomscope.report.page.html import render_html
from oomscope.report.page.view import page

SAMPLES = Path(__file__).parents[2] / "sample_logs"
HOSTILE = ("a b", "$(reboot)", "';reboot;'", '"x"', "a\nb", "--output=/etc/passwd", "`id`", "\\", "<b>")


def verdict_of(name: str) -> dict:
    doc = analyze([str(SAMPLES / name)]).document()
    return doc["workloads"][0]["verdict"]


def asked(cgroup: str | None = None, *, named: bool = False, kubernetes: bool = False) -> Asked:
    return Asked(kubernetes, 2, cgroup, named, timed=True)


def test_every_fact_comes_from_somewhere() -> None:
    assert {origin_of(name) for name in VOCABULARY} == set(ORIGINS)


@pytest.mark.parametrize(
    ("fact", "origin"),
    [("series_trend", "metrics"), ("pod_emptydir_memory", "pods"), ("life_seconds", "history"), ("ram_bytes", "node"),
     ("node_capacity_bytes", "nodes"), ("cgroup_high_bytes", "cgroup"), ("largest_task_share", "tasks"),
     ("largest_slab", "node"), ("shmem_share", "memory"), ("trace_fork", "trace"), ("order", "head")],
)  # fmt: skip
def test_a_fact_is_asked_of_the_input_that_knows_it(fact: str, origin: str) -> None:
    assert origin_of(fact) == origin


def test_one_kill_of_a_service_asks_for_its_memory_over_time() -> None:
    verdict = verdict_of("6.12-v2-one-kill-of-a-service.log")
    assert verdict["cause"] == "undetermined"
    first = verdict["wanted"][0]
    assert first["input"] == "metrics"
    assert first["up"]["after"] > 0.7 > 0.1 > first["down"]["after"]
    assert first["up"]["before"] == first["down"]["before"] == pytest.approx(verdict["probability"], abs=1e-4)
    assert first["command"].startswith("journalctl -k -o json > kernel.json"), "this log has no time of day"
    assert first["command"].endswith("oomscope analyze kernel.json --prometheus http://prometheus:9090")
    assert all(w["input"] not in ("pods", "nodes") for w in verdict["wanted"]), "a service has no pod"
    assert all(one["input"] != "pods" for one in verdict["undecided"])


def test_what_moves_the_odds_most_is_named_first() -> None:
    for sample in (
        "6.12-v2-one-kill-of-a-service.log",
        "6.12-v2-several-processes.log",
        "6.12-v2-noisy-neighbour-arm64.log",
    ):
        moves = [w["nats"] for w in verdict_of(sample)["wanted"]]
        assert moves == sorted(moves, reverse=True)


def test_answers_that_would_change_the_verdict_lead_elsewhere_or_to_another_word() -> None:
    verdict = verdict_of("6.12-v2-one-kill-of-a-service.log")
    assert verdict["would_change"]
    for answer in verdict["would_change"]:
        assert (answer["cause"], answer["words"]) != (verdict["cause"], verdict["words"])


def test_the_page_tells_the_open_clues_by_their_input_and_folds_the_long_rest() -> None:
    told = pending(verdict_of("6.12-v2-one-kill-of-a-service.log"))
    assert told[0].title == "Its memory over time (--metrics, --prometheus)"
    assert len(told[0].shown) == 3
    assert len(told[0].folded) == 5
    clue = next(c for c in (*told[0].shown, *told[0].folded) if "series_plateau" in c.facts)
    assert clue.moves == "−1.5 for leak, +1.5 for low limit"
    assert clue.missing.startswith("usage stood level")
    names = [c.name for group in told for c in (*group.shown, *group.folded)]
    assert not any("?" in name or "…" in name for name in names)


def test_the_page_says_what_would_change_the_verdict() -> None:
    verdict = verdict_of("6.12-v2-one-kill-of-a-service.log")
    said = changes(verdict)
    assert any(line.endswith("low limit, very likely, about 95 %.") for line in said)
    assert any(line.endswith("leak, very likely, about 95 %.") for line in said)
    found = best(verdict)
    assert found is not None
    assert found[0].endswith("could raise leak to about 70 % or lower it to under 5 %")


def test_an_open_verdict_has_something_to_do_on_the_first_screen() -> None:
    analysis = analyze([str(SAMPLES / "6.12-v2-one-kill-of-a-service.log")])
    (card,) = page(analysis.document(), analysis.raw_lines()).cards
    assert card.remedies == ()
    assert [step.text.split(":")[0] for step in card.remedies_if] == ["If it is leak", "If it is low limit"]
    assert "Find out first" in render_html(analysis.document(), analysis.raw_lines())


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_the_log_gets_out_of_its_word_in_a_command(name: str) -> None:
    log = log_word({"inputs": [{"path": name}]}, 0)
    for origin in ORIGINS:
        typed = command(origin, asked(f"/kube/{name}")).replace("analyze LOG ", f"analyze {log} ")
        # Taken apart by a shell's rules, the only substitutions and separators are ours.
        words = shlex.split(typed)
        assert words.count("oomscope") == 1
        assert not any(word in ("reboot", ";reboot;", "--output=/etc/passwd") for word in words)
        unquoted = re.sub(r"'[^']*'", "", typed)
        assert not re.search(r"[`\n\\]|\$\(", unquoted)


@pytest.mark.parametrize(("named", "flags"), [(True, ""), (False, " --kubectl")])
def test_prometheus_is_asked_by_names_and_kubectl_for_them(named: bool, flags: str) -> None:
    typed = command("metrics", asked(named=named, kubernetes=True))
    assert typed == f"oomscope analyze LOG --prometheus http://prometheus:9090{flags}"


def test_every_input_that_could_tell_a_clue_has_a_heading() -> None:
    assert set(INPUTS) == set(ORIGINS)


def test_a_log_with_its_earlier_kills_at_one_limit_is_not_asked_to_reach_further_back() -> None:
    """The limit was 150 MiB at each of four kills: what a higher one would have held is no question to an older log."""
    verdict = verdict_of("6.12-v2-leak-restarts.log")
    assert "history" not in [one["input"] for one in verdict["wanted"]]
    assert verdict["wanted"][0]["input"] == "metrics"
