"""Three-valued evaluation: True, False, and None for what rests on a missing fact. Each function builds a closure."""

import math
import operator
from collections.abc import Callable
from typing import Any

from oomscope.causes.language.vocabulary import Values

Term = Callable[[Values], Any]
"""Gives a number, text, truth, or None for unknown."""

Truth = Callable[[Values], bool | None]


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "In": lambda item, whole: item in whole,
    "NotIn": lambda item, whole: item not in whole,
}


def fact(name: str) -> Term:
    return lambda values: values.get(name)


def literal(value: object) -> Term:
    return lambda values: value


def compared_with(name: str, operation: str, value: object) -> Truth:
    """Return a comparison of a fact with a literal: most conditions are one."""
    compare = _COMPARE[operation]

    def evaluate(values: Values) -> bool | None:
        known = values.get(name)
        return None if known is None else compare(known, value)

    return evaluate


def all_of(terms: tuple[Truth, ...]) -> Truth:
    """Return a term that is false if any is false, else unknown if any is unknown."""

    def evaluate(values: Values) -> bool | None:
        known = True
        for term in terms:
            value = term(values)
            if value is None:
                known = False
            elif not value:
                return False
        return True if known else None

    return evaluate


def any_of(terms: tuple[Truth, ...]) -> Truth:
    """Return a term that is true if any is true, else unknown if any is unknown."""

    def evaluate(values: Values) -> bool | None:
        known = True
        for term in terms:
            value = term(values)
            if value is None:
                known = False
            elif value:
                return True
        return False if known else None

    return evaluate


def negated(term: Truth) -> Truth:
    def evaluate(values: Values) -> bool | None:
        value = term(values)
        return None if value is None else not value

    return evaluate


def is_none(name: str, expected: bool) -> Truth:
    """Return `name is None`, or `is not None`: it is always known."""
    return lambda values: (values.get(name) is None) is expected


def compared(left: Term, operation: str, right: Term) -> Truth:
    """Return a comparison of two terms; `operation` is named like its ast node."""
    compare = _COMPARE[operation]

    def evaluate(values: Values) -> bool | None:
        a, b = left(values), right(values)
        return None if a is None or b is None else compare(a, b)

    return evaluate


_ARITHMETIC: dict[str, Callable[[Any, Any], float]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
}


def calculated(left: Term, operation: str, right: Term) -> Term:
    """Return `+ - * /` on numbers; a division by zero, or a result out of a float's range, is unknown."""
    calculate = _ARITHMETIC[operation]

    def evaluate(values: Values) -> float | None:
        a, b = left(values), right(values)
        if a is None or b is None:
            return None
        try:
            result: float = calculate(a, b)
            return result if math.isfinite(result) else None
        except (ZeroDivisionError, OverflowError):
            return None

    return evaluate


def signed(term: Term, negative: bool) -> Term:
    def evaluate(values: Values) -> float | None:
        value = term(values)
        return None if value is None else -value if negative else value

    return evaluate
