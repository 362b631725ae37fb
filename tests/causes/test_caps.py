"""Caps: how far one cause may lead another on evidence that does not tell them apart."""

import math
import re
import shutil
from pathlib import Path

import pytest
from engine_vocabulary import VOCABULARY

from oomscope.causes import Cause, Facts, judge, load_dir
from oomscope.causes.files.cause import CapRule, EvidenceRule, Text, When
from oomscope.causes.weighing.caps import Cap, applied
from oomscope.errors import RuleError
from oomscope.facts import VOCABULARY as FACTS

RULES = Path(__file__).resolve().parents[2] / "rules"


def text(said: str) -> Text:
    return Text(said, VOCABULARY)


def cause(name: str, weight: float, *caps: CapRule) -> Cause:
    clues = tuple(EvidenceRule(f"{name}-{n}", f"g{n}", When("True", VOCABULARY), weight, text("so")) for n in range(2))
    return Cause(name, name, ("memcg",), 0.0, text(name), clues, caps=caps)


def cap(most: float, when: str = "True", against: str = "low_limit") -> CapRule:
    return CapRule(against, When(when, VOCABULARY), most, text("they look the same"))


def odds(*causes: Cause) -> dict[str, float]:
    return {one.cause: one.probability for one in judge(Facts({}), causes, "memcg").ranked}


def test_a_cap_of_nothing_makes_two_causes_even() -> None:
    found = odds(cause("leak", 2.0, cap(0.0)), cause("low_limit", 0.5), cause("tmpfs_fill", 0.5))
    assert found["leak"] == pytest.approx(found["low_limit"])


def test_a_cap_moves_odds_between_its_two_causes_only() -> None:
    free = odds(cause("leak", 2.0), cause("low_limit", 0.5), cause("tmpfs_fill", 0.5))
    held = odds(cause("leak", 2.0, cap(0.9)), cause("low_limit", 0.5), cause("tmpfs_fill", 0.5))
    assert held["tmpfs_fill"] == pytest.approx(free["tmpfs_fill"])
    assert held["leak"] + held["low_limit"] == pytest.approx(free["leak"] + free["low_limit"])
    assert math.log(held["leak"] / held["low_limit"]) == pytest.approx(0.9)


@pytest.mark.parametrize("when", ["False", "shmem_share > 0.5"])
def test_a_cap_whose_condition_is_false_or_unknown_holds_nobody(when: str) -> None:
    assert odds(cause("leak", 2.0, cap(0.0, when)), cause("low_limit", 0.5)) == odds(
        cause("leak", 2.0), cause("low_limit", 0.5)
    )


def test_a_cap_raises_nobody() -> None:
    assert odds(cause("leak", 0.5, cap(1.9)), cause("low_limit", 2.0)) == odds(
        cause("leak", 0.5), cause("low_limit", 2.0)
    )


def test_the_tightest_of_several_caps_counts() -> None:
    rules = cap(1.9), cap(0.0), cap(0.9)
    caps = [Cap(0, 1, rule) for rule in sorted(rules, key=lambda rule: rule.most)]
    first, second = applied([4.0, 0.0], caps)
    assert first == pytest.approx(second)


def test_a_cap_against_a_cause_that_is_not_weighed_does_nothing() -> None:
    assert odds(cause("leak", 2.0, cap(0.0, against="fragmentation")), cause("low_limit", 0.5))["leak"] > 0.8


def test_the_ledger_says_what_holds_the_leader_back() -> None:
    verdict = judge(Facts({}), (cause("leak", 2.0, cap(0.9)), cause("low_limit", 0.5)), "memcg")
    (held,) = [clue for clue in verdict.evidence if clue.group == "cap"]
    assert (held.id, held.cause, held.says) == ("not-apart-from-low-limit", "leak", "they look the same")
    assert held.weight == pytest.approx(0.9 - 3.0)


def test_strong_clues_of_the_second_cause_stand_in_the_ledger_of_the_first() -> None:
    verdict = judge(Facts({}), (cause("leak", 2.5), cause("low_limit", 1.2), cause("tmpfs_fill", 0.2)), "memcg")
    assert verdict.cause == "leak"
    assert [clue.id for clue in verdict.evidence if clue.cause == "low_limit"] == ["low_limit-0", "low_limit-1"]
    assert not [clue for clue in verdict.evidence if clue.cause == "tmpfs_fill"]


def test_a_cap_holds_in_what_an_answer_would_change_too() -> None:
    open_clue = EvidenceRule("asked", "asked", When("shmem_share > 0.5", VOCABULARY), 2.0, text("so"))
    leak = cause("leak", 2.0, cap(0.0))
    leak = leak._replace(evidence=(*leak.evidence, open_clue))
    verdict = judge(Facts({}), (leak, cause("low_limit", 0.5)), "memcg")
    assert all(answer.after <= 0.51 for answer in verdict.open_answers)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('against = "low_limt"', "is not another cause of this folder"),
        ('against = "leak"', "is not another cause of this folder"),
        ("most    = 99.0", "must lie between -10 and 10"),
        ('when    = "no_such_fact"', "no_such_fact"),
    ],
)
def test_a_defect_of_a_cap_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(RULES / "memcg", folder / "memcg")
    shutil.copy(RULES / "shared.toml", folder)
    file = folder / "memcg" / "leak.toml"
    key = line.split()[0]
    file.write_text(
        re.sub(rf"(?m)(\[\[cap\]\](?:\n.+)*?\n){key} .*", lambda found: found[1] + line, file.read_text(), count=1)
    )
    with pytest.raises(RuleError, match=r"leak\.toml:\d+") as error:
        load_dir(folder, FACTS)
    assert said in str(error.value)
