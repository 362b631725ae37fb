"""A stream of text to the objects of JSON in it, in bounded memory."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from oomscope.read.record import InputWarning

Json = dict[str, Any]
_DECODER = json.JSONDecoder()  # strict: a string that does not end stops at the end of its line
MAX_DOCUMENT = 4 << 20
"""The most text that one record may take."""
FREE_LOOKS = 64 << 20
"""Characters that may be looked at in vain, beyond twice the stream's own: a stream of unfinished objects stays linear."""


def json_line(text: str) -> Json | None:
    """Return the object that a line is, or None."""
    try:
        value = _DECODER.decode(text.strip().removeprefix("data:").removeprefix("\x1e"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def objects(texts: Iterable[str], warnings: list[InputWarning], line: int = 1) -> Iterator[tuple[Json, int, int]]:
    """The objects of a JSON stream with their first and last line: one a line, pretty, in an array, SSE or JSON-seq.

    Bounded: what does not become an object within `MAX_DOCUMENT` is skipped to the next line that starts one.
    """
    stream = _Objects(line)
    for text in texts:
        yield from stream.feed(text, final=False)
    yield from stream.feed("", final=True)
    if stream.broken:
        warnings.append(broken_warning(stream.broken, stream.broken_line))


def first_objects(text: str) -> Iterator[Json]:
    """The objects that the beginning of a stream holds as a whole; one that it cuts is not looked into."""
    return (value for value, _, _ in _Objects(1).feed(text, final=False))


def broken_warning(count: int, line: int | None) -> InputWarning:
    """Return the warning that records were passed over."""
    records = "1 record is not whole JSON and was" if count == 1 else f"{count} records are not whole JSON and were"
    return InputWarning("broken-json", f"{records} left out", line)


class _Objects:
    """What is held of the stream until it makes an object, and the line where that begins."""

    def __init__(self, line: int) -> None:
        self._held, self._line = "", line
        self.broken = 0
        self.broken_line: int | None = None
        self._taken = self._vain = 0  # characters that came, and that were looked at without an object in them
        self._wait = 0  # characters that must be held before the open object is looked at again

    def feed(self, text: str, *, final: bool) -> Iterator[tuple[Json, int, int]]:
        self._taken += len(text)
        held, at = self._held + text, 0
        if len(held) < self._wait and not final:
            self._held = held
            return
        self._wait = 0
        while (start := held.find("{", at)) >= 0:
            start = _unwrapped(held, start)
            value, end, more = self._object(held, start, final=final)
            if more:
                self._wait = 2 * (len(held) - start)
                break
            self._line += held.count("\n", at, start)
            last = self._line + held.count("\n", start, end)
            if value is not None:
                yield value, self._line, last
            else:
                self.broken, self.broken_line = self.broken + 1, self.broken_line or self._line
            at, self._line = end, last
        else:
            self._line += held.count("\n", at)
            at = len(held)
        self._held = held[at:]

    def _object(self, held: str, start: int, *, final: bool) -> tuple[Json | None, int, bool]:
        """The object at `start`, where it ends or the search goes on, and whether it may yet become whole."""
        if self._vain > 2 * self._taken + FREE_LOOKS:
            end = _next_line(held, start)  # too many that never end: only such as stand on one line
            return json_line(held[start:end]), end, False
        try:
            value, end = _DECODER.raw_decode(held, start)
        except (ValueError, RecursionError) as error:
            stop = error.pos if isinstance(error, json.JSONDecodeError) else len(held)
            if isinstance(error, json.JSONDecodeError) and error.msg.startswith("Unterminated string"):
                stop = len(held)
            self._vain += stop - start
            unfinished = isinstance(error, json.JSONDecodeError) and stop >= len(held) - _LONGEST_TOKEN
            if unfinished and not final and len(held) - start < MAX_DOCUMENT:
                return None, start, True
            return None, _next_line(held, start), False
        return value, end, False


_LONGEST_TOKEN = 32  # of a number or a word that the end of what is held may have cut


def _unwrapped(held: str, start: int) -> int:
    """`{"dmesg": [ {`, `{"events": [ {`: the list in an object of one key, entered instead of read as a whole."""
    head = held[start : start + 80]
    for name in ("dmesg", "events", "entries", "logs", "value"):
        quoted = head[1:].lstrip()
        if quoted.startswith(f'"{name}"'):
            rest = quoted[len(name) + 2 :].lstrip()
            if rest.startswith(":") and rest[1:].lstrip().startswith("["):
                inner = held.find("{", start + 1)
                return inner if inner >= 0 else start
    return start


def _next_line(held: str, start: int) -> int:
    end = held.find("\n", start)
    return len(held) if end < 0 else end + 1
