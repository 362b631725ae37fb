"""A stream as windows of whole lines, with its size, hash and line count taken on the way, in bounded memory."""

import codecs
from collections.abc import Iterator

from oomscope.read.files.source import CHUNK, Readable

_UTF16_SAMPLE = 512


Window = tuple[bytes, int]
"""Bytes that end with a line, and how many lines they are."""


class Tally:
    """What the summary says about an input: bytes, lines and sha256 of everything that went through."""

    def __init__(self) -> None:
        import hashlib

        self.bytes = 0
        self.lines = 0
        self.sha256 = hashlib.sha256()

    def add(self, raw: bytes) -> None:
        self.bytes += len(raw)
        self.sha256.update(raw)


def encoding_of(head: bytes) -> str | None:
    """utf-16-le, utf-16-be or utf-8-sig by byte-order mark, or UTF-16 by its zeros; None where bytes are text already.

    PowerShell's `>` writes UTF-16 with a mark; a cut-off copy of such a file has none.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = head[:_UTF16_SAMPLE]
    if len(sample) >= 8 and sample.count(0) > len(sample) * 0.4:
        if sample[1::2].count(0) > len(sample) * 0.4 and _is_text(sample[0::2]):
            return "utf-16-le"
        if sample[0::2].count(0) > len(sample) * 0.4 and _is_text(sample[1::2]):
            return "utf-16-be"
    return None


def _is_text(data: bytes) -> bool:
    return sum(byte >= 32 or byte in b"\t\r\n" for byte in data) > 0.9 * len(data)


def _chunks(stream: Readable, tally: Tally) -> Iterator[bytes]:
    first = _fill(stream, CHUNK)
    tally.add(first)
    yield first
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


def _decoded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-16 and byte-order marks become UTF-8; a file whose only line ends are carriage returns gets newlines."""
    first = next(chunks, b"")
    encoding = encoding_of(first)
    if encoding is None:
        lone_cr = b"\r" in first and b"\n" not in first
        yield first.replace(b"\r", b"\n") if lone_cr else first
        for chunk in chunks:
            yield chunk.replace(b"\r", b"\n") if lone_cr else chunk
        return
    if encoding == "utf-8-sig":
        yield first[len(codecs.BOM_UTF8) :]
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    yield decoder.decode(first).lstrip("\ufeff").encode("utf-8", "surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def windows(stream: Readable, tally: Tally, max_line_bytes: int) -> Iterator[Window]:
    """Whole lines, a window at a time, each with their number, since counting costs as much as searching.

    A line longer than the cap is cut at it.
    """
    tail = b""
    skipping = False
    for chunk in _decoded(_chunks(stream, tally)):
        if skipping:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, skipping = chunk[end:], False
        end = chunk.rfind(b"\n") + 1
        if end:
            window, tail = tail + chunk[:end], chunk[end:]
            lines = window.count(b"\n")
            tally.lines += lines
            yield window, lines
        else:
            tail += chunk
        if len(tail) > max_line_bytes:
            tail, skipping = tail[:max_line_bytes], True
    if tail:
        tally.lines += 1
        yield tail, 1
