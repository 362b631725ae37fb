"""The causes of one branch, prepared for weighing: each condition once, whatever the number of clues that rest on it.

A condition cannot be true while a fact that it needs is unknown. Which facts are known is mostly the same from kill to
kill of a log, so the conditions that may be true are chosen once for each such set of facts, and only they are evaluated.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from oomscope.causes.files.cause import UNDETERMINED, Cause, EvidenceRule
from oomscope.causes.language.vocabulary import FactTable, Values
from oomscope.causes.weighing.caps import Cap, applied, caps_of, holding
from oomscope.causes.weighing.scores import Calibration, shares, summed, word

_MOST_CHOICES = 256  # sets of known facts for which the choice is kept; a hostile log could have any number
_MOST_SCALES = 16

_Use = tuple[int, EvidenceRule]
"""Number of a cause, and its clue that rests on the condition."""


class _Condition(NamedTuple):
    evaluate: Callable[[Values], bool | None]
    needs: frozenset[str]  # to be true
    uses: tuple[_Use, ...]
    facts: frozenset[str]  # without which it may be unknown
    divides: bool  # by zero it is unknown as well


class Weighed(NamedTuple):
    """One cause with its clues judged."""

    cause: Cause
    probability: float
    score: float  # nats, before caps
    groups_for: int  # groups of clues that speak for it
    true: Sequence[EvidenceRule]  # in no order
    number: int  # of the cause on its scale
    caps: Sequence[Cap] = ()  # of its own that lower its odds

    def strongest_first(self) -> list[EvidenceRule]:
        """Return the true clues, those that speak for the cause before those against it."""
        return sorted(self.true, key=lambda rule: (-rule.weight, rule.id))

    def weights(self) -> dict[str, list[float]]:
        """Return the weights of the true clues, by group."""
        return _by_group(self.true)


class Scale:
    """The causes of a branch. Raises WhenError if a bundled cause file is outside the vocabulary."""

    def __init__(self, causes: Iterable[Cause], branch: str) -> None:
        self.branch = branch
        self.causes = tuple(causes)
        uses: dict[str, list[_Use]] = {}
        rules: dict[str, EvidenceRule] = {}
        for number, cause in enumerate(self.causes):
            for rule in cause.evidence:
                uses.setdefault(rule.when.text, []).append((number, rule))
                rules.setdefault(rule.when.text, rule)
        self._conditions = tuple(
            _Condition(when.evaluate, when.true_needs, tuple(uses[text]), frozenset(when.needed), "/" in text)
            for text, rule in rules.items()
            for when in (rule.when.compiled,)
        )
        self._weightiest = [
            sorted(cause.evidence, key=lambda rule: (-abs(rule.weight), rule.id)) for cause in self.causes
        ]
        self._chosen: dict[frozenset[str], tuple[_Condition, ...]] = {}
        self._caps = caps_of(self.causes)
        self._priors = [summed(cause.prior, {}, branch)[0] for cause in self.causes]

    def weigh(self, facts: FactTable, calibration: Calibration | None = None) -> list[Weighed]:
        """Return the causes with their odds, the likeliest first."""
        values = facts.values
        true: list[list[EvidenceRule]] = [[] for _ in self.causes]
        for condition in self._candidates(values):
            if condition.evaluate(values):
                for number, rule in condition.uses:
                    true[number].append(rule)
        scores, groups_for = list(self._priors), [0] * len(self.causes)
        for number, rules in enumerate(true):
            if rules:
                cause = self.causes[number]
                scores[number], groups_for[number] = summed(cause.prior, _by_group(rules), self.branch)
        caps = self._exceeded(scores, values)
        odds = shares(applied(scores, caps) if caps else scores, calibration)
        weighed = list(map(Weighed, self.causes, odds, scores, groups_for, true, range(len(true))))
        for cap in caps:
            weighed[cap.of] = weighed[cap.of]._replace(caps=(*weighed[cap.of].caps, cap))
        weighed.sort(key=lambda one: (-one.probability, -one.score, one.cause.cause))
        return weighed

    def open_clues(self, facts: FactTable) -> list[list[EvidenceRule]]:
        """Return the clues of each cause that cannot be judged for want of facts, the weightiest first."""
        values = facts.values
        known = frozenset(name for name, value in values.items() if value is not None)
        unknown: set[str] = set()
        for one in self._conditions:
            if (one.divides or not one.facts <= known) and one.evaluate(values) is None:
                unknown.add(one.uses[0][1].when.text)
        return [[rule for rule in rules if rule.when.text in unknown] for rules in self._weightiest]

    def _exceeded(self, scores: Sequence[float], values: Values) -> Sequence[Cap]:
        """Return the caps that the scores exceed and whose conditions hold."""
        over = [cap for cap in self._caps if scores[cap.of] - scores[cap.against] > cap.rule.most]
        return holding(over, values) if over else ()

    def _candidates(self, values: Values) -> tuple[_Condition, ...]:
        """Return the conditions whose needs are met."""
        known = frozenset(values)
        found = self._chosen.get(known)
        if found is None:
            found = tuple(one for one in self._conditions if one.needs <= known)
            if len(self._chosen) >= _MOST_CHOICES:
                self._chosen.clear()
            self._chosen[known] = found
        return found


def _by_group(rules: Iterable[EvidenceRule]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {}
    for rule in rules:
        if rule.group in groups:
            groups[rule.group].append(rule.weight)
        else:
            groups[rule.group] = [rule.weight]
    return groups


def words_of(weighed: Sequence[Weighed], branch: str) -> str:
    """Return the word for the likeliest cause."""
    if not weighed:
        return UNDETERMINED
    second = weighed[1].probability if len(weighed) > 1 else 0.0
    return word(weighed[0].probability, second, weighed[0].groups_for, branch)


_SCALES: dict[tuple[int, str], tuple[Sequence[Cause], Scale]] = {}
"""Prepared causes by the identity of the loaded tuple, which is held so that no other takes its place."""


def scale_of(causes: Iterable[Cause], branches: Sequence[str], name: str) -> Scale:
    """Return the causes of some branches prepared, under the `name` of the branch; once for each loaded rule set."""
    if not isinstance(causes, tuple):
        return Scale([cause for cause in causes if not set(branches).isdisjoint(cause.branch)], name)
    key = (id(causes), name)
    found = _SCALES.get(key)
    if found is None or found[0] is not causes:
        if len(_SCALES) >= _MOST_SCALES:
            _SCALES.clear()
        found = causes, Scale([cause for cause in causes if not set(branches).isdisjoint(cause.branch)], name)
        _SCALES[key] = found
    return found[1]
