"""`{fact}` in the sentences and commands of cause files; `{{` and `}}` are braces. Nothing else is special."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from oomscope.causes.language.bounds import UNKNOWN, Bounds, bounds_of, in_words
from oomscope.causes.language.stand_ins import stand_in
from oomscope.causes.language.suggest import did_you_mean
from oomscope.causes.language.vocabulary import Unit, Values, Vocabulary
from oomscope.causes.language.when import Problem
from oomscope.safe_text import SHELL_SAFE, quoted, safe_line
from oomscope.units import duration, quantity, share, size

_PIECE = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")


_EMPTY_ASIDE = re.compile(r" \([^()]*(?<![^ (])\.\.\.(?![^ ),;:])[^()]*\)")


class Slot(NamedTuple):
    """One placeholder."""

    name: str
    unit: Unit


Template = tuple[str | Slot, ...]
"""A parsed text: literals and placeholders in turn."""


def parse_template(text: str, vocabulary: Vocabulary) -> tuple[Template, list[Problem]]:
    """Return a text cut at its placeholders, and every defect in it."""
    pieces: list[str | Slot] = []
    problems: list[Problem] = []
    at = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        piece = found[0]
        name = piece[1:-1]
        if piece in ("{{", "}}"):
            pieces.append(piece[0])
        elif spec := vocabulary.get(name) if len(piece) > 1 else None:
            pieces.append(Slot(name, spec.unit))
        elif len(piece) > 1 and name.isidentifier():
            message = f"no fact is called `{name}`"
            problems.append(Problem(found.start() + 1, found.end() - 1, message, did_you_mean(name, vocabulary)))
        else:
            problems.append(
                Problem(found.start(), found.end(), f"`{piece}` is no placeholder", "a brace is written `{{` or `}}`")
            )
    pieces.append(text[at:])
    return tuple(piece for piece in pieces if piece), problems


def fill(template: Template, values: Values) -> str:
    """Return the text with each fact written by its unit; `?` where the log does not say."""
    return "".join(piece if isinstance(piece, str) else _said(piece.unit, values.get(piece.name)) for piece in template)


def guess(template: Template, values: Values, condition: str) -> str:
    """Return the text of a clue that is still open: with names, and with what its condition says about its figures."""
    said = _without_figures(template, condition)
    if len(said) == 1 and isinstance(said[0], str):
        return said[0]
    return "".join(piece if isinstance(piece, str) else _named(piece.name, values.get(piece.name)) for piece in said)


@lru_cache(1024)
def _without_figures(template: Template, condition: str) -> Template:
    """The text of an open clue, in which names alone are left to be filled in: the same for every incident."""
    bounds = bounds_of(condition)
    pieces: list[str | Slot] = []
    for piece in template:
        if isinstance(piece, Slot) and piece.unit == "text":
            pieces.append(piece)
            continue
        words = piece if isinstance(piece, str) else _bounded(piece, bounds)
        if pieces and isinstance(pieces[-1], str):
            pieces[-1] += words
        else:
            pieces.append(words)
    return tuple(_EMPTY_ASIDE.sub("", piece) if isinstance(piece, str) else piece for piece in pieces)


def _bounded(slot: Slot, bounds: Mapping[str, Bounds]) -> str:
    words = in_words(bounds.get(slot.name), slot.unit)
    return stand_in(slot.name) or words if words == UNKNOWN else words


def _named(name: str, value: object | None) -> str:
    return _said("text", value) if value is not None else stand_in(name) or name.replace("_", " ")


def without_incident(template: Template) -> str:
    """Return the text as it reads where no incident fills it in: `Raise the memory limit from the old limit to …`."""
    return "".join(piece if isinstance(piece, str) else _named(piece.name, None) for piece in template)


def known(template: Template, values: Values) -> bool:
    """True if every fact that the text names is known."""
    return all(isinstance(piece, str) or values.get(piece.name) is not None for piece in template)


def fill_command(template: Template, values: Values) -> str | None:
    """Return a command as a person can paste it into a shell; None where a fact of it is missing.

    Text from a log is quoted, for the name of a pod or process may hold shell syntax; a size is a Kubernetes quantity.
    What cannot be quoted because it stands in quotes already, or begins like an option, counts as missing.
    """
    written, quote = [], ""
    for piece in template:
        if isinstance(piece, str):
            quote = _quote_after(piece, quote)
            written.append(piece)
        elif (typed := _typed(piece, values.get(piece.name), quote)) is None:
            return None
        else:
            written.append(typed)
    return "".join(written)


def _quote_after(text: str, quote: str) -> str:
    """The shell quote that is open after `text` if `quote` was open before it."""
    for character in text:
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
    return quote


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else float("nan")


def _count(value: object) -> str:
    number = _number(value)
    return str(int(number)) if number == number and abs(number) != float("inf") else "?"


_UNITS: dict[Unit, Callable[[object], str]] = {
    "bytes": lambda value: size(_number(value)),
    "share": lambda value: share(_number(value)),
    "seconds": lambda value: duration(_number(value)),
    "count": _count,
    "pages": _count,
    "truth": lambda value: "yes" if value else "no",
    "text": lambda value: safe_line(str(value)),
    "command": str,
}


def _said(unit: Unit, value: object | None) -> str:
    return "?" if value is None else _UNITS[unit](value)


def _typed(slot: Slot, value: object | None, quote: str) -> str | None:
    if value is None:
        return None
    if slot.unit == "bytes":
        return quantity(int(_number(value)))
    if slot.unit != "text":
        return _said(slot.unit, value)  # a command is our own, from the table of programs
    text = safe_line(str(value))
    if text.startswith("-"):  # quotes do not keep a program from taking it for an option
        return None
    if SHELL_SAFE.fullmatch(text):
        return text
    return None if quote else quoted(text)
