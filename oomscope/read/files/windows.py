"""A stream as windows of whole lines, with its size, hash and line count taken on the way, in bounded memory."""

import codecs
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from oomscope.read.budget import Budget
from oomscope.read.files.source import CHUNK, Readable
from oomscope.read.literals import Buffer, count_lines

HASHED_BYTES = 64 << 20
"""Of a larger input no hash is taken: hashing takes three times as long as looking for the kernel's words."""
ONE_DOCUMENT = 4 << 20
"""The answer of a log store is one object of JSON on one line: its line may be longer than those of logs."""
_UTF16_SAMPLE = 512
_NEWLINE = 10


class Window:
    """Whole lines of an input. The buffer is used again for the next window: what is to be kept must be copied."""

    __slots__ = ("buffer", "end", "line", "lines", "offset")

    def __init__(
        self, buffer: Buffer, end: int, line: int, offset: int, *, counted: bool = True, goes_on: bool = False
    ) -> None:
        """`goes_on`: its last line goes on in the next window."""
        self.buffer, self.end = buffer, end
        self.line = line  # number of its first line, 1-based
        self.offset = offset  # of its first byte in the decoded input
        last = end > 0 and buffer[end - 1] != _NEWLINE and not goes_on
        self.lines = count_lines(buffer, 0, end) + last if counted else 0

    def kept(self) -> "Window":
        """Return the same window with a buffer of its own."""
        window = Window(bytearray(self.copy()), self.end, self.line, self.offset, counted=False)
        window.lines = self.lines
        return window

    def copy(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from `start` to `end`."""
        return bytes(memoryview(self.buffer)[start : self.end if end is None else end])


class Tally:
    """What the summary says about an input: bytes, lines and, up to HASHED_BYTES, the sha256 of what went through."""

    def __init__(self, *, hashed: bool = True) -> None:
        import hashlib

        self.bytes = 0
        self.lines = 0
        self.decoded = False  # whether the windows hold other bytes than the input
        self.uncut = False  # whether a line may go on over several windows
        self.cut_lines = 0  # lines that were longer than the cap
        self.cut_line: int | None = None  # the first of them
        self._sha256: hashlib._Hash | None = hashlib.sha256() if hashed else None

    @property
    def sha256(self) -> str | None:
        """The hash of all bytes; None for an input of more than HASHED_BYTES."""
        return self._sha256.hexdigest() if self._sha256 is not None else None

    def add(self, raw: bytes | memoryview) -> None:
        """Count bytes as they were read."""
        self.bytes += len(raw)
        if self._sha256 is not None:
            self._sha256.update(raw)
            if self.bytes > HASHED_BYTES:
                self._sha256 = None


def too_large_to_hash(path: str) -> bool:
    """True for a file of which a hash would be begun and dropped."""
    try:
        return os.stat(path).st_size > HASHED_BYTES  # noqa: PTH116 - a tenth of what a Path takes
    except (OSError, ValueError):
        return False


def encoding_of(head: bytes) -> str | None:
    """utf-16-le, utf-16-be, utf-32 or utf-8-sig (a mark to leave out); None where bytes are text already.

    PowerShell's `>` writes UTF-16 with a mark; a cut-off copy of such a file has none. Anybody can write a mark into a
    log: the zeros in all of `head` decide.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    marked = head.startswith(_MARKS)
    for mark, high in ((codecs.BOM_UTF32_LE, 1), (codecs.BOM_UTF32_BE, 2)):
        if head.startswith(mark) and _zeros(head[4:], 4, high):
            return "utf-32"
    sample = head[:_UTF16_SAMPLE]
    if len(sample) >= 16 and sample.count(0) > len(sample) * 0.7:
        for encoding, low in (("utf-32-le", 0), ("utf-32-be", 3)):
            if _is_text(sample[low::4]) and all(_zeros(head, 4, n) for n in range(4) if n != low):
                return encoding
    if marked or (len(sample) >= 8 and sample.count(0) > len(sample) * 0.4):
        for encoding, mark, high in (("utf-16-le", codecs.BOM_UTF16_LE, 1), ("utf-16-be", codecs.BOM_UTF16_BE, 0)):
            likely = head.startswith(mark) if marked else _is_text(sample[1 - high :: 2])
            if likely and _zeros(head[2:] if marked else head, 2, high):
                return encoding
    return "utf-8-sig" if marked else None


_OPENS_JSON = re.compile(rb'\s*(?:\[\s*)?\{\s*"')
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def _zeros(data: bytes, size: int, at: int) -> bool:
    """True if most code units have a zero where those of ASCII have one."""
    units = data[at::size]
    return units.count(0) > len(units) / 2


def _is_text(data: bytes) -> bool:
    return sum(byte >= 32 or byte in b"\t\r\n" for byte in data) > 0.9 * len(data)


def windows(
    stream: Readable, tally: Tally, max_line_bytes: int, budget: Budget | None = None, *, counted: bool = True
) -> Iterator[Window]:
    """The input as windows of whole lines, each valid until the next. A line longer than the cap is cut at it, unless the
    input is JSON on one line: that goes on over several windows.

    UTF-16 and byte-order marks become UTF-8; a file whose only line ends are carriage returns gets newlines.
    """
    first = _fill(stream, CHUNK)
    tally.add(first)
    encoding = encoding_of(first)
    unescaped = _unescaping(first) if encoding is None and b"\\n" in first else None
    if unescaped is not None:
        tally.decoded = True
        source = _Source(b"", _Pieces(unescaped(chain([first], _chunks(stream, tally)))), None)
    elif encoding is None and not (b"\r" in first and b"\n" not in first):
        source = _Source(first, stream, tally)
    else:
        tally.decoded = True
        source = _Source(b"", _Pieces(_decoded(first, encoding, stream, tally)), None)
    tally.uncut = b"\n" not in first and len(first) == CHUNK and _OPENS_JSON.match(first) is not None
    if first[:1] in (b"{", b"[") and b"\n" not in first[:max_line_bytes]:
        max_line_bytes = max(max_line_bytes, ONE_DOCUMENT)
    line, goes_on = 1, False
    for buffer, end, offset in _whole_lines(source, max_line_bytes, tally):
        goes_on = tally.uncut and buffer[end - 1] != _NEWLINE
        window = Window(buffer, end, line, offset, counted=counted, goes_on=goes_on)
        line += window.lines
        tally.lines += window.lines
        yield window
        if budget is not None:
            budget.bytes += end
            if budget.over():
                return
    if tally.uncut:
        tally.lines += goes_on


def _unescaping(first: bytes) -> Callable[[Iterable[bytes]], Iterator[bytes]] | None:
    """Return what undoes the escapes of an input that is one string; None for one that is not."""
    from oomscope.read.files.escaped_text import is_one_string, unescaped

    return unescaped if is_one_string(first) else None


class _Source:
    """Fills buffers from what was read ahead, then from a stream."""

    def __init__(self, ahead: bytes, stream: Readable, tally: Tally | None) -> None:
        self._ahead, self._stream, self._tally = ahead, stream, tally
        self._into = getattr(stream, "readinto", None)

    def fill(self, view: memoryview) -> int:
        """Read until the view is full or the input ends; the number of bytes read."""
        got = min(len(self._ahead), len(view))
        view[:got], self._ahead = self._ahead[:got], self._ahead[got:]
        while got < len(view):
            n = self._read(view[got:])
            if not n:
                break
            if self._tally is not None:
                self._tally.add(view[got : got + n])
            got += n
        return got

    def _read(self, view: memoryview) -> int:
        if self._into is not None:
            return self._into(view) or 0
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)


class _Pieces:
    """Pieces of bytes behind the interface of a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def read(self, n: int, /) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        data, self._left = self._left[:n], self._left[n:]
        return data


def _decoded(first: bytes, encoding: str | None, stream: Readable, tally: Tally) -> Iterator[bytes]:
    """The bytes as UTF-8 with newlines."""
    if encoding is None:
        yield first.replace(b"\r", b"\n")
        yield from (chunk.replace(b"\r", b"\n") for chunk in _chunks(stream, tally))
    elif encoding == "utf-8-sig":
        mark = next(one for one in (codecs.BOM_UTF8, *_MARKS) if first.startswith(one))
        yield first[len(mark) :]
        yield from _chunks(stream, tally)
    else:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        yield decoder.decode(first).lstrip("\ufeff").encode("utf-8", "surrogatepass")
        for chunk in _chunks(stream, tally):
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _chunks(stream: Readable, tally: Tally) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        tally.add(chunk)
        yield chunk


def _fill(stream: Readable, n: int) -> bytes:
    """Like read(n), but a pipe's short reads are put together, so that what is sniffed does not depend on timing."""
    parts = []
    while n > 0 and (part := stream.read(n)):
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def _whole_lines(source: _Source, max_line: int, tally: Tally) -> Iterator[tuple[bytearray, int, int]]:
    """(buffer, bytes of whole lines in it, offset of the first): always the same buffer."""
    buffer = bytearray(CHUNK + max(CHUNK, max_line) + 1)
    view = memoryview(buffer)
    held = 0  # bytes of a line that has not ended, at the start of the buffer
    offset = left_out = 0  # bytes behind the cap of that line
    while got := source.fill(view[held : held + CHUNK]):
        total = held + got
        if left_out:  # in an overlong line, which goes on to the next newline
            stop = buffer.find(b"\n", held, total)
            if stop < 0:
                left_out += got
                continue
            rest = bytes(view[stop + 1 : total])
            buffer[held] = _NEWLINE
            yield buffer, held + 1, offset
            offset += held + left_out + (stop - held) + 1
            left_out, held = 0, len(rest)
            view[:held] = rest
            total, got = held, 0
        end = buffer.rfind(b"\n", 0, total) + 1
        if end:
            yield buffer, end, offset
            offset += end
        held = total - end
        view[:held] = bytes(view[end:total])
        if held > max_line and tally.uncut:
            whole = max(_characters(buffer, held), 1)
            yield buffer, whole, offset
            offset, held, rest = offset + whole, held - whole, bytes(view[whole:held])
            view[:held] = rest
        elif held > max_line:
            left_out, held = held - max_line, max_line
            tally.cut_lines += 1
            tally.cut_line = tally.cut_line or tally.lines + 1
    if held:
        yield buffer, held, offset


def _characters(buffer: bytearray, end: int) -> int:
    """The bytes up to `end` without a character that is cut in two."""
    for at in range(end - 1, max(end - 4, 0), -1):
        if buffer[at] < 0x80:
            return at + 1
        if buffer[at] >= 0xC0:
            return at
    return end
