"""A fact that is not known helps no cause, and takes from a cause no more than the clues that stood on it."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.causes.files.load import load_bundled
from oomscope.causes.weighing.scale import Scale
from oomscope.causes.weighing.weigh import judge
from oomscope.facts import VOCABULARY, FactTable

LOGS = sorted((Path(__file__).resolve().parents[2] / "sample_logs").glob("*.log"))
CAUSES = load_bundled(VOCABULARY)
PINNED = {"branch"}  # read, not weighed: it says which causes there are


def tables(path: Path) -> list[FactTable]:
    """The facts of a log's first incidents; of a storm the rest are alike."""
    return list(analyze([str(path)]).facts[:3])


def without(table: FactTable, fact: str) -> FactTable:
    return FactTable({**table.values, fact: None}, table.lines)


def known(table: FactTable) -> Iterator[str]:
    yield from (name for name, value in table.values.items() if value is not None and name not in PINNED)


def true_clues(table: FactTable) -> dict[tuple[str, str], float]:
    """The weight of every clue that holds, by cause and id."""
    branch = table.values["branch"]
    return {
        (cause.cause, rule.id): rule.weight
        for cause in CAUSES
        if branch in cause.branch
        for rule in cause.evidence
        if rule.when.compiled.evaluate(table.values)
    }


def caps_that_bind(table: FactTable) -> dict[tuple[str, str, float], float]:
    """By how many nats each cap holds its cause back from the other one."""
    branch = str(table.values["branch"])
    scale = Scale([cause for cause in CAUSES if branch in cause.branch], branch)
    weighed = scale.weigh(table)
    score = {one.number: one.score for one in weighed}
    return {
        (one.cause.cause, cap.rule.against, cap.rule.most): score[cap.of] - score[cap.against] - cap.rule.most
        for one in weighed
        for cap in one.caps
    }


def odds(table: FactTable) -> dict[str, float]:
    branch = str(table.values["branch"])
    return {r.cause: r.probability for r in judge(table, CAUSES, branch).ranked}


def excepted(clue: tuple[str, str], fact: str) -> bool:
    """Whether the clue names the fact as an exception that must be known to count."""
    return any(
        f"({fact} is None or " in rule.when.text
        for cause in CAUSES
        for rule in cause.evidence
        if (cause.cause, rule.id) == clue
    )


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_no_clue_begins_to_hold_because_a_fact_is_not_known(path: Path) -> None:
    for table in tables(path):
        before = true_clues(table)
        for fact in known(table):
            gained = set(true_clues(without(table, fact))) - set(before)
            assert all(excepted(clue, fact) for clue in gained), (fact, gained)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_taking_a_fact_away_moves_no_cause_further_than_the_clues_that_stood_on_it(path: Path) -> None:
    for table in tables(path):
        before, clues, caps = odds(table), true_clues(table), caps_that_bind(table)
        for fact in known(table):
            less = without(table, fact)
            left, after = true_clues(less), odds(less)
            bound = sum(abs({**clues, **left}[one]) for one in set(clues) ^ set(left)) + 1e-9
            held = caps_that_bind(less)
            bound += sum({**caps, **held}[one] for one in set(caps) ^ set(held))  # how far each held its cause back
            for cause, probability in after.items():
                if min(probability, before[cause]) > 0 and max(probability, before[cause]) < 0.97:  # the cap hides odds
                    moved = abs(logit(probability) - logit(before[cause]))
                    assert moved <= bound, (fact, cause)


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def test_the_samples_hold_facts_that_clues_stand_on() -> None:
    standing = [
        fact
        for path in LOGS
        for table in tables(path)[:1]
        for fact in known(table)
        if set(true_clues(table)) - set(true_clues(without(table, fact)))
    ]
    assert len(set(standing)) > 30
