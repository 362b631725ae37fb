"""Bytes to records: files, compression, archives, transports, times, trust. Knows nothing about OOM."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from oomscope.errors import InputError
from oomscope.read.budget import Budget
from oomscope.read.files.source import Readable, inflate, opened
from oomscope.read.files.timed import Timed
from oomscope.read.options import Aside, ReadOptions, SideMember
from oomscope.read.reading import Reading
from oomscope.read.record import InputSummary, InputWarning, Record, Trust
from oomscope.read.search.kept_lines import KeptLines
from oomscope.safe_text import safe_line

__all__ = [
    "Aside",
    "InputSummary",
    "InputWarning",
    "KeptLines",
    "ReadOptions",
    "Reading",
    "Record",
    "SideMember",
    "Trust",
    "read",
]

_DEFAULTS = ReadOptions()


def read(path: str, options: ReadOptions = _DEFAULTS, stream: BinaryIO | None = None) -> Iterator[Reading]:
    """One Reading per file, or per member of an archive or file of a directory that may be a kernel log. Each must be read before the next.

    With markers only the records around lines that hold one of them are read; without, all. `-` is standard input. A `stream` is read
    in place of the path, which is then only its name.
    Raises InputError where there is nothing to read; damaged and hostile content ends in warnings.
    """
    place = "standard input" if path == "-" else safe_line(path)
    by_name = path != "-" and stream is None
    warnings: list[InputWarning] = getattr(stream, "warnings", [])  # of a program or device that is read as a stream
    budget = Budget(options.max_seconds, options.until, options.max_memory)
    if by_name and _is_directory(path):
        from oomscope.read.directory import read_directory

        yield from read_directory(path, place, options, warnings, budget)
        return
    with opened(path, stream) as raw:
        try:
            source = Timed(raw, budget, options.until) if options.until is not None and _can_wait(raw) else raw
            inflated = inflate(source, options, warnings, place, budget, outer=True)
            head = inflated.peek(512)
            if is_archive(head):
                from oomscope.read.archive import read_archive

                yield from read_archive(inflated, path, place, options, warnings, budget)
                return
            if head.startswith(b"LPKSHHRH") and by_name and not inflated.layers and _is_regular(raw):
                yield from _journal(raw, inflated, path, options, warnings, budget)
                return
            again = partial(_again, path, options) if by_name and _is_regular(raw) else None
            is_plain = inflated.layers == 0
            yield Reading(inflated, path, None, options, warnings, again, is_plain=is_plain, budget=budget)
        except OSError as error:
            raise InputError(
                f"{place}: reading failed ({safe_line(error.strerror or str(error))}); is the disk or mount well?"
            ) from error


def _journal(
    raw: BinaryIO, stream: Readable, path: str, options: ReadOptions, warnings: list[InputWarning], budget: Budget
) -> Iterator[Reading]:
    """Yield the reading of a binary journal file: its entries, or what to do where journalctl is not installed."""
    from oomscope.read.files.journalctl import of_files

    entries = of_files([raw.fileno()], warnings, options.max_bytes)
    if entries is None:
        yield Reading(stream, path, None, options, warnings, budget=budget)
        return
    try:
        source = Timed(entries, budget, options.until) if options.until is not None else entries
        yield Reading(source, path, None, options, warnings, budget=budget)
    finally:
        entries.close()


def _is_directory(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 - a hundredth of what a Path takes
    except (OSError, ValueError):
        return False


def _can_wait(raw: BinaryIO) -> bool:
    """True for a stream of the system's, such as a pipe, which may let its reader wait."""
    try:
        return raw.fileno() >= 0
    except (AttributeError, OSError, ValueError):
        return False


def _is_regular(raw: BinaryIO) -> bool:
    """Whether the bytes can be read again by the file's name."""
    try:
        return stat.S_ISREG(os.fstat(raw.fileno()).st_mode)
    except (OSError, ValueError):
        return False


@contextmanager
def _again(path: str, options: ReadOptions) -> Iterator[Readable]:
    with Path(path).open("rb", buffering=0) as raw:
        budget = Budget(options.max_seconds, options.until, options.max_memory)
        yield inflate(raw, options, [], path, budget, outer=True)


def is_archive(head: bytes) -> bool:
    """tar (ustar, GNU, pax) or zip, by magic."""
    return head[257:262] == b"ustar" or head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
