"""Support bundles: tar and zip members streamed one after the other, never extracted to disk.

A member is judged by what it holds; names are hints only, and are never opened, created or followed. Links, devices
and sparse members are passed over: a 10 KiB tar may declare a sparse member of a terabyte.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from oomscope.errors import InputError
from oomscope.read.budget import Budget
from oomscope.read.families.pstore_parts import PstoreParts
from oomscope.read.files.side_members import SideMembers
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


_MUST_GATHER = re.compile(r"(?:^|/)(?:must-gather[^/]*|host_service_logs|cluster-scoped-resources)/")


@dataclass(slots=True)
class Share:
    """What all members of an archive, and of the archives in it, may take together; and what was seen of them."""

    options: ReadOptions
    limit: Budget  # of the path
    warnings: list[InputWarning]
    members: int = 0
    bytes: int = 0
    is_must_gather: bool = False
    parts: PstoreParts = field(default_factory=PstoreParts)
    aside: SideMembers = field(init=False)

    def __post_init__(self) -> None:
        self.aside = SideMembers(self.options.side_members)

    @property
    def spent(self) -> str | None:
        if self.members > self.options.max_members:
            return f"stopped after {self.options.max_members} members"
        if self.bytes > self.options.max_bytes:
            return f"stopped after {self.options.max_bytes} bytes"
        return None

    def is_over(self) -> bool:
        """True if no more may be taken; the cap that was met is a warning then."""
        reason = self.spent
        if reason is not None and not any(warning.code == "archive-too-large" for warning in self.warnings):
            self.warnings.append(InputWarning("archive-too-large", f"{reason}; what came before is read"))
        return reason is not None or self.limit.over()

    def no_log(self) -> InputWarning:
        """What is said where no member is a kernel log."""
        words = f"none of {self.members} members looks like a kernel log"
        if self.is_must_gather:
            words += (
                "; a must-gather holds none unless it is asked for: run "
                "`oc debug node/NODE -- chroot /host journalctl -k -o export > kernel.export` and read that"
            )
        else:
            words += (
                "; run `journalctl -k -o export > kernel.export` or `dmesg -x > dmesg.txt` on the node, and read that"
            )
        return InputWarning("no-kernel-log", words)


class _Metered:
    """A member's bytes as they are really read; what its header declares is not believed."""

    def __init__(self, raw: Readable, budget: Share) -> None:
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
    share = Share(options, limit, warnings)
    found = False
    for reading in with_parts(_members(stream, "", path, share, 1), path, share):
        yield reading
        found = found or reading.is_log
    if not share.members and not warnings and not limit.over():
        raise InputError(
            f"{place}: the archive holds no regular file that can be read; is it the right one, and whole?"
        )
    yield from about(share, path, ("archive", stream.taken), found=found)


def with_parts(readings: Iterator[Reading], path: str, share: Share) -> Iterator[Reading]:
    """Yield the readings of all members; then those of the dumps that members were parts of."""
    yield from readings
    for name, data in share.parts.dumps():
        yield Reading(io.BytesIO(data), path, name, share.options, [], budget=share.limit, hint=True)


def about(share: Share, path: str, bundle: tuple[str, int], *, found: bool) -> Iterator[Reading]:
    """Yield a reading without records, if there is something to say of the whole: a cap, what was set aside, or that no
    member is a log.
    """
    is_over = share.is_over()
    aside = tuple(share.aside.found)
    if found and not share.warnings and not is_over and not aside:
        return
    if not found and share.members and not share.limit.over():
        share.warnings.append(share.no_log())
    whole = Reading(io.BytesIO(), path, None, share.options, share.warnings, budget=share.limit, bundle=bundle)
    whole.aside = aside
    yield whole


def _members(stream: Peekable, prefix: str, path: str, share: Share, depth: int) -> Iterator[Reading]:
    opened = _zip_members if stream.peek(2) == b"PK" else _tar_members
    for name, raw in opened(stream, share, share.warnings):
        if share.limit.over():
            break
        share.members += 1
        if share.is_over():
            return
        yield from read_member(raw, f"{prefix}{name}", path, share, depth)


def read_member(raw: Readable, name: str, path: str, share: Share, depth: int) -> Iterator[Reading]:
    """Yield the readings of one member: one, or those of the archive that it is. A part of a dump is put aside."""
    own: list[InputWarning] = []
    metered = _Metered(raw, share)
    share.is_must_gather = share.is_must_gather or _MUST_GATHER.search(name) is not None
    try:
        stream = inflate(metered, share.options, own, safe_line(name), share.limit)
    except InputError as error:
        share.warnings.append(InputWarning("member-unreadable", str(error)))
        return
    head = stream.peek(512)
    if head[257:262] == b"ustar" or head.startswith(b"PK\x03\x04"):
        if depth >= share.options.max_depth:
            words = f"{safe_line(name)}: an archive {depth} deep is not opened"
            share.warnings.append(InputWarning("archive-too-deep", words))
            return
        yield from _members(stream, f"{name}/", path, share, depth + 1)
        return
    share.aside.look(name, stream, share.warnings)
    if share.parts.takes(name, stream):
        share.warnings += own
    else:
        is_hint = _HINT.search(name) is not None
        yield Reading(stream, path, name, share.options, own, budget=share.limit, hint=is_hint)
    if metered.failed is not None:
        words = f"{safe_line(name)}: damaged ({metered.failed}); what came before is kept"
        share.warnings.append(InputWarning("member-unreadable", words))


def _tar_members(stream: Peekable, budget: Share, warnings: list[InputWarning]) -> Iterator[tuple[str, Readable]]:
    for name, raw in tar_members(stream, warnings, 10 * budget.options.max_members):
        yield _plain_name(name), raw


def _zip_members(stream: Peekable, budget: Share, warnings: list[InputWarning]) -> Iterator[tuple[str, Readable]]:
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

    def __init__(self, raw: Readable, budget: Share, warnings: list[InputWarning]) -> None:
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
