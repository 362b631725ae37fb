"""The files of a pstore directory: each holds one part of a dump, and the parts of a dump belong together.

The kernel numbers the parts from the end of the log: Part1 is the newest. PstoreInput puts them into order.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from oomscope.read.files.source import Peekable
from oomscope.read.transports.family import PSTORE_PART

PART_BYTES = 1 << 20
"""A longer file is no part: EFI's are of 1 KiB, those of ramoops of some 100 KiB."""
_ALL_BYTES = 32 << 20
_SAME_DUMP_SECONDS = 60
_EFI = re.compile(r"-(\d{7,12})\d{5}(?:\D|$)")
"""(seconds * 100 + part) * 1000 + count, as efi-pstore names its files."""


class _Part(NamedTuple):
    seconds: int  # 0 where the name does not tell
    name: str
    marks: frozenset[tuple[int, int]]  # number of the dump and of the part
    data: bytes


class PstoreParts:
    """Parts of dumps, collected until all files have been seen."""

    def __init__(self) -> None:
        self._folders: dict[str, list[_Part]] = {}
        self._bytes = 0

    def takes(self, name: str, stream: Peekable) -> bool:
        """True if the file is a part, which is then kept; else nothing of the stream has been read."""
        if PSTORE_PART.match(stream.peek(64)) is None or self._bytes > _ALL_BYTES:
            return False
        data = stream.peek(PART_BYTES + 1)
        if len(data) > PART_BYTES:
            return False
        self._bytes += len(data)
        marks = frozenset((int(mark[1]), int(mark[2])) for mark in PSTORE_PART.finditer(data))
        found = _EFI.search(name)
        folder = name.rpartition("/")[0]
        self._folders.setdefault(folder, []).append(_Part(int(found[1]) if found else 0, name, marks, data))
        return True

    def dumps(self) -> Iterator[tuple[str, bytes]]:
        """Yield each dump with the name of its first file, or of the folder if it is alone there."""
        for folder, parts in self._folders.items():
            dumps: list[list[_Part]] = []
            for part in sorted(parts):
                _join(dumps, part)
            for dump in dumps:
                alone = len(dumps) == 1 and len(dump) > 1 and folder
                data = b"\n".join(part.data.rstrip(b"\n") for part in dump) + b"\n"
                yield folder if alone else dump[0].name, data
        self._folders.clear()


def _join(dumps: list[list[_Part]], part: _Part) -> None:
    """Add a part to the dump that lacks it; to a new one where none does."""
    number = min(part.marks)[0]
    for dump in reversed(dumps[-8:]):
        near = abs(dump[0].seconds - part.seconds) <= _SAME_DUMP_SECONDS
        has = frozenset().union(*(other.marks for other in dump))
        if near and min(dump[0].marks)[0] == number and not has & part.marks:
            dump.append(part)
            return
    dumps.append([part])
