"""Caps between two causes: how far the one may lead the other on evidence of a kind that does not tell them apart.

A cap moves odds between its two causes only; what they have together stays.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from oomscope.causes.files.cause import CapRule, Cause
from oomscope.causes.language.vocabulary import Values


class Cap(NamedTuple):
    """A cap of a cause file, by the places of its causes on the scale."""

    of: int
    against: int
    rule: CapRule


def caps_of(causes: Sequence[Cause]) -> tuple[Cap, ...]:
    """Return the caps whose two causes are both on the scale, the tightest of each pair first."""
    place = {cause.cause: number for number, cause in enumerate(causes)}
    found = [
        Cap(number, place[rule.against], rule)
        for number, cause in enumerate(causes)
        for rule in cause.caps
        if rule.against in place
    ]
    return tuple(sorted(found, key=lambda cap: cap.rule.most))


def holding(caps: Sequence[Cap], values: Values) -> list[Cap]:
    """Return the caps whose condition holds."""
    return [cap for cap in caps if cap.rule.when.compiled.evaluate(values)]


def applied(scores: Sequence[float], caps: Sequence[Cap]) -> list[float]:
    """Return the scores with every cap kept."""
    held = list(scores)
    for cap in caps:
        if held[cap.of] - held[cap.against] > cap.rule.most:
            top = max(held[cap.of], held[cap.against])
            both = top + math.log(math.exp(held[cap.of] - top) + math.exp(held[cap.against] - top))
            held[cap.of] = both - math.log1p(math.exp(-cap.rule.most))
            held[cap.against] = both - math.log1p(math.exp(cap.rule.most))
    return held
