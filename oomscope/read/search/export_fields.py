"""Where in a journal's export the fields with a length stand: nothing inside them is structure, whatever it looks like."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from oomscope.read.files.windows import Window

_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}\n")
_NAME_LINE = re.compile(rb"\n[A-Z_][A-Z0-9_]{0,63}\n")
_LENGTH_BYTES = 8
MAX_FIELD = 768 << 20
"""journald writes no longer field (DATA_SIZE_MAX in journal-importer.h): a greater length is damage."""
_NEWLINE = 10


class ExportFields:
    """Walks through an export while its windows go by, from one field with a length to the next.

    Such a field is its name on a line, eight bytes of length, as many bytes, and a newline. All others are `NAME=value`
    on one line, so that only lines without an equals sign have to be found.
    """

    def __init__(self, opening: bytes) -> None:
        """`opening`: the first bytes of the input."""
        self.is_sound = opening.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP="))
        """False where the beginning is gone or a length was wrong: then what looks like an entry may stand in a field."""
        self._starts, self._ends = array("Q"), array("Q")  # of each field: its length's first byte, its last newline
        self._length: bytes | None = None  # what has come of a length
        self._skip_to = 0  # offset of the newline that ends the open field

    def watch(self, windows: Iterable[Window]) -> Iterator[Window]:
        """Yield the windows unchanged."""
        for window in windows:
            self._walk(window.buffer, window.end, window.offset)
            yield window

    def is_boundary(self, offset: int) -> bool:
        """True if an empty line at this offset of the input ends an entry: it stands in no field."""
        n = bisect_right(self._starts, offset) - 1
        return n < 0 or offset > self._ends[n]

    def _walk(self, buffer: bytes | bytearray, end: int, base: int) -> None:
        at = 0
        while at < end:
            if self._length is not None:
                at = self._take_length(buffer, at, end, base)
            elif self._skip_to:
                stop = self._skip_to - base
                if stop >= end:
                    return
                self.is_sound = self.is_sound and (stop < 0 or buffer[stop] == _NEWLINE)
                self._skip_to, at = 0, max(stop + 1, at)
            else:
                found = _NAME.match(buffer, at, end) or _NAME_LINE.search(buffer, max(at - 1, 0), end)
                if found is None:
                    return
                self._length, at = b"", found.end()

    def _take_length(self, buffer: bytes | bytearray, at: int, end: int, base: int) -> int:
        """Take bytes of a length, which a window may have cut; where to go on."""
        held = self._length or b""
        part = bytes(buffer[at : min(at + _LENGTH_BYTES - len(held), end)])
        held, at = held + part, at + len(part)
        if len(held) < _LENGTH_BYTES:
            self._length = held
            return at
        self._length = None
        size = int.from_bytes(held, "little")
        if size > MAX_FIELD:
            self.is_sound = False
            return at
        self._starts.append(base + at - _LENGTH_BYTES)
        self._ends.append(base + at + size)
        self._skip_to = base + at + size
        return at
