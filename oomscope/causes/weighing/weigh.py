"""Weighs causes against each other and says how it came out: the verdict, its clues, what to do, what would move it.

The arithmetic is in `scores`, what a clue that is still open would do in `swings`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice, zip_longest

from oomscope.causes.files.cause import UNDETERMINED, Cause, EvidenceRule, When
from oomscope.causes.language.placeholders import fill, fill_command, guess, known
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.open_answers import swings
from oomscope.causes.weighing.scores import Calibration, Weighed, ranked, weigh, words_of
from oomscope.causes.weighing.verdict import Alternative, Evidence, Question, Ranked, Remedy, Undecided, Verdict

UNKNOWN = "unknown"
_EITHER = ("memcg", "node")
_UNSAID = "The log does not say whose limit was hit: what tells is cut off."
_WHOLE_REPORT = (
    Question(
        "Whose limit was hit? The whole report says so",
        "journalctl -k -o json > kernel.json && oomscope analyze kernel.json",
    ),
)
_MAX_QUESTIONS = 4
_FAIR = 0.25  # the chance from which an undecided cause has its remedy told
_LEADING = 3  # causes whose open clues are told


def judge(facts: FactTable, causes: Iterable[Cause], branch: str, *, calibration: Calibration | None = None) -> Verdict:
    """The verdict on one incident, among the causes of its branch.

    An undetermined verdict carries the leader's odds as its probability, and the evidence of the two leaders.
    Raises WhenError if a bundled cause file is outside the vocabulary; files of users were checked on loading.
    """
    branches = _EITHER if branch == UNKNOWN else (branch,)
    ours = [cause for cause in causes if any(one in cause.branch for one in branches)]
    weighed = ranked([weigh(cause, facts, branch) for cause in ours], calibration)
    words = UNDETERMINED if branch == UNKNOWN else words_of(weighed, branch)
    decided = words != UNDETERMINED
    tellers = weighed[:1] if decided else weighed[:2]
    return Verdict(
        cause=weighed[0].cause.cause if decided else UNDETERMINED,
        probability=max((one.probability for one in _by_cause(weighed)), default=0.0),
        words=words,
        title=weighed[0].cause.title if decided else "The evidence does not carry a verdict",
        summary=_summary(weighed[0], facts) if decided else _UNSAID if branch == UNKNOWN else _odds(weighed),
        branch=branch,
        ranked=_by_cause(weighed),
        evidence=tuple(_evidence(one.cause.cause, rule, facts) for one in tellers for rule in one.true),
        undecided=() if branch == UNKNOWN else _open(weighed[:_LEADING], facts),
        remedies=tuple(_remedies(weighed[0].cause, facts)) if decided else (),
        alternatives=() if decided else tuple(_alternatives(weighed[:2], facts)),
        would_settle=_WHOLE_REPORT if branch == UNKNOWN else _questions(weighed[:2], facts),
        swings=() if branch == UNKNOWN else swings(weighed, facts, branch, calibration),
    )


def _by_cause(weighed: Iterable[Weighed]) -> tuple[Ranked, ...]:
    """The odds of each cause, the likeliest first; of a cause that both branches have, the sum."""
    odds: dict[str, float] = {}
    for one in weighed:
        odds[one.cause.cause] = odds.get(one.cause.cause, 0.0) + one.probability
    return tuple(Ranked(*pair) for pair in sorted(odds.items(), key=lambda pair: -pair[1]))


def _summary(leader: Weighed, facts: FactTable) -> str:
    """The cause's sentence; where the log does not hold what the sentence tells, its strongest clue's instead."""
    if known(leader.cause.summary.template, facts.values) or not leader.true:
        return fill(leader.cause.summary.template, facts.values)
    said = fill(leader.true[0].says.template, facts.values)
    return f"{said[:1].upper()}{said[1:]}."


def _odds(weighed: list[Weighed]) -> str:
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


def _open(leaders: Iterable[Weighed], facts: FactTable) -> tuple[Undecided, ...]:
    """The clues of the leaders that could not be judged."""
    return tuple(_undecided(one.cause.cause, rule, facts) for one in leaders for rule in one.unknown)


def _undecided(cause: str, rule: EvidenceRule, facts: FactTable) -> Undecided:
    says = guess(rule.says.template, facts.values)
    return Undecided(rule.id, cause, rule.when.compiled.missing(facts.values), rule.weight, says)


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


def _alternatives(leaders: list[Weighed], facts: FactTable) -> Iterator[Alternative]:
    """The first remedy of each cause that has a fair chance."""
    for one in leaders:
        if one.probability >= _FAIR:
            yield from (Alternative(one.cause.cause, remedy) for remedy in islice(_remedies(one.cause, facts), 1))


def _questions(leaders: list[Weighed], facts: FactTable) -> tuple[Question, ...]:
    """The leaders' questions in turn, each asked once."""
    asked = [list(_asked(one.cause, facts)) for one in leaders]
    unique = {question.question: question for question in chain(*zip_longest(*asked)) if question is not None}
    return tuple(unique.values())[:_MAX_QUESTIONS]


def _asked(cause: Cause, facts: FactTable) -> Iterator[Question]:
    for rule in cause.settle:
        if _holds(rule.when, facts) is not False and known(rule.asks.template, facts.values):
            command = fill_command(rule.command.template, facts.values) if rule.command else None
            yield Question(fill(rule.asks.template, facts.values), command)
