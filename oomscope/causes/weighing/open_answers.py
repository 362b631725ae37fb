"""What the clues that are still open would do: each answered yes in turn, the odds summed anew.

One observation may be a clue of several causes: the same id, or the same condition, is one question. A clue that is
answered no weighs as little as one that is open, so only a yes moves anything.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from oomscope.causes.files.cause import UNDETERMINED, EvidenceRule
from oomscope.causes.language.bounds import witness_of
from oomscope.causes.language.placeholders import guess
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.caps import Cap, applied, caps_of, holding
from oomscope.causes.weighing.scale import Weighed, words_of
from oomscope.causes.weighing.scores import (
    MAX_PROBABILITY,
    NONE_SCORE,
    Calibration,
    clipped,
    shares,
    word,
)
from oomscope.causes.weighing.shapes import OpenAnswer

_LEAST = 0.1  # nats: what moves less is not worth asking for
_FAR = 4.0  # nats: a cause so far behind the leader, with the clue and without it, moves nothing


_Open = tuple[int, EvidenceRule]
"""Which of the weighed causes, and its clue."""


def open_answers(
    weighed: Sequence[Weighed], open_clues: Sequence[Sequence[EvidenceRule]], facts: FactTable, branch: str,
    calibration: Calibration | None,
) -> tuple[OpenAnswer, ...]:  # fmt: skip
    """Return one per open question, the one that moves the leader's odds most first.

    `weighed` has the likeliest first; `open_clues` are those of each that cannot be judged.
    """
    if not weighed:
        return ()
    now = _Odds(weighed, branch, calibration, facts)
    found = [now.with_yes(clues, facts) for clues in _questions(open_clues)]
    kept = [one for one in found if one is not None]
    kept.sort(key=lambda one: (-abs(one.nats), one.id))
    return tuple(kept)


def _questions(open_clues: Sequence[Sequence[EvidenceRule]]) -> Iterable[Sequence[_Open]]:
    """Return open clues that are one observation, together."""
    by_name: dict[str, list[_Open]] = {}
    for at, rules in enumerate(open_clues):
        for rule in rules:
            question = by_name.get(rule.id) or by_name.get(rule.when.text)
            if question is None:
                question = []
            question.append((at, rule))
            by_name[rule.id] = by_name[rule.when.text] = question
    return {id(question): question for question in by_name.values()}.values()


class _Odds:
    """The odds as they are, prepared for one more clue: only the scores of its causes are summed anew."""

    def __init__(
        self, weighed: Sequence[Weighed], branch: str, calibration: Calibration | None, facts: FactTable
    ) -> None:
        self._weighed, self._branch, self._calibration = weighed, branch, calibration
        self._weights = [one.weights() for one in weighed]
        self._sums = [{name: clipped(some, branch) for name, some in groups.items()} for groups in self._weights]
        self._scores = [one.score for one in weighed]
        self._all_caps = caps_of([one.cause for one in weighed])
        self._caps = holding(self._all_caps, facts.values)
        self._top = max(self._scores)
        self._masses = [math.exp(score - self._top) for score in self._scores]
        self._none = math.exp(NONE_SCORE - self._top)
        self._words = words_of(weighed, branch)
        self._logit = _logit(weighed[0].probability)

    def with_yes(self, clues: Sequence[_Open], facts: FactTable) -> OpenAnswer | None:
        """Return what a yes would do; None where it is not worth asking for."""
        new = {at: self._summed_with(at, rule) for at, rule in clues}
        far = self._scores[0] - _FAR
        if all(at and score < far and self._scores[at] < far for at, (score, _) in new.items()):
            return None
        caps = self._all_caps and self._caps_after(clues, facts)
        chances = self._chances({at: score for at, (score, _) in new.items()}, caps)
        first = chances.index(max(chances))
        second = max([chance for at, chance in enumerate(chances) if at != first], default=0.0)
        leader = self._weighed[first]
        said = word(chances[first], second, new[first][1] if first in new else leader.groups_for, self._branch)
        nats, decides = _logit(chances[0]) - self._logit, said != self._words or first != 0
        if abs(nats) < _LEAST and not decides:
            return None
        rule, lead = max(clues, key=lambda clue: abs(clue[1].weight))[1], leader.cause.cause
        return OpenAnswer(
            rule.id, guess(rule.says.template, facts.values, rule.when.text), rule.when.compiled.missing(facts.values),
            lead if said != UNDETERMINED else UNDETERMINED, lead, chances[first], said, self._weighed[0].probability,
            chances[0], nats, decides,
        )  # fmt: skip

    def _summed_with(self, at: int, rule: EvidenceRule) -> tuple[float, int]:
        """Return the score of a cause with one more true clue, and how many groups speak for it then."""
        one, sums = self._weighed[at], self._sums[at]
        before = sums.get(rule.group, 0.0)
        after = clipped((*self._weights[at].get(rule.group, ()), rule.weight), self._branch)
        score = math.fsum((one.cause.prior, *sums.values(), -before, after))
        return score, one.groups_for - (before > 0) + (after > 0)

    def _caps_after(self, clues: Sequence[_Open], facts: FactTable) -> Sequence[Cap]:
        """Return the caps that hold after a yes.

        A cap that rests on what the answer would tell holds only where the answer itself says so: a size above the limit
        is a clue for the limit, and the reason for a cap on a leak.
        """
        missing = {name for _, rule in clues for name in rule.when.compiled.missing(facts.values)}
        told = {_told(name) for name in missing}
        said = {
            name: value for _, rule in clues for name, value in witness_of(rule.when.text).items() if name in missing
        }
        values = {**facts.values, **said}
        return [
            cap
            for cap in self._all_caps
            if all(name in said for name in _resting_on(cap, told, facts)) and cap.rule.when.compiled.evaluate(values)
        ]

    def _chances(self, scores: Mapping[int, float], caps: Sequence[Cap]) -> list[float]:
        """Return the probabilities with other scores for some causes."""
        if self._calibration is not None or caps:
            new = [scores.get(at, score) for at, score in enumerate(self._scores)]
            return shares(applied(new, caps), self._calibration)
        masses = self._masses.copy()
        for at, score in scores.items():
            masses[at] = math.exp(score - self._top)
        whole = math.fsum((*masses, self._none))
        return [min(mass / whole, MAX_PROBABILITY) for mass in masses]


def _resting_on(cap: Cap, told: Collection[str], facts: FactTable) -> Iterable[str]:
    """Return the facts of a cap that are not known, and that an answer would tell."""
    names = cap.rule.when.compiled.facts
    return (name for name in names if facts.values.get(name) is None and _told(name) in told)


def _told(name: str) -> str:
    """Return what tells a fact: those of a series are told together."""
    return "series" if name.startswith("series_") else name


def _logit(chance: float) -> float:
    held = min(max(chance, 1e-6), MAX_PROBABILITY)
    return math.log(held / (1 - held))
