"""Finds literals in bytes: by stringzilla's SIMD where it is installed, else by the standard library.

Never an alternation and never a loop over lines: one literal after the other, on a window that stays in the cache.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re

Buffer = bytes | bytearray
Find = Callable[[bytes, int], int]
"""(literal, from) -> where it begins, or -1."""


def _stringzilla() -> Any:  # noqa: ANN401  (a module that may not be there)
    try:
        import stringzilla
    except ImportError:
        return None
    return stringzilla


_SZ = _stringzilla()
_LOOKS_UP_FAST = _SZ is not None and "icelake" in _SZ.__capabilities__
"""Whether a table of 256 bytes is looked up by one instruction: then it is a quarter of the work to add up a one for each
newline than to find them one by one."""
_IS_NEWLINE = bytes(byte == ord("\n") for byte in range(256))


def finder(buffer: Buffer, end: int) -> Find:
    """Return a function that finds a literal in the first `end` bytes of `buffer`."""
    if _SZ is None or end < 1024:
        return lambda literal, start: buffer.find(literal, start, end)
    find: Find = _SZ.Str(memoryview(buffer)[:end]).find
    return find


def contains(data: Buffer, literal: bytes) -> bool:
    """True if the literal stands in the data."""
    return finder(data, len(data))(literal, 0) >= 0


def count_lines(buffer: Buffer, start: int, end: int) -> int:
    """Return the number of newlines in buffer[start:end]."""
    if _SZ is None or end - start < 1024:
        return buffer.count(b"\n", start, end)
    data = memoryview(buffer)[start:end]
    count: int = _SZ.bytesum(_SZ.translate(data, _IS_NEWLINE)) if _LOOKS_UP_FAST else _SZ.Str(data).count(b"\n")
    return count


def without_covered(literals: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the literals, each once, without those that another one is a part of: it finds their lines as well."""
    once = dict.fromkeys(literals)
    return tuple(one for one in once if not any(other != one and other in one for other in once))


def lines_with(
    buffer: Buffer, end: int, literals: Sequence[bytes], telling: "re.Pattern[bytes] | None" = None
) -> list[tuple[int, int]]:
    """Start and end of each line in the first `end` bytes that holds one of the literals, in order.

    With `telling` a literal counts only where the pattern matches from its first byte on.
    """
    starts: dict[int, int] = {}
    find = finder(buffer, end)
    for literal in literals:
        at = find(literal, 0)
        while at >= 0:
            if telling is not None and telling.match(buffer, at) is None:
                at = find(literal, at + len(literal))
                continue
            start = buffer.rfind(b"\n", 0, at) + 1
            stop = buffer.find(b"\n", at, end) + 1 or end
            starts[start] = stop
            if stop >= end:
                break
            at = find(literal, stop)
    return sorted(starts.items())
