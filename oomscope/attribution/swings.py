"""What the clues that are still open would do: each answered yes in turn, the odds summed anew.

One observation may be a clue of several causes: the same id, or the same condition, is one question. A clue that is
answered no weighs as little as one that is open, so only a yes moves anything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .cause import UNDETERMINED, EvidenceRule
from .placeholders import guess
from .scores import MAX_PROBABILITY, Calibration, Weighed, shares, summed, word
from .verdict import Swing
from .vocabulary import FactTable

_LEAST = 0.1  # nats: what moves less is not worth asking for


class _Open(NamedTuple):
    at: int  # which of the weighed causes
    rule: EvidenceRule


def swings(
    weighed: Sequence[Weighed], facts: FactTable, branch: str, calibration: Calibration | None
) -> tuple[Swing, ...]:
    """One per open question, the one that moves the leader's odds most first; `weighed` is ranked."""
    found = [_swing(clues, weighed, facts, branch, calibration) for clues in _questions(weighed)]
    kept = [one for one in found if abs(one.nats) >= _LEAST or one.decides]
    return tuple(sorted(kept, key=lambda one: (-abs(one.nats), one.id)))


def _questions(weighed: Sequence[Weighed]) -> Iterable[Sequence[_Open]]:
    """Open clues that are one observation, together."""
    by_name: dict[str, list[_Open]] = {}
    for at, one in enumerate(weighed):
        for rule in one.unknown:
            names = (f"id {rule.id}", f"when {' '.join(rule.when.text.split())}")
            question = next((by_name[name] for name in names if name in by_name), [])
            question.append(_Open(at, rule))
            by_name.update(dict.fromkeys(names, question))
    return {id(question): question for question in by_name.values()}.values()


def _swing(
    clues: Sequence[_Open], weighed: Sequence[Weighed], facts: FactTable, branch: str, calibration: Calibration | None
) -> Swing:
    scores = [one.score for one in weighed]
    support = {at: weighed[at].groups_for for at in range(len(weighed))}
    for clue in clues:
        one = weighed[clue.at]
        scores[clue.at], support[clue.at] = summed(one.cause.prior, _with(one.weights, clue.rule), branch)
    chances = shares(scores, calibration)
    first = max(range(len(chances)), key=lambda at: (chances[at], scores[at], -at))
    second = max((chance for at, chance in enumerate(chances) if at != first), default=0.0)
    said = word(chances[first], second, support[first], branch)
    rule = max(clues, key=lambda clue: (abs(clue.rule.weight), -clue.at)).rule
    return Swing(
        id=rule.id,
        says=guess(rule.says.template, facts.values),
        missing=rule.when.compiled.missing(facts.values),
        cause=weighed[first].cause.cause if said != UNDETERMINED else UNDETERMINED,
        lead=weighed[first].cause.cause,
        probability=chances[first],
        words=said,
        before=weighed[0].probability,
        after=chances[0],
        nats=_logit(chances[0]) - _logit(weighed[0].probability),
        decides=said != _said(weighed, branch) or first != 0,
    )


def _with(groups: Mapping[str, Sequence[float]], rule: EvidenceRule) -> dict[str, Sequence[float]]:
    return {**groups, rule.group: [*groups.get(rule.group, ()), rule.weight]}


def _said(weighed: Sequence[Weighed], branch: str) -> str:
    second = weighed[1].probability if len(weighed) > 1 else 0.0
    return word(weighed[0].probability, second, weighed[0].groups_for, branch)


def _logit(chance: float) -> float:
    held = min(max(chance, 1e-6), MAX_PROBABILITY)
    return math.log(held / (1 - held))
