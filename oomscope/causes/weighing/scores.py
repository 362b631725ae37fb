"""The arithmetic of weighing: a sum of nats for each cause, a softmax within the branch, and words for the outcome.

score(cause) = prior + sum over groups of clip(sum of the weights of the group's true clues). Correlated clues share a
group, and the cap keeps them from counting twice. Unknown clues weigh nothing.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from oomscope.causes.files.cause import UNDETERMINED, Cause, EvidenceRule
from oomscope.causes.language.vocabulary import FactTable

NONE_SCORE = 0.5
"""Nats that none-of-these always has. Beside ten causes at 0 it holds some 15 %, which is the share of kills that a
careful reader leaves unexplained; a cause with two full groups behind it leaves it a few per cent."""

GROUP_CAP = {"memcg": 2.5, "node": 2.5, "unknown": 2.5, "decided": 6.0}
"""Nats. In the branch `decided` a single line says that somebody asked for the kill: one clue may be enough."""

MAX_PROBABILITY = 0.97
_WORDS = ((0.90, "very likely"), (0.75, "likely"), (0.50, "leaning"))
_MIN_PROBABILITY, _MIN_LEAD, _MIN_GROUPS = 0.50, 0.15, 2

Calibration = Callable[[float], float]
"""From a computed probability to an observed one; non-decreasing."""


class Weighed(NamedTuple):
    """One cause with its clues judged."""

    cause: Cause
    score: float
    groups_for: int  # groups that speak for it
    true: tuple[EvidenceRule, ...]  # the strongest first
    unknown: tuple[EvidenceRule, ...]
    weights: Mapping[str, Sequence[float]]  # of the true clues, by group
    probability: float = 0.0


def weigh(cause: Cause, facts: FactTable, branch: str) -> Weighed:
    """Judge every clue of `cause`. Raises WhenError if a bundled cause file is outside the vocabulary."""
    true, unknown, groups = [], [], dict[str, list[float]]()
    for rule in cause.evidence:
        outcome = rule.when.compiled.evaluate(facts.values)
        if outcome is None:
            unknown.append(rule)
        elif outcome:
            true.append(rule)
            groups.setdefault(rule.group, []).append(rule.weight)
    score, groups_for = summed(cause.prior, groups, branch)
    return Weighed(
        cause,
        score,
        groups_for,
        tuple(sorted(true, key=lambda rule: (-rule.weight, rule.id))),
        tuple(sorted(unknown, key=lambda rule: (-abs(rule.weight), rule.id))),
        groups,
    )


def summed(prior: float, groups: Mapping[str, Sequence[float]], branch: str) -> tuple[float, int]:
    """The score, and how many groups speak for the cause."""
    cap = GROUP_CAP[branch]
    sums = [max(-cap, min(cap, math.fsum(weights))) for weights in groups.values()]
    return math.fsum((prior, *sums)), sum(total > 0 for total in sums)


def shares(scores: Sequence[float], calibration: Calibration | None) -> list[float]:
    """Scores as probabilities. What a cap takes off goes to none-of-these, not to the others."""
    top = max(scores, default=0.0)
    masses = [math.exp(score - top) for score in scores]
    whole = math.fsum((*masses, math.exp(NONE_SCORE - top)))
    found = [mass / whole for mass in masses]
    if calibration is not None:
        found = [max(0.0, calibration(share)) for share in found]
        found = [share / max(1.0, math.fsum(found)) for share in found]
    return [min(share, MAX_PROBABILITY) for share in found]


def ranked(weighed: Iterable[Weighed], calibration: Calibration | None) -> list[Weighed]:
    """The likeliest first."""
    some = list(weighed)
    pairs = list(zip(some, shares([one.score for one in some], calibration), strict=True))
    pairs.sort(key=lambda pair: (-pair[1], -pair[0].score, pair[0].cause.cause))
    return [one._replace(probability=share) for one, share in pairs]


def words_of(weighed: Sequence[Weighed], branch: str) -> str:
    """The word for the first of the ranked causes."""
    if not weighed:
        return UNDETERMINED
    second = weighed[1].probability if len(weighed) > 1 else 0.0
    return word(weighed[0].probability, second, weighed[0].groups_for, branch)


def word(first: float, second: float, groups_for: int, branch: str) -> str:
    """`very likely`, `likely`, `leaning`; `undetermined` below a half, without a lead, or on too few groups of clues."""
    groups = 1 if branch == "decided" else _MIN_GROUPS
    if first < _MIN_PROBABILITY or first - second < _MIN_LEAD or groups_for < groups:
        return UNDETERMINED
    return next(said for least, said in _WORDS if first >= least)
