"""JSON that others wrote, read without trusting any of it: every access is typed, a missing or strange value is None."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from oomscope.errors import InputError
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

Object = Mapping[str, object]

_EMPTY: Object = {}
_BLANKS = lazy(r"[ \t\r\n]*+")


_PODS = "what `kubectl get pods -A -o json` prints"


def documents(text: str, place: str, expected: str = _PODS) -> Iterator[object]:
    """Yield the values of a text that holds one JSON value, several, or one a line.

    Raises InputError with the place, and with what is `expected` there.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_unique)
    at = _skip_blanks(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            _refuse(place, f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}", expected)
        except RecursionError:
            _refuse(place, "nested too deep", expected)
        except ValueError as error:  # a key that stands twice; a number of too many digits
            _refuse(place, str(error), expected)
        yield value
        at = _skip_blanks(text, at)


def _refuse(place: str, what: str, expected: str) -> NoReturn:
    raise InputError(f"{safe_line(place)}: {safe_line(what)}; expected {expected}") from None


def _skip_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object; one with a key twice means different things to different readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return found


def member(of: object, *path: str) -> object:
    """Return what stands at a path of keys; None where there is nothing, or something that has no keys."""
    for key in path:
        of = of.get(key) if isinstance(of, dict) else None
    return of


def table(of: object, *path: str) -> Object:
    found = member(of, *path)
    return found if isinstance(found, dict) else _EMPTY


def rows(of: object, *path: str) -> Sequence[Object]:
    """Return the objects of a list; what is none is left out."""
    found = member(of, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def texts(of: object, *path: str) -> list[str]:
    found = member(of, *path)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def word(of: object, *path: str) -> str | None:
    """Return a text that is not empty; None for anything else."""
    found = member(of, *path)
    return found if isinstance(found, str) and found else None


def whole(of: object, *path: str) -> int | None:
    found = member(of, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63 else None
