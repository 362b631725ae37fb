"""Weighs causes against each other: a sum of nats for each, a softmax within the branch, and words for the outcome.

score(cause) = prior + sum over groups of clip(sum of the weights of the group's true clues). Correlated clues share a
group, and the cap keeps them from counting twice. Unknown clues weigh nothing.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, zip_longest
from typing import NamedTuple

from .cause import UNDETERMINED, Cause, EvidenceRule, When
from .placeholders import fill, fill_command, known
from .verdict import Evidence, Question, Ranked, Remedy, Undecided, Verdict
from .vocabulary import FactTable

NONE_SCORE = 0.5
"""Nats that none-of-these always has. Beside ten causes at 0 it holds some 15 %, which is the share of kills that a
careful reader leaves unexplained; a cause with two full groups behind it leaves it a few per cent."""

GROUP_CAP = {"memcg": 2.5, "node": 2.5, "decided": 6.0}
"""Nats. In the branch `decided` a single line says that somebody asked for the kill: one clue may be enough."""

MAX_PROBABILITY = 0.97
_WORDS = ((0.90, "very likely"), (0.75, "likely"), (0.50, "leaning"))
_MIN_PROBABILITY, _MIN_LEAD, _MIN_GROUPS = 0.50, 0.15, 2
_MAX_QUESTIONS = 4
_LEADING = 3  # causes whose open clues are told

Calibration = Callable[[float], float]
"""From a computed probability to an observed one; non-decreasing."""


class _Weighed(NamedTuple):
    """One cause with its clues judged."""

    cause: Cause
    score: float
    groups_for: int  # groups that speak for it
    true: tuple[EvidenceRule, ...]  # the strongest first
    unknown: tuple[EvidenceRule, ...]
    probability: float = 0.0


def judge(facts: FactTable, causes: Iterable[Cause], branch: str, *, calibration: Calibration | None = None) -> Verdict:
    """The verdict on one incident, among the causes of its branch.

    An undetermined verdict carries the leader's odds as its probability, and the evidence of the two leaders.
    Raises WhenError if a bundled cause file is outside the vocabulary; files of users were checked on loading.
    """
    weighed = _ranked([_weigh(cause, facts, branch) for cause in causes if branch in cause.branch], calibration)
    words = _words(weighed, branch)
    decided = words != UNDETERMINED
    tellers = weighed[:1] if decided else weighed[:2]
    return Verdict(
        cause=weighed[0].cause.cause if decided else UNDETERMINED,
        probability=weighed[0].probability if weighed else 0.0,
        words=words,
        title=weighed[0].cause.title if decided else "The evidence does not carry a verdict",
        summary=_summary(weighed[0], facts) if decided else _odds(weighed),
        branch=branch,
        ranked=tuple(Ranked(one.cause.cause, one.probability) for one in weighed),
        evidence=tuple(_evidence(one.cause.cause, rule, facts) for one in tellers for rule in one.true),
        undecided=tuple(_undecided(one.cause.cause, rule, facts) for one in weighed[:_LEADING] for rule in one.unknown),
        remedies=tuple(_remedies(weighed[0].cause, facts)) if decided else (),
        would_settle=_questions(weighed[:2], facts),
    )


def _weigh(cause: Cause, facts: FactTable, branch: str) -> _Weighed:
    true, unknown, groups = [], [], dict[str, list[float]]()
    for rule in cause.evidence:
        outcome = rule.when.compiled.evaluate(facts.values)
        if outcome is None:
            unknown.append(rule)
        elif outcome:
            true.append(rule)
            groups.setdefault(rule.group, []).append(rule.weight)
    cap = GROUP_CAP[branch]
    sums = [max(-cap, min(cap, math.fsum(weights))) for weights in groups.values()]
    return _Weighed(
        cause,
        math.fsum((cause.prior, *sums)),
        sum(total > 0 for total in sums),
        tuple(sorted(true, key=lambda rule: (-rule.weight, rule.id))),
        tuple(sorted(unknown, key=lambda rule: (-abs(rule.weight), rule.id))),
    )


def _ranked(weighed: list[_Weighed], calibration: Calibration | None) -> list[_Weighed]:
    """The likeliest first. What a cap takes off goes to none-of-these, not to the others."""
    top = max((one.score for one in weighed), default=0.0)
    masses = [math.exp(one.score - top) for one in weighed]
    whole = math.fsum((*masses, math.exp(NONE_SCORE - top)))
    shares = [mass / whole for mass in masses]
    if calibration is not None:
        shares = [max(0.0, calibration(share)) for share in shares]
        shares = [share / max(1.0, math.fsum(shares)) for share in shares]
    shares = [min(share, MAX_PROBABILITY) for share in shares]
    pairs = sorted(zip(weighed, shares, strict=True), key=lambda pair: (-pair[1], -pair[0].score, pair[0].cause.cause))
    return [one._replace(probability=share) for one, share in pairs]


def _words(weighed: list[_Weighed], branch: str) -> str:
    if not weighed:
        return UNDETERMINED
    leader = weighed[0]
    lead = leader.probability - (weighed[1].probability if len(weighed) > 1 else 0.0)
    groups = 1 if branch == "decided" else _MIN_GROUPS
    if leader.probability < _MIN_PROBABILITY or lead < _MIN_LEAD or leader.groups_for < groups:
        return UNDETERMINED
    return next(word for least, word in _WORDS if leader.probability >= least)


def _summary(leader: _Weighed, facts: FactTable) -> str:
    """The cause's sentence; where the log does not hold what the sentence tells, its strongest clue's instead."""
    if known(leader.cause.summary.template, facts.values) or not leader.true:
        return fill(leader.cause.summary.template, facts.values)
    said = fill(leader.true[0].says.template, facts.values)
    return f"{said[:1].upper()}{said[1:]}."


def _odds(weighed: list[_Weighed]) -> str:
    """What is said where there is no verdict."""
    leaders = [one for one in weighed[:2] if one.probability >= 0.10]
    if not leaders:
        return "No known cause fits what the log says."
    if leaders[0].probability < 0.25:
        return "Too little is in the log for a verdict."
    said = " and ".join(f"{one.cause.cause.replace('_', ' ')} (about {_fives(one.probability)})" for one in leaders)
    return f"The log fits {said}, and does not tell {'them apart' if len(leaders) == 2 else 'more'}."


def _fives(probability: float) -> str:
    """In steps of 5 %: no digit that the weights do not carry."""
    return f"{round(probability * 20) * 5} %"


def _evidence(cause: str, rule: EvidenceRule, facts: FactTable) -> Evidence:
    lines = next((facts.lines[name] for name in rule.when.compiled.facts if name in facts.lines), None)
    return Evidence(rule.id, cause, rule.weight, rule.group, fill(rule.says.template, facts.values), lines, rule.source)


def _undecided(cause: str, rule: EvidenceRule, facts: FactTable) -> Undecided:
    return Undecided(rule.id, cause, rule.when.compiled.missing(facts.values))


def _holds(when: When | None, facts: FactTable) -> bool | None:
    return True if when is None else when.compiled.evaluate(facts.values)


def _remedies(cause: Cause, facts: FactTable) -> Iterator[Remedy]:
    for rule in cause.remedies:
        if _holds(rule.when, facts) and known(rule.action.template, facts.values):
            detail = rule.detail if rule.detail and known(rule.detail.template, facts.values) else None
            yield Remedy(
                fill(rule.action.template, facts.values),
                fill(detail.template, facts.values) if detail else "",
                fill_command(rule.command.template, facts.values) if rule.command else None,
            )


def _questions(leaders: list[_Weighed], facts: FactTable) -> tuple[Question, ...]:
    """The leaders' questions in turn, each asked once."""
    asked = [list(_asked(one.cause, facts)) for one in leaders]
    unique = {question.question: question for question in chain(*zip_longest(*asked)) if question is not None}
    return tuple(unique.values())[:_MAX_QUESTIONS]


def _asked(cause: Cause, facts: FactTable) -> Iterator[Question]:
    for rule in cause.settle:
        if _holds(rule.when, facts) is not False and known(rule.asks.template, facts.values):
            command = fill_command(rule.command.template, facts.values) if rule.command else None
            yield Question(fill(rule.asks.template, facts.values), command)
