"""Support bundles: tar and zip members streamed one after the other, never extracted to disk.

A member is judged by what it holds; names are hints only, and are never opened, created or followed. Links, devices
and sparse members are passed over: a 10 KiB tar may declare a sparse member of a terabyte.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from oomscope.errors import InputError
from oomscope.read.budget import Budget
from oomscope.read.files.source import Peekable, Readable, inflate
from oomscope.read.files.tar_members import tar_members
from oomscope.read.files.zip_members import zip_members
from oomscope.read.options import MIB, ReadOptions
from oomscope.read.reading import Reading
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

HELD_ZIP_BYTES = 256 * MIB
"""A zip's directory is at its end: one that comes through a pipe or another archive is held in memory up to this."""

# Where bundles keep kernel logs (sosreport, must-gather, EKS, AKS, Rancher, supportconfig, Talos). Without markers to
# look for, a member of another name must look like a log to be read.
_HINT = re.compile(
    r"(?:^|[/_.-])(?:dmesg|messages|syslog|kern\.?log|kernel|journal(?:ctl)?|boot\.txt|boot\.log|console|vmcore-dmesg|netconsole)"
    r"[^/]*$|\.(?:log|journal)(?:\.\d+)?(?:\.(?:gz|bz2|xz|zst))?$|/pstore/",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Share:
    """What all members of an archive, and of the archives in it, may take together."""

    options: ReadOptions
    limit: Budget  # of the path
    members: int = 0
    bytes: int = 0

    @property
    def spent(self) -> str | None:
        if self.members > self.options.max_members:
            return f"stopped after {self.options.max_members} members"
        if self.bytes > self.options.max_bytes:
            return f"stopped after {self.options.max_bytes} bytes"
        return None


class _Metered:
    """A member's bytes as they are really read; what its header declares is not believed."""

    def __init__(self, raw: Readable, budget: _Share) -> None:
        self._raw, self._budget = raw, budget
        self.failed: str | None = None

    def read(self, n: int, /) -> bytes:
        if self.failed or self._budget.bytes > self._budget.options.max_bytes:
            return b""
        try:
            data = self._raw.read(n)
        except Exception as error:  # a damaged member: zlib.error, BadZipFile, tarfile.ReadError, NotImplementedError
            self.failed = safe_line(str(error)) or type(error).__name__
            return b""
        self._budget.bytes += len(data)
        return data


def read_archive(
    stream: Peekable,
    path: str,
    place: str,
    options: ReadOptions,
    warnings: list[InputWarning],
    limit: Budget,
) -> Iterator[Reading]:
    """A Reading for each member, to be read before the next; one without records, that says so, if none is a log."""
    budget = _Share(options, limit)
    found = False
    for reading in _members(stream, "", path, budget, 1, warnings):
        yield reading
        found = found or reading.is_log
    if not budget.members and not warnings and not limit.over():
        raise InputError(
            f"{place}: the archive holds no regular file that can be read; is it the right one, and whole?"
        )
    if not found or warnings or limit.over():
        if not found and budget.members and not limit.over():
            warnings.append(InputWarning("no-kernel-log", f"none of {budget.members} members looks like a kernel log"))
        yield Reading(io.BytesIO(), path, None, options, warnings, budget=limit, archive_bytes=stream.taken)


def _members(
    stream: Peekable,
    prefix: str,
    path: str,
    budget: _Share,
    depth: int,
    warnings: list[InputWarning],
) -> Iterator[Reading]:
    opened = _zip_members if stream.peek(2) == b"PK" else _tar_members
    for name, raw in opened(stream, budget, warnings):
        if budget.limit.over():
            break
        budget.members += 1
        if (reason := budget.spent) is not None:
            warnings.append(InputWarning("archive-too-large", f"{reason}; the members before are read"))
            return
        yield from _member(raw, f"{prefix}{name}", path, budget, depth, warnings)


def _member(
    raw: Readable,
    name: str,
    path: str,
    budget: _Share,
    depth: int,
    warnings: list[InputWarning],
) -> Iterator[Reading]:
    own: list[InputWarning] = []
    metered = _Metered(raw, budget)
    try:
        stream = inflate(metered, budget.options, own, safe_line(name), budget.limit)
    except InputError as error:
        warnings.append(InputWarning("member-unreadable", str(error)))
        return
    head = stream.peek(512)
    if head[257:262] == b"ustar" or head.startswith(b"PK\x03\x04"):
        if depth >= budget.options.max_depth:
            warnings.append(
                InputWarning("archive-too-deep", f"{safe_line(name)}: an archive {depth} deep is not opened")
            )
            return
        yield from _members(stream, f"{name}/", path, budget, depth + 1, warnings)
        return
    yield Reading(stream, path, name, budget.options, own, budget=budget.limit, hint=_HINT.search(name) is not None)
    if metered.failed is not None:
        warnings.append(
            InputWarning(
                "member-unreadable", f"{safe_line(name)}: damaged ({metered.failed}); what came before is kept"
            )
        )


def _tar_members(stream: Peekable, budget: _Share, warnings: list[InputWarning]) -> Iterator[tuple[str, Readable]]:
    for name, raw in tar_members(stream, warnings, 10 * budget.options.max_members):
        yield _plain_name(name), raw


def _zip_members(stream: Peekable, budget: _Share, warnings: list[InputWarning]) -> Iterator[tuple[str, Readable]]:
    parts: list[bytes] = []
    left = HELD_ZIP_BYTES + 1
    while left > 0 and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        words = f"a zip of more than {HELD_ZIP_BYTES} bytes, the limit; unpack it first"
        warnings.append(InputWarning("archive-too-large", words))
        return
    data = b"".join(parts)
    parts.clear()
    for name, raw in zip_members(data, budget.options, warnings):
        yield _plain_name(name), _Ratio(raw, budget, warnings)


class _Ratio:
    """Ends a zip member where what was unpacked is out of proportion to the zip."""

    def __init__(self, raw: Readable, budget: _Share, warnings: list[InputWarning]) -> None:
        self._raw, self._budget, self._warnings = raw, budget, warnings
        self._ended = False

    def read(self, n: int, /) -> bytes:
        data = b"" if self._ended else self._raw.read(n)
        ratio = self._budget.options.max_ratio
        if data and self._budget.limit.bomb(len(data), ratio):
            self._ended = True
            if not any(warning.code == "decompression-bomb" for warning in self._warnings):
                words = f"stopped: the zip unpacks to more than {ratio} times its size; unpack it first"
                self._warnings.append(InputWarning("decompression-bomb", words))
        return data


def _plain_name(name: str) -> str:
    """A member's name for the report: shown, never opened."""
    return name.removeprefix("./")
