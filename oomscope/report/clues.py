"""The clues of one verdict: for, against, what rules the others out, and what could not be judged."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from oomscope.report.fields import Doc, line_words, number, rows, span, text
from oomscope.report.open_clues import Best, Pending, best, changes, pending
from oomscope.report.tables import TRACK, Bar, Cell, Column, Grid, Row, columns
from oomscope.report.words import cause_name, odds, percent5, plural, strength, title_of

FULL, _HEAVY = 72, 2.5  # pixels, nats
Link = Callable[[tuple[int, int] | None], str | None]


class Clue(NamedTuple):
    says: str
    about: str  # the rival cause this clue is about; empty for the leading cause
    lines: str
    href: str | None
    weight: str  # nats, signed
    strength: str
    length: int  # of a bar of FULL pixels


class Step(NamedTuple):
    text: str
    detail: str
    command: str


class Certainty(NamedTuple):
    word: str
    sentence: str
    width: int | None  # None where the verdict is read and carries no probability
    tone: str  # sure | fair | open | read


class Ledger(NamedTuple):
    lead: str
    favour: tuple[Clue, ...]
    against: tuple[Clue, ...]
    rules_out: tuple[Clue, ...]
    undecided: tuple[Pending, ...]
    open: str  # how many clues that is
    changes: tuple[str, ...]  # single answers that would give another verdict
    best: Best | None  # the input that moves the odds most


def lead_cause(verdict: Doc) -> str:
    """The cause the ledger argues about: the verdict's, or the likeliest one of an undecided verdict."""
    cause = str(verdict.get("cause") or "undetermined")
    ranked = [str(r.get("cause")) for r in rows(verdict, "ranked") if r.get("cause") not in ("none", "undetermined")]
    return ranked[0] if cause == "undetermined" and ranked else cause


def ledger(verdict: Doc, link: Link, log: str = "LOG", still_open: bool = True) -> Ledger:
    """Every clue of `verdict`, on its side, heaviest first; `log` is how a command names the log.

    What is still open is left out where the ledger over all kills tells it.
    """
    lead = lead_cause(verdict)
    clues = sorted(rows(verdict, "evidence"), key=lambda e: -abs(number(e, "weight") or 0))
    favour: list[Doc] = []
    against: list[Doc] = []
    out: list[Doc] = []
    for evidence in clues:
        own, positive = evidence.get("cause") == lead, (number(evidence, "weight") or 0) > 0
        side = favour if own and positive else out if not own and not positive else against
        side.append(evidence)
    favour, against = _shared(favour, against, verdict)
    waiting = pending(verdict) if still_open else ()
    return Ledger(
        lead=cause_name(lead, verdict),
        favour=_clues(favour, lead, verdict, link),
        against=_clues(against, lead, verdict, link),
        rules_out=_clues(out, lead, verdict, link),
        undecided=waiting,
        open=plural(sum(p.total for p in waiting), "clue"),
        changes=changes(verdict) if still_open else (),
        best=best(verdict, log) if still_open else None,
    )


def _shared(favour: list[Doc], against: list[Doc], verdict: Doc) -> tuple[list[Doc], list[Doc]]:
    """One observation that speaks for two causes alike is shown once, with both of them."""
    others = {text(e, "says"): cause_name(text(e, "cause"), verdict) for e in against if (number(e, "weight") or 0) > 0}
    said = {text(e, "says") for e in favour}
    marked = [{**e, "also": others[text(e, "says")]} if text(e, "says") in others else e for e in favour]
    once = {text(e, "says"): e for e in reversed(against)}  # the heaviest of those that say the same
    return marked, [e for e in against if text(e, "says") not in said and once[text(e, "says")] is e]


def _clues(evidence: Iterable[Doc], lead: str, verdict: Doc, link: Link) -> tuple[Clue, ...]:
    return tuple(_clue(e, lead, verdict, link) for e in evidence)


def _clue(evidence: Doc, lead: str, verdict: Doc, link: Link) -> Clue:
    weight, lines = number(evidence, "weight") or 0.0, span(evidence.get("lines"))
    cause = str(evidence.get("cause") or "")
    return Clue(
        says=text(evidence, "says") or text(evidence, "id"),
        about=f"{text(evidence, 'also')} as well"
        if evidence.get("also")
        else ""
        if cause == lead
        else cause_name(cause, verdict),
        lines=line_words(lines),
        href=link(lines),
        weight=f"{weight:+.1f}".replace("-", "\u2212"),
        strength=strength(weight),
        length=min(round(FULL * abs(weight) / _HEAVY), FULL),
    )


def odds_of(verdict: Doc, caption: str = "The odds, in steps of 5 %", most: int = 6) -> Grid | None:
    """The ranked causes with their chances; what is below 5 % is one row. None where nothing is weighed."""
    ranked = list(rows(verdict, "ranked"))
    if not ranked or certainty(verdict).tone == "read":
        return None
    shown = [r for r in ranked[:most] if percent5(number(r, "probability") or 0) > 0] or ranked[:1]
    table = [
        _odd(cause_name(str(r.get("cause")), verdict), number(r, "probability") or 0, i == 0)
        for i, r in enumerate(shown)
    ]
    rest = ranked[len(shown) :]
    if rest:
        name = cause_name(str(rest[0].get("cause")), verdict) if len(rest) == 1 else f"{len(rest)} others together"
        table.append(_odd(name, sum(number(r, "probability") or 0 for r in rest), False))
    return Grid(caption, columns("cause", "#chance", Column("as a bar", "grow", quiet=True)), tuple(table), "odds")


def _odd(name: str, chance: float, lead: bool) -> Row:
    bar = Bar("lead" if lead else "rival", "0%", f"{percent5(chance)}%")
    return Row((name, odds(chance), Cell(bars=(TRACK, bar))), "lead" if lead else "")


def certainty(verdict: Doc) -> Certainty:
    """How sure, in words; a decided verdict is a fact and has no odds."""
    cause, chance = verdict.get("cause"), number(verdict, "probability")
    if cause in ("manual", "userspace_killer") or verdict.get("branch") == "decided":
        return Certainty("read from the log", "a fact, not an estimate", None, "read")
    if not verdict or cause in (None, "undetermined"):
        return Certainty("open", _rivals(verdict), None, "open")
    word = text(verdict, "words", "open")
    tone = {"very likely": "sure", "likely": "fair"}.get(word, "fair")
    return Certainty(word, odds(chance) if chance is not None else "", percent5(chance or 0), tone)


def _named(verdict: Doc) -> list[tuple[str, str, str]]:
    """The two likeliest causes: id, name, odds. Those that are hardly likelier than any other are left out."""
    return [
        (text(r, "cause"), cause_name(text(r, "cause"), verdict), odds(number(r, "probability") or 0))
        for r in rows(verdict, "ranked")[:2]
        if r.get("cause") not in ("none", "undetermined") and (number(r, "probability") or 0) >= _WORTH_NAMING
    ]


_WORTH_NAMING = 0.15
_APART = {"leak", "low_limit"}


def _rivals(verdict: Doc) -> str:
    named = _named(verdict)
    if not named or (number(rows(verdict, "ranked")[0], "probability") or 0) < _TOO_LITTLE:
        return "the log holds too little to judge the cause"
    if len(named) == 1:
        return f"{named[0][1]} is likeliest ({named[0][2]})"
    return " or ".join(f"{name} ({chance})" for _, name, chance in named)


_TOO_LITTLE = 0.3


def cause_words(verdict: Doc, kills: int = 1) -> str:
    """Return the cause with its odds; where it is open, what it is between."""
    sure = certainty(verdict)
    if sure.tone == "read":
        return f"{sure.word}: {cause_name(str(verdict.get('cause')), verdict)}"
    if sure.tone != "open":
        return f"{sure.word}: {cause_name(str(verdict.get('cause')), verdict)}, {sure.sentence}"
    pair = {one for one, _, _ in _named(verdict)}
    if pair == _APART and kills <= 1 and " or " in sure.sentence:
        return f"open: {sure.sentence}; one report cannot tell a leak from a limit that is too low"
    return f"open: {sure.sentence}"


def summary_words(verdict: Doc) -> str:
    """Return what happened, in figures, if it is this cause; nothing while the cause is open."""
    if certainty(verdict).tone == "open":
        return ""
    said = text(verdict, "summary")
    return f"If so: {said}" if said and verdict.get("words") == "leaning" else said


def cause_short(verdict: Doc) -> str:
    """Return the cause without odds, for a row of a table."""
    sure = certainty(verdict)
    if sure.tone == "read":
        return cause_name(str(verdict.get("cause")), verdict)
    if sure.tone != "open":
        return f"{sure.word}: {cause_name(str(verdict.get('cause')), verdict)}"
    between = " or ".join(name for _, name, _ in _named(verdict))
    return f"open: {between}" if " (" in sure.sentence else "open"


def runner_up(verdict: Doc) -> str:
    """`; otherwise low limit, about 10 %`; empty where the verdict is open, read, or has no rival worth a name."""
    ranked = rows(verdict, "ranked")
    if len(ranked) < 2 or certainty(verdict).width is None:
        return ""
    second = ranked[1]
    chance = number(second, "probability") or 0
    return f"; otherwise {cause_name(str(second.get('cause')), verdict)}, {odds(chance)}" if percent5(chance) else ""


def remedies(verdict: Doc) -> tuple[Step, ...]:
    """What to do, in the rule's order."""
    return tuple(
        Step(title_of(text(r, "action")), title_of(text(r, "detail")), text(r, "command"))
        for r in rows(verdict, "remedies")
    )


def remedies_if(verdict: Doc) -> tuple[Step, ...]:
    """What to do if it is one cause, or another, while the verdict is open; what both ask for stands once."""
    found = rows(verdict, "remedies_if")
    if both := either_way(verdict):
        return both
    return tuple(
        Step(
            f"If it is {cause_name(text(r, 'cause'), verdict)}: {text(r, 'action')}",
            title_of(text(r, "detail")),
            text(r, "command"),
        )
        for r in found
    )


def either_way(verdict: Doc) -> tuple[Step, ...]:
    """Return the one thing to do whichever cause it is, while the verdict is open; nothing where the causes differ."""
    found = rows(verdict, "remedies_if")
    if len(found) < 2 or len({(text(r, "action"), text(r, "command")) for r in found}) > 1:
        return ()
    first = found[0]
    return (Step(f"Either way: {text(first, 'action')}", title_of(text(first, "detail")), text(first, "command")),)


def settles(verdict: Doc) -> tuple[Step, ...]:
    """Questions whose answer would move the odds."""
    return tuple(Step(title_of(text(q, "question")), "", text(q, "command")) for q in rows(verdict, "would_settle"))
