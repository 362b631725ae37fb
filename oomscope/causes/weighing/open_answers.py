"""What the clues that are still open would do: each answered yes in turn, the odds summed anew.

One observation may be a clue of several causes: the same id, or the same condition, is one question. A clue that is
answered no weighs as little as one that is open, so only a yes moves anything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from oomscope.causes.files.cause import UNDETERMINED, EvidenceRule
from oomscope.causes.language.placeholders import guess
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.scale import Weighed, unknown_clues
from oomscope.causes.weighing.scores import MAX_PROBABILITY, Calibration, shares, summed, word
from oomscope.causes.weighing.shapes import OpenAnswer

_LEAST = 0.1  # nats: what moves less is not worth asking for
_FAR = 4.0  # nats: a cause so far behind the leader, with the clue and without it, moves nothing


_Open = tuple[int, EvidenceRule]
"""Which of the weighed causes, and its clue."""


def open_answers(
    weighed: Sequence[Weighed], facts: FactTable, branch: str, calibration: Calibration | None
) -> tuple[OpenAnswer, ...]:
    """Return one per open question, the one that moves the leader's odds most first; `weighed` has the likeliest first."""
    if not weighed:
        return ()
    words = word(
        weighed[0].probability, weighed[1].probability if len(weighed) > 1 else 0.0, weighed[0].groups_for, branch
    )
    found = [_answered(clues, weighed, facts, branch, calibration, words) for clues in _questions(weighed, facts)]
    kept = [one for one in found if one is not None]
    kept.sort(key=lambda one: (-abs(one.nats), one.id))
    return tuple(kept)


def _questions(weighed: Sequence[Weighed], facts: FactTable) -> Iterable[Sequence[_Open]]:
    """Return open clues that are one observation, together."""
    by_name: dict[str, list[_Open]] = {}
    for at, one in enumerate(weighed):
        for rule in unknown_clues(one.cause, facts.values):
            question = by_name.get(rule.id) or by_name.get(rule.when.text)
            if question is None:
                question = []
            question.append((at, rule))
            by_name[rule.id] = by_name[rule.when.text] = question
    return {id(question): question for question in by_name.values()}.values()


def _answered(
    clues: Sequence[_Open], weighed: Sequence[Weighed], facts: FactTable, branch: str,
    calibration: Calibration | None, words: str,
) -> OpenAnswer | None:  # fmt: skip
    """Return what a yes would do; None where it is not worth asking for."""
    scores = [one.score for one in weighed]
    support = [one.groups_for for one in weighed]
    for at, rule in clues:
        one = weighed[at]
        scores[at], support[at] = summed(one.cause.prior, _with(one.weights(), rule), branch)
    if all(at and max(scores[at], weighed[at].score) < weighed[0].score - _FAR for at, _ in clues):
        return None
    chances = shares(scores, calibration)
    first = max(range(len(chances)), key=chances.__getitem__)
    second = max((chance for at, chance in enumerate(chances) if at != first), default=0.0)
    said = word(chances[first], second, support[first], branch)
    nats, decides = _logit(chances[0]) - _logit(weighed[0].probability), said != words or first != 0
    if abs(nats) < _LEAST and not decides:
        return None
    rule = max(clues, key=lambda clue: abs(clue[1].weight))[1]
    lead = weighed[first].cause.cause
    return OpenAnswer(
        rule.id, guess(rule.says.template, facts.values), rule.when.compiled.missing(facts.values),
        lead if said != UNDETERMINED else UNDETERMINED, lead, chances[first], said, weighed[0].probability, chances[0], nats, decides,
    )  # fmt: skip


def _with(groups: Mapping[str, Sequence[float]], rule: EvidenceRule) -> dict[str, Sequence[float]]:
    return {**groups, rule.group: [*groups.get(rule.group, ()), rule.weight]}


def _logit(chance: float) -> float:
    held = min(max(chance, 1e-6), MAX_PROBABILITY)
    return math.log(held / (1 - held))
