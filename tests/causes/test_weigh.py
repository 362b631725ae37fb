"""Weighing: what a clue does to the odds, and when there is no verdict."""

import copy
import random
from collections.abc import Mapping

import pytest
from engine_vocabulary import VOCABULARY
from hypothesis import given, settings
from hypothesis import strategies as st

from oomscope.causes import Cause, Facts, judge
from oomscope.causes.files.cause import EvidenceRule, RemedyRule, SettleRule, Text, When

IN_MEMCG = ("kernel_memory", "leak", "low_limit", "page_cache", "tmpfs_fill", "of_somebody_else")


def text(said: str) -> Text:
    return Text(said, VOCABULARY)


def clue(id_: str, weight: float, when: str = "True", group: str | None = None) -> EvidenceRule:
    return EvidenceRule(id_, group or id_, When(when, VOCABULARY), weight, text(f"{id_}: {{shmem_share}}"))


def cause(name: str, *clues: EvidenceRule, prior: float = 0.0, branch: str = "memcg") -> Cause:
    return Cause(name, f"Title of {name}", (branch,), prior, text(f"{name} at {{usage_bytes}}"), clues)


def test_two_groups_make_a_verdict_and_one_does_not() -> None:
    two = cause("leak", clue("a", 2.5), clue("b", 2.5))
    one = cause("leak", clue("a", 2.5, group="g"), clue("b", 2.5, group="g"), prior=2.5)
    rest = cause("low_limit")
    assert judge(Facts({}), [two, rest], "memcg").words == "very likely"
    alone = judge(Facts({}), [one, rest], "memcg")
    assert alone.cause == "undetermined"
    assert alone.ranked[0].cause == "leak"
    assert alone.ranked[0].probability > 0.9


def test_one_line_decides_who_asked_for_the_kill() -> None:
    verdict = judge(Facts({}), [cause("manual", clue("a", 6.0), branch="decided")], "decided")
    assert (verdict.cause, verdict.probability, verdict.words) == ("manual", 0.97, "very likely")


def test_a_narrow_lead_is_no_verdict_and_names_both() -> None:
    causes = [cause(name, clue("a", 2.0), clue("b", 2.0)) for name in ("leak", "low_limit")]
    verdict = judge(Facts({}), causes, "memcg")
    assert verdict.cause == verdict.words == "undetermined"
    assert "leak" in verdict.summary
    assert "low limit" in verdict.summary
    assert {one.cause for one in verdict.evidence} == {"leak", "low_limit"}
    assert verdict.remedies == ()


def test_other_branches_do_not_take_part() -> None:
    verdict = judge(Facts({}), [cause("fragmentation", clue("a", 2.5), branch="node")], "memcg")
    assert verdict.cause == "undetermined"
    assert verdict.ranked == ()


def test_texts_are_filled_and_lines_are_those_of_the_first_fact_that_has_some() -> None:
    leak = cause(
        "leak", clue("a", 2.5, "anon_share is None or shmem_share > 0"), clue("b", 2.0), clue("c", -0.5, "lives > 0")
    )
    facts = Facts({"shmem_share": 0.25, "usage_bytes": 1 << 20, "lives": 2}, {"shmem_share": (7, 9)})
    verdict = judge(facts, [leak], "memcg")
    assert verdict.summary == "leak at 1.0 MiB"
    assert [(one.id, one.lines) for one in verdict.evidence] == [("a", (7, 9)), ("b", None), ("c", None)]
    assert verdict.evidence[0].says == "a: 25 %"


def test_unknown_clues_are_listed_with_what_is_missing() -> None:
    verdict = judge(Facts({}), [cause("leak", clue("a", 1.0, "lives > 2 and pod == 'x'"))], "memcg")
    assert [(one.id, one.missing) for one in verdict.undecided] == [("a", ("lives", "pod"))]


def test_remedies_and_questions_follow_their_conditions() -> None:
    ask = [
        SettleRule(text(f"question {n}?"), text("kubectl top pod {pod}"), When(when, VOCABULARY))
        for n, when in enumerate(["own_limit", "pod is None", "lives > 1"])
    ]
    leak = cause("leak", clue("a", 2.5), clue("b", 2.5))._replace(
        remedies=(
            RemedyRule(text("raise it above {usage_bytes}"), command=text("set --limit={usage_bytes} {victim_comm}")),
            RemedyRule(text("never"), when=When("own_limit", VOCABULARY)),
            RemedyRule(text("unknown"), when=When("lives > 1", VOCABULARY)),
        ),
        settle=tuple(ask),
    )  # fmt: skip
    facts = Facts({"usage_bytes": 100 << 20, "victim_comm": "a'b; rm", "own_limit": False})
    verdict = judge(facts, [leak, cause("low_limit")._replace(settle=tuple(ask))], "memcg")
    assert [(one.action, one.command) for one in verdict.remedies] == [
        ("raise it above 100.0 MiB", "set --limit=100Mi 'a'\"'\"'b; rm'")
    ]
    assert [one.question for one in verdict.would_settle] == ["question 1?", "question 2?"]
    assert verdict.would_settle[0].command is None


@pytest.mark.parametrize("command", ['get "{pod}"', "get '{pod}'"])
def test_a_hostile_name_cannot_leave_the_quotes_of_a_command(command: str) -> None:
    leak = cause("leak", clue("a", 2.5), clue("b", 2.5))._replace(
        remedies=(RemedyRule(text("x"), command=text(command)),)
    )
    assert judge(Facts({"pod": "$(id)'\""}), [leak], "memcg").remedies[0].command is None
    assert judge(Facts({"pod": "web-1"}), [leak], "memcg").remedies[0].command == command.replace("{pod}", "web-1")


def test_calibration_lowers_what_is_said_but_keeps_the_order() -> None:
    causes = [cause("leak", clue("a", 2.0), clue("b", 2.0)), cause("low_limit", clue("c", 1.0))]
    plain = judge(Facts({}), causes, "memcg")
    modest = judge(Facts({}), causes, "memcg", calibration=lambda p: p * 0.7)
    assert [one.cause for one in plain.ranked] == [one.cause for one in modest.ranked]
    assert modest.probability == pytest.approx(plain.probability * 0.7)


weights = st.floats(-3, 3, allow_nan=False).map(lambda w: round(w, 2))
outcomes = st.sampled_from(["True", "False", "lives > 1", "shmem_share > 0.5"])
clue_lists = st.lists(st.tuples(weights, outcomes, st.sampled_from("ghk")), max_size=5)
cause_sets = st.dictionaries(st.sampled_from(IN_MEMCG), st.tuples(st.floats(-2, 2), clue_lists), min_size=1)
fact_sets = st.fixed_dictionaries({"lives": st.sampled_from([None, 1, 3]), "shmem_share": st.sampled_from([None, 0.9])})


def built(made: Mapping[str, tuple[float, list[tuple[float, str, str]]]]) -> list[Cause]:
    return [
        cause(name, *(clue(f"{name}-{n}", w, when, group) for n, (w, when, group) in enumerate(clues)), prior=prior)
        for name, (prior, clues) in made.items()
    ]


@given(cause_sets, fact_sets)
def test_odds_are_odds(made: dict[str, tuple[float, list[tuple[float, str, str]]]], facts: dict[str, object]) -> None:
    verdict = judge(Facts(facts), built(made), "memcg")
    shares = [one.probability for one in verdict.ranked]
    assert sum(shares) <= 1 + 1e-9
    assert all(0 <= share <= 0.97 for share in shares)
    assert shares == sorted(shares, reverse=True)
    assert (verdict.words == "undetermined") == (verdict.cause == "undetermined")
    if verdict.cause != "undetermined":
        assert shares[0] >= 0.5


@settings(deadline=None)  # every text of both verdicts is made
@given(cause_sets, fact_sets, st.randoms())
def test_order_of_causes_and_clues_changes_nothing(
    made: dict[str, tuple[float, list[tuple[float, str, str]]]], facts: dict[str, object], dice: random.Random
) -> None:
    causes = built(made)
    mixed = [one._replace(evidence=tuple(dice.sample(one.evidence, len(one.evidence)))) for one in causes]
    dice.shuffle(mixed)
    assert judge(Facts(facts), mixed, "memcg") == judge(Facts(facts), causes, "memcg")


@given(cause_sets, fact_sets, st.floats(0, 3), st.sampled_from(["g", "h", "new"]))
def test_a_clue_for_a_cause_never_lowers_its_odds(
    made: dict[str, tuple[float, list[tuple[float, str, str]]]], facts: dict[str, object], weight: float, group: str
) -> None:
    causes = built(made)
    more = [causes[0]._replace(evidence=(*causes[0].evidence, clue("more", weight, group=group))), *causes[1:]]

    def odds(these: list[Cause]) -> float:
        return next(o.probability for o in judge(Facts(facts), these, "memcg").ranked if o.cause == causes[0].cause)

    assert odds(more) >= odds(causes) - 1e-12


@given(cause_sets, fact_sets, weights)
def test_an_unknown_clue_weighs_nothing(
    made: dict[str, tuple[float, list[tuple[float, str, str]]]], facts: dict[str, object], weight: float
) -> None:
    causes = built(made)
    more = [causes[0]._replace(evidence=(*causes[0].evidence, clue("more", weight, "anon_share > 0"))), *causes[1:]]
    assert judge(Facts(facts), more, "memcg").ranked == judge(Facts(facts), causes, "memcg").ranked


def test_causes_that_are_loaded_once_are_prepared_once_and_give_the_same_verdict() -> None:
    made = (cause("leak", clue("a", 2.5, "lives > 1"), clue("b", 2.5)), cause("low_limit", clue("c", 1.0, "lives > 1")))
    for facts in ({"lives": 3}, {}, {"lives": None}, {"lives": 1}, {"lives": 3, "pod": "x"}):
        assert judge(Facts(facts), made, "memcg") == judge(Facts(facts), list(made), "memcg")


def test_a_verdict_crosses_processes_with_all_that_it_says() -> None:
    rule = RemedyRule(text("raise it above {usage_bytes}"))
    leak = cause("leak", clue("a", 2.5), clue("b", 2.5), clue("c", 1.0, "lives > 1"))._replace(remedies=(rule,))
    verdict = judge(Facts({"usage_bytes": 1 << 20}), (leak, cause("low_limit")), "memcg")
    other = copy.copy(verdict)  # takes the state that crosses processes
    assert other == verdict
    assert other.remedies[0].action == "raise it above 1.0 MiB"
    assert [one.id for one in other.undecided] == ["c"]
