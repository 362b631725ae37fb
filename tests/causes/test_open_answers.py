"""What an open clue would do to the verdict if it were true."""

import math

import pytest
from engine_vocabulary import VOCABULARY

from oomscope.causes import Cause, Facts, judge
from oomscope.causes.files.cause import CapRule, EvidenceRule, RemedyRule, Text, When


def text(said: str) -> Text:
    return Text(said, VOCABULARY)


def clue(id_: str, weight: float, when: str = "True", says: str | None = None) -> EvidenceRule:
    return EvidenceRule(id_, id_, When(when, VOCABULARY), weight, text(says or id_))


def cause(name: str, *clues: EvidenceRule) -> Cause:
    return Cause(name, name, ("memcg",), 0.0, text(name), clues, (RemedyRule(text(f"do {name}")),))


TWINS = [
    cause("leak", clue("a", 1.5), clue("b", 1.0), clue("rises", 2.0, "lives > 2"), clue("short", -2.0, "lifetime < 9")),
    cause("low_limit", clue("a", 1.5), clue("b", 1.0), clue("rises", -1.5, "lives > 2"), clue("young", 1.0, "lifetime < 9")),
]  # fmt: skip


def test_one_observation_moves_every_cause_that_it_is_a_clue_of() -> None:
    verdict = judge(Facts({}), TWINS, "memcg")
    answers = {answer.id: answer for answer in verdict.open_answers}
    assert set(answers) == {"rises", "short"}, "the same id, or the same condition, is one question"
    answered = judge(Facts({"lives": 3, "lifetime": 60}), TWINS, "memcg")
    assert answers["rises"].probability == pytest.approx(answered.probability)
    assert (answers["rises"].cause, answers["rises"].words) == (answered.cause, answered.words)
    short = judge(Facts({"lives": 1, "lifetime": 3}), TWINS, "memcg")
    assert (answers["short"].lead, answers["short"].words) == (short.cause, short.words) == ("low_limit", "very likely")
    assert answers["short"].after == pytest.approx(short.ranked[1].probability)


def test_the_swing_is_the_move_of_the_log_odds_and_the_largest_comes_first() -> None:
    verdict = judge(Facts({}), TWINS, "memcg")
    sizes = [abs(answer.nats) for answer in verdict.open_answers]
    assert sizes == sorted(sizes, reverse=True)
    for answer in verdict.open_answers:
        assert answer.before == verdict.probability
        moved = math.log(answer.after / (1 - answer.after)) - math.log(answer.before / (1 - answer.before))
        assert answer.nats == pytest.approx(moved)


def test_what_crosses_no_boundary_decides_nothing() -> None:
    sure = [cause("leak", clue("a", 1.8), clue("b", 0.8), clue("c", 0.2, "lives > 2")), cause("low_limit")]
    verdict = judge(Facts({}), sure, "memcg")
    assert [(answer.id, answer.decides) for answer in verdict.open_answers] == [("c", False)]
    assert verdict.words == verdict.open_answers[0].words


def test_an_answered_clue_moves_nothing_more() -> None:
    assert judge(Facts({"lives": 1, "lifetime": 60}), TWINS, "memcg").open_answers == ()


def test_an_open_clue_is_told_with_the_bounds_of_its_condition_and_with_its_names() -> None:
    rule = clue(
        "a",
        1.0,
        "lives > 2 and 0.2 <= shmem_share < 0.5",
        "{lives} lives of {lifetime} fill {shmem_share} with {victim_comm}",
    )
    verdict = judge(Facts({"victim_comm": "java"}), [cause("leak", rule)], "memcg")
    assert verdict.undecided[0].says == "over 2 lives of ... fill 20 % to 50 % with java"
    assert verdict.undecided[0].weight == 1.0


def test_an_open_verdict_says_what_to_do_in_either_case() -> None:
    verdict = judge(Facts({}), TWINS, "memcg")
    assert (verdict.cause, verdict.remedies) == ("undetermined", ())
    assert [(one.cause, one.remedy.action) for one in verdict.alternatives] == [
        ("leak", "do leak"),
        ("low_limit", "do low_limit"),
    ]


def test_a_verdict_has_no_alternatives() -> None:
    assert judge(Facts({"lives": 3}), TWINS, "memcg").alternatives == ()


@pytest.mark.parametrize("command", ["kill {victim_comm}", "kill '{victim_comm}'"])
def test_a_name_that_begins_like_an_option_never_becomes_one(command: str) -> None:
    rule = RemedyRule(text("do"), command=text(command))
    leak = cause("leak", clue("a", 2.5), clue("b", 2.5))._replace(remedies=(rule,))
    (remedy,) = judge(Facts({"victim_comm": "--all"}), [leak], "memcg").remedies
    assert remedy.command is None


def test_a_yes_that_is_the_reason_for_a_cap_puts_the_cap_on() -> None:
    """A size above the limit speaks for the limit, and keeps a leak from leading: no answer may say that it raises it."""
    capped = Cause(
        "leak", "leak", ("memcg",), 0.0, text("leak"), (clue("a", 2.0), clue("b", 2.0)), (RemedyRule(text("do")),),
        caps=(
            CapRule("low_limit", When("lifetime is None or lifetime < 9", VOCABULARY), 1.9, text("not known")),
            CapRule("low_limit", When("lifetime >= 9", VOCABULARY), 0.0, text("it would stop")),
        ),
    )  # fmt: skip
    causes = [capped, cause("low_limit", clue("c", 0.5, "lifetime >= 9"))]
    (answer,) = judge(Facts({}), causes, "memcg").open_answers
    answered = judge(Facts({"lifetime": 9}), causes, "memcg")
    assert answer.probability == pytest.approx(answered.probability)
    assert answer.after < answer.before
