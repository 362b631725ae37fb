"""Bytes from a path, a pipe or standard input, with compression taken off by its magic, never by the file's name."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, Protocol

from oomscope.errors import InputError, UsageError
from oomscope.read.budget import Budget
from oomscope.read.files.decoders import TOO_MUCH, compression_of, decoder_of
from oomscope.read.options import ReadOptions
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

CHUNK = 1 << 18  # stays in the second-level cache while one literal after the other is sought in it
MAX_LAYERS = 3  # .gz of a .gz of a .gz is nobody's log


class Readable(Protocol):
    """Anything with `read(n)`; short reads are allowed, b"" is the end."""

    def read(self, n: int, /) -> bytes: ...


class Peekable:
    """A reader whose first bytes can be looked at before they are read, and that counts what went through."""

    def __init__(self, raw: Readable) -> None:
        self._raw = raw
        self._ahead = b""
        self.taken = 0
        self.layers = 0  # of compression that were taken off

    def peek(self, n: int) -> bytes:
        while len(self._ahead) < n:
            more = self._raw.read(n - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:n]

    def read(self, n: int, /) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:n], self._ahead[n:]
        else:
            data = self._raw.read(n)
        self.taken += len(data)
        return data

    def readinto(self, view: memoryview, /) -> int:
        into = getattr(self._raw, "readinto", None)
        if self._ahead or into is None:
            data = self.read(len(view))
            view[: len(data)] = data
            return len(data)
        got: int = into(view) or 0
        self.taken += got
        return got


class Inflated:
    """A compressed stream, inflated as it is read: several members, truncation, trailing junk and bombs are data."""

    def __init__(
        self, raw: Peekable, kind: str, options: ReadOptions, warnings: list[InputWarning], budget: Budget
    ) -> None:
        self._raw, self._kind, self._options, self._warnings = raw, kind, options, warnings
        self._budget = budget
        self._decoder = decoder_of(kind)
        self._input = b""
        self._out = 0
        self._done = False

    def read(self, n: int, /) -> bytes:
        while not self._done:
            data = self._step(n)
            if data:
                self._out += len(data)
                self._check_caps(len(data))
                return data
        return b""

    def _step(self, n: int) -> bytes:
        decoder = self._decoder
        if decoder.eof:
            self._next_member(decoder.unused_data)
            return b""
        data = b""
        if decoder.needs_input or self._input:
            data = self._input or self._raw.read(CHUNK)
            self._input = b""
            if not data:
                self._stop("truncated-compression", f"the {self._kind} stream ends early; what came before is kept")
                return b""
        try:
            return decoder.decompress(data, n)
        except Exception as error:  # lzma.LZMAError, ZstdError, OSError, EOFError: each library has its own
            reason = safe_line(str(error))
            if "memory" in reason.lower() and (step := TOO_MUCH.get(self._kind)) is not None:
                self._stop("too-large", f"the {self._kind} stream needs {step}")
                return b""
            self._stop(
                "truncated-compression", f"the {self._kind} stream is damaged ({reason}); what came before is kept"
            )
            return b""

    def _next_member(self, rest: bytes) -> None:
        """gzip, xz and zstd files may hold several streams; zero padding and foreign bytes end them."""
        head = (rest or self._raw.read(CHUNK)).lstrip(b"\x00")
        while head and len(head) < 6 and (more := self._raw.read(CHUNK)):
            head += more
        if not head or compression_of(head) != self._kind:
            self._done = True
            if head:
                self._stop("truncated-compression", f"bytes after the end of the {self._kind} stream are not read")
            return
        self._decoder, self._input = decoder_of(self._kind), head

    def _check_caps(self, size: int) -> None:
        options = self._options
        if self._out > options.max_bytes:
            self._stop("too-large", f"stopped after {options.max_bytes} decompressed bytes; what came before is kept")
        elif self._budget.bomb(size, options.max_ratio):
            words = f"stopped: the {self._kind} stream unpacks to more than {options.max_ratio} times its size; unpack it first"
            self._stop("decompression-bomb", words)

    def _stop(self, code: str, message: str) -> None:
        self._done = True
        self._warnings.append(InputWarning(code, message))


def inflate(
    raw: Readable,
    options: ReadOptions,
    warnings: list[InputWarning],
    place: str,
    budget: Budget,
    *,
    outer: bool = False,
) -> Peekable:
    """`raw` with up to `MAX_LAYERS` of compression taken off. Raises InputError where not one byte can be had.

    `outer`: these are the bytes of the path itself, which what is unpacked is measured by.
    """
    stream = Peekable(raw)
    if outer:
        budget.packed = partial(getattr, stream, "taken")
    for _ in range(MAX_LAYERS):
        kind = compression_of(stream.peek(6))
        if kind is None:
            break
        inner = Inflated(stream, kind, options, warnings, budget)
        stream, layers = Peekable(inner), stream.layers + 1
        stream.layers = layers
        if stream.peek(1):
            continue
        if any(w.code == "too-large" for w in warnings):
            raise InputError(f"{place}: {warnings[-1].message}")
        if any(w.code == "truncated-compression" for w in warnings):
            raise InputError(f"{place}: not one byte of this {kind} data can be decompressed; is it the whole file?")
    return stream


@contextmanager
def opened(path: str, stream: BinaryIO | None) -> Iterator[BinaryIO]:
    """Yield the stream, or the bytes at `path`; `-` is standard input. Raises InputError with a place and a next step."""
    if stream is not None:
        yield stream
        return
    if path == "-":
        yield standard_input()
        return
    try:
        handle = open(_descriptor(path), "rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        raise InputError(f"{safe_line(path)}: {_reason(error)}") from error
    except ValueError as error:
        raise InputError(f"{safe_line(path)}: not a file name; {safe_line(str(error))}") from error
    with handle:
        yield handle


def standard_input() -> BinaryIO:
    """Return standard input. Raises UsageError where it is closed (`<&-`)."""
    if sys.stdin is None:
        raise UsageError("standard input is closed; give it a log (oomscope analyze - < dmesg.txt), or name a file")
    return sys.stdin.buffer


def _descriptor(path: str) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise InputError(f"{safe_line(path)}: is a directory; name the log files in it")
    raise InputError(
        f"{safe_line(path)}: is a device; for the kernel log of this machine run `oomscope analyze --dmesg`, and pipe other "
        "devices' text (oomscope analyze -)"
    )


def _reason(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file; is the name right, and are you in the right folder?"
        case PermissionError():
            return "may not be read; try with sudo, or copy the file to where you may read it"
        case _:
            return f"cannot be opened ({safe_line(error.strerror or str(error))})"
