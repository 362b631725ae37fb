"""The clues that could not be judged, by the input that would tell them, and what their answers would change."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.facts import VOCABULARY
from oomscope.inputs.registry import ORIGINS as SIDE_ORIGINS
from oomscope.patterns import lazy
from oomscope.report.fields import Doc, number, rows, sub, text
from oomscope.report.words import cause_name, odds, title_of
from oomscope.safe_text import quoted, safe_line

_SHOWN = 3  # clues of one input before the fold
_FOLDED = 5  # behind it; the JSON has them all
_CHANGES = 3
INPUTS = {
    "head": "The first and last lines of the report",
    "trace": "The call trace",
    "memory": "The memory counters of the report",
    "node": "Mem-Info",
    "tasks": "The task table",
    "history": "Earlier kills, from a log that reaches further back",
    **{name: one.title for name, one in SIDE_ORIGINS.items()},
}
"""A heading for each of `facts.origins.ORIGINS`."""


_GUESSED = lazy(r"(?:^| )\.\.\.(?:[ ,;:]|$)")  # of a figure that not even the clue's condition bounds


class Open(NamedTuple):
    """A clue that could not be judged: facts are missing."""

    name: str  # what it would say
    moves: str  # `+2.2 for leak, −1.5 for low limit`
    missing: str  # the first missing fact in words
    facts: tuple[str, ...]


class Pending(NamedTuple):
    """The open clues that one input would tell."""

    title: str
    shown: tuple[Open, ...]
    folded: tuple[Open, ...]
    total: int


def pending(verdict: Doc) -> tuple[Pending, ...]:
    """Open clues by input, the weightiest first; what no input can tell here is left out."""
    found: dict[str, dict[str, list[Doc]]] = {}
    for item in rows(verdict, "undecided"):
        where = item.get("input", "")
        if where is not None:
            found.setdefault(str(where), {}).setdefault(text(item, "id"), []).append(item)
    order = {text(w, "input"): n for n, w in enumerate(rows(verdict, "wanted"))}
    inputs = sorted(found, key=lambda name: order.get(name, len(order)))
    return tuple(_pending(name, list(found[name].values()), verdict) for name in inputs)


def _pending(name: str, clues: list[list[Doc]], verdict: Doc) -> Pending:
    clues.sort(key=lambda some: -max(abs(number(one, "weight") or 0) for one in some))
    told = tuple(_open(some, verdict) for some in clues)
    hidden = len(told) - _SHOWN if len(told) > _SHOWN + 1 else 0
    shown = told[: len(told) - hidden]
    folded = told[len(shown) : len(shown) + _FOLDED]
    return Pending(INPUTS.get(name, "Not in the log"), shown, folded, len(told))


def _open(same: Sequence[Doc], verdict: Doc) -> Open:
    """One observation with what it would weigh for each cause."""
    first = same[0]
    weights = [(number(one, "weight"), cause_name(text(one, "cause"), verdict)) for one in same]
    facts = tuple(str(m) for m in first.get("missing") or ())
    says = text(first, "says")
    name = says if says and not _GUESSED.search(says) else text(first, "id").replace("-", " ")
    means = meaning(facts[0]) if facts else ""
    return Open(
        name=name,
        moves=", ".join(_weight(weight, cause) for weight, cause in weights if weight),
        missing=means if means != name else "",
        facts=facts,
    )


def _weight(weight: float, cause: str) -> str:
    return f"{weight:+.1f} for {cause}".replace("-", "\u2212")


def meaning(fact: str) -> str:
    """What a fact is, as short as the vocabulary's first clause."""
    known = VOCABULARY.get(fact)
    return known.meaning.split(";")[0].split(":")[0] if known else ""


def changes(verdict: Doc) -> tuple[str, ...]:
    """Single answers that would give another verdict, one for each outcome first."""
    found: dict[tuple[str, str], str] = {}
    for one in rows(verdict, "would_change"):
        if _GUESSED.search(text(one, "says")):  # its figures would be known only with the answer
            continue
        found.setdefault((text(one, "lead"), text(one, "words")), _change(one, verdict))
    return tuple(found.values())[:_CHANGES]


def _change(one: Doc, verdict: Doc) -> str:
    chance = odds(number(one, "probability") or 0)
    lead, words = cause_name(text(one, "lead"), verdict), text(one, "words")
    then = f"{lead} would lead with {chance}, still open" if words == "undetermined" else f"{lead}, {words}, {chance}"
    return f"If {_clause(text(one, 'says'))} – {then}."


def _clause(says: str) -> str:
    """A clue's sentence without what it concludes."""
    return says.split(": ")[0]


def log_word(doc: Doc, position: object) -> str:
    """The path of an input as one word of a shell; `LOG` where there is none, or none that can be pasted."""
    inputs = rows(doc, "inputs")
    if not isinstance(position, int) or not 0 <= position < len(inputs):
        return "LOG"
    path = str(inputs[position].get("path"))
    return "LOG" if path.startswith("-") or safe_line(path) != path else quoted(path)


Best = tuple[str, str]
"""The input that moves the odds most, in words, and the command that hands it over."""


def best(verdict: Doc, log: str = "LOG") -> Best | None:
    """What to hand over next, beside `log` (quoted for a shell); None where nothing that is open moves anything."""
    return next((found for one in rows(verdict, "wanted") if (found := _best(one, verdict, log)) is not None), None)


def _best(first: Doc, verdict: Doc, log: str) -> Best | None:
    up, down = sub(first, "up"), sub(first, "down")
    whose = cause_name(_leading(verdict), verdict) if verdict.get("cause") in (None, "undetermined") else "this"
    moves = [
        f"{verb} {{}} to {odds(number(one, 'after') or 0)}"
        for verb, one in (("raise", up), ("lower", down))
        if one and odds(number(one, "after") or 0) != odds(number(one, "before") or 0)
    ]
    if not moves:
        return None
    says = f"{title_of(text(first, 'what'))} could {' or '.join(moves)}".format(*(whose, "it")[: len(moves)])
    command = text(first, "command").replace("analyze LOG ", f"analyze {log} ")
    return says, "" if _PLACEHOLDER.search(command) else command


_PLACEHOLDER = lazy(r"\bLOG\b")


def _leading(verdict: Doc) -> str:
    return next((text(r, "cause") for r in rows(verdict, "ranked")), "the verdict")
