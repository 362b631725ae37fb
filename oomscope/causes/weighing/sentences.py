"""What a verdict says: sentences of the cause files, filled with the facts of the incident."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

from oomscope.causes.files.cause import Cause, EvidenceRule, When
from oomscope.causes.language.placeholders import fill, fill_command, guess, known
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.scale import Weighed
from oomscope.causes.weighing.shapes import Alternative, Evidence, Question, Remedy, Undecided

_MOST_QUESTIONS = 4
_STRONG = 1.0  # nats: a rival's clue that is worth showing
_FAIR = 0.25  # the chance from which an undecided cause has its remedy told


def summary_of(leader: Weighed, facts: FactTable) -> str:
    """Return the cause's sentence; where the log does not hold what it tells, that of its strongest clue."""
    template = leader.cause.summary.template
    if known(template, facts.values) or not leader.true:
        return fill(template, facts.values)
    said = fill(leader.strongest_first()[0].says.template, facts.values)
    return f"{said[:1].upper()}{said[1:]}."


def odds_in_words(weighed: Sequence[Weighed]) -> str:
    """Return what is said where there is no verdict."""
    leaders = [one for one in weighed[:2] if one.probability >= 0.10]
    if not leaders:
        return "No known cause fits what the log says."
    if leaders[0].probability < 0.25:
        return "Too little is in the log for a verdict."
    said = " and ".join(f"{one.cause.cause.replace('_', ' ')} (about {_fives(one.probability)})" for one in leaders)
    return f"The log fits {said}, and does not tell {'them apart' if len(leaders) == 2 else 'more'}."


def _fives(probability: float) -> str:
    """Return a probability in steps of 5 %: no digit that the weights do not carry."""
    return f"{round(probability * 20) * 5} %"


def evidence_of(cause: str, rule: EvidenceRule, facts: FactTable) -> Evidence:
    """Return a clue that holds, with the lines of its first fact that has some."""
    lines = next((facts.lines[name] for name in rule.when.compiled.facts if name in facts.lines), None)
    return Evidence(rule.id, cause, rule.weight, rule.group, fill(rule.says.template, facts.values), lines, rule.source)


def rival_evidence(weighed: Sequence[Weighed], facts: FactTable) -> list[Evidence]:
    """Return the strong clues that speak for the second cause and not for the first."""
    if len(weighed) < 2:
        return []
    first, second = weighed[:2]
    shared = {rule.id for rule in first.true if rule.weight > 0}
    strong = [rule for rule in second.strongest_first() if rule.weight >= _STRONG and rule.id not in shared]
    return [evidence_of(second.cause.cause, rule, facts) for rule in strong]


def cap_evidence(weighed: Sequence[Weighed], facts: FactTable) -> list[Evidence]:
    """Return the tightest cap that holds one of the two leaders back from the other."""
    leaders = weighed[:2]
    score = {one.number: one.score for one in leaders}
    caps = [cap for one in leaders for cap in one.caps if cap.against in score]
    if not caps:
        return []
    cap = min(caps, key=lambda one: one.rule.most)
    cause = next(one.cause.cause for one in leaders if one.number == cap.of)
    beyond = cap.rule.most - (score[cap.of] - score[cap.against])
    lines = next((facts.lines[name] for name in cap.rule.when.compiled.facts if name in facts.lines), None)
    return [
        Evidence(
            f"not-apart-from-{cap.rule.against.replace('_', '-')}",
            cause,
            round(beyond, 2),
            "cap",
            fill(cap.rule.says.template, facts.values),
            lines,
        )
    ]


def undecided_of(cause: str, rule: EvidenceRule, facts: FactTable) -> Undecided:
    """Return a clue that could not be judged, with the facts that it lacks."""
    says = guess(rule.says.template, facts.values, rule.when.text)
    return Undecided(rule.id, cause, rule.when.compiled.missing(facts.values), rule.weight, says)


def _holds(when: When | None, facts: FactTable) -> bool | None:
    return True if when is None else when.compiled.evaluate(facts.values)


def remedies_of(cause: Cause, facts: FactTable) -> Iterator[Remedy]:
    """Yield what helps against a cause: remedies whose condition holds and whose facts are known."""
    for rule in cause.remedies:
        if _holds(rule.when, facts) and known(rule.action.template, facts.values):
            detail = rule.detail if rule.detail and known(rule.detail.template, facts.values) else None
            yield Remedy(
                fill(rule.action.template, facts.values),
                fill(detail.template, facts.values) if detail else "",
                fill_command(rule.command.template, facts.values) if rule.command else None,
            )


def alternatives_of(leaders: Sequence[Weighed], facts: FactTable) -> Iterator[Alternative]:
    """Yield the first remedy of each cause that has a fair chance."""
    for one in leaders:
        if one.probability >= _FAIR:
            yield from (Alternative(one.cause.cause, remedy) for remedy in islice(remedies_of(one.cause, facts), 1))


def questions_of(leaders: Sequence[Weighed], facts: FactTable) -> tuple[Question, ...]:
    """Return the leaders' questions in turn, each asked once."""
    asked = [list(_questions(one.cause, facts)) for one in leaders]
    unique = {question.question: question for question in chain(*zip_longest(*asked)) if question is not None}
    return tuple(unique.values())[:_MOST_QUESTIONS]


def _questions(cause: Cause, facts: FactTable) -> Iterator[Question]:
    for rule in cause.settle:
        if _holds(rule.when, facts) is not False and known(rule.asks.template, facts.values):
            command = fill_command(rule.command.template, facts.values) if rule.command else None
            yield Question(fill(rule.asks.template, facts.values), command)
