"""What a condition says about the figures of its sentence, for a clue whose facts are not known yet.

sample:: anon_share >= 0.8 and tasks < 18 -> anon_share: 80 % or more, tasks: under 18
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from oomscope.causes.language.vocabulary import Unit
from oomscope.patterns import lazy
from oomscope.units import duration, share, size

UNKNOWN = "..."
"""ASCII, so that a document without another character needs no search for those that a terminal does not take."""
_TERM = lazy(r"\s*(\w+)\s*(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?)\s*")
_BETWEEN = lazy(r"\s*(-?\d+(?:\.\d+)?)\s*(<=|<)\s*(\w+)\s*(<=|<)\s*(-?\d+(?:\.\d+)?)\s*")


class Bounds(NamedTuple):
    """What a figure must be for the clue to hold."""

    low: float | None = None
    high: float | None = None
    includes_low: bool = True
    includes_high: bool = False


@lru_cache(1024)
def bounds_of(condition: str) -> Mapping[str, Bounds]:
    """Return the bounds of the facts that a condition compares with a number, wherever it must hold as a whole."""
    found: dict[str, Bounds] = {}
    for term in _terms(condition):
        if between := _BETWEEN.fullmatch(term):
            found[between[3]] = Bounds(float(between[1]), float(between[5]), between[2] == "<=", between[4] == "<=")
        elif one := _TERM.fullmatch(term):
            name, sign, value = one[1], one[2], float(one[3])
            before = found.get(name, Bounds())
            if sign in (">=", ">"):
                found[name] = before._replace(low=value, includes_low=sign == ">=")
            elif sign == "==":
                found[name] = Bounds(value, value, includes_high=True)
            else:
                found[name] = before._replace(high=value, includes_high=sign == "<=")
    return found


@lru_cache(1024)
def witness_of(condition: str) -> Mapping[str, float]:
    """Return a value for each fact that a condition compares with a number, with which that comparison holds."""
    return {name: value for name, bounds in bounds_of(condition).items() if (value := _within(bounds)) is not None}


def _within(bounds: Bounds) -> float | None:
    if bounds.low is None:
        return bounds.high if bounds.high is None or bounds.includes_high else bounds.high - 1
    if bounds.includes_low:
        return bounds.low
    return bounds.low + 1 if bounds.high is None else (bounds.low + bounds.high) / 2


def _terms(condition: str) -> list[str]:
    """The parts that `and` joins, outside of brackets; none where an `or` leaves open which of them hold."""
    parts, depth, start = [], 0, 0
    text = " ".join(condition.split())
    if "(" not in text:
        return [] if " or " in text else text.split(" and ")
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and text.startswith(" or ", at):
            return []
        if depth == 0 and text.startswith(" and ", at):
            parts.append(text[start:at])
            start = at + 5
    return [*parts, text[start:]]


def in_words(bounds: Bounds | None, unit: Unit) -> str:
    """Return a figure that is only known by its bounds: `80 % or more`, `under 5 min`, `2 to 18`."""
    if bounds is None or (bounds.low is None and bounds.high is None):
        return UNKNOWN
    low, high = (None if value is None else _figure(value, unit) for value in (bounds.low, bounds.high))
    if unit == "count" and low is not None and bounds.high is not None and not bounds.includes_high:
        high = _figure(bounds.high - 1, unit)
    if low is not None and low == high:
        return low
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is None:
        return f"{high} or less" if bounds.includes_high else f"under {high}"
    return f"{low} or more" if bounds.includes_low else f"over {low}"


def _figure(value: float, unit: Unit) -> str:
    if unit == "share":
        return share(value)
    if unit == "seconds":
        return duration(value)
    return size(value) if unit == "bytes" else f"{value:g}"
