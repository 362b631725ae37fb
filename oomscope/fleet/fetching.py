"""The bytes of one input as an open file: a local one in place, an object as a nameless temporary file."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from oomscope.errors import InputError
from oomscope.fleet.log_server import PROTOCOLS, pages
from oomscope.fleet.sources import LOCAL, Source, file_system
from oomscope.safe_text import safe_line

LARGEST: Final = 16 << 30
"""Bytes of an object that is fetched. Local files are read in place, and have no bound but those of every analysis."""
_CHUNK: Final = 1 << 20


class Unreachable(Exception):
    """The input could not be opened or fetched now; a later run tries again."""


@contextmanager
def opened(source: Source) -> Iterator[tuple[BinaryIO, str]]:
    """Yield the input as a file at its beginning, and the SHA-256 of its bytes.

    Raises Unreachable with the reason.
    """
    try:
        file = _local(source) if source.protocol == LOCAL else _fetched(source)
    except Unreachable:
        raise
    except InputError as error:
        raise Unreachable(str(error)) from None
    except OSError as error:
        raise Unreachable(safe_line(error.strerror or str(error) or type(error).__name__)) from None
    except Exception as error:  # each store has errors of its own
        raise Unreachable(safe_line(str(error) or type(error).__name__)[:300]) from None
    with file:
        digest = hashlib.sha256()
        try:
            while data := file.read(_CHUNK):
                digest.update(data)
            file.seek(0)
        except OSError as error:
            raise Unreachable(safe_line(error.strerror or str(error))) from None
        yield file, digest.hexdigest()


def _local(source: Source) -> BinaryIO:
    """Open a local file; never a link that was put in its place since it was listed, nor a pipe that nobody writes to."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if source.linked else os.O_NOFOLLOW)
    return open(source.path, "rb", opener=lambda path, _: os.open(path, flags))


def _fetched(source: Source) -> BinaryIO:
    """Copy an object into a temporary file without a name, which goes with the process."""
    if source.size is not None and source.size > LARGEST:
        raise Unreachable(f"larger than {LARGEST >> 30} GiB; copy it here and read it with oomscope analyze")
    raw = io.FileIO(_nameless(), "r+b")
    try:
        for data in _pieces(source):
            if raw.tell() + len(data) > LARGEST:
                raise Unreachable(f"larger than {LARGEST >> 30} GiB")
            raw.write(data)
    except BaseException:
        raw.close()
        raise
    raw.seek(0)
    raw.name = source.name
    return io.BufferedReader(raw)


def _pieces(source: Source) -> Iterator[bytes]:
    if source.protocol in PROTOCOLS:
        yield from pages(source.path)
        return
    with file_system(source.protocol).open(source.path, "rb", block_size=8 << 20, cache_type="readahead") as remote:
        while data := remote.read(_CHUNK):
            yield data


def _nameless() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
