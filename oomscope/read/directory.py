"""A directory, read as the members of an archive are: names are hints, contents decide.

Only directories and regular files are opened, each through the descriptor of its parent, so that no link can lead out of
it. Nothing waits: a file of /proc that blocks its reader is at its end.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from oomscope.errors import InputError
from oomscope.read.archive import Share, about, read_member, with_parts
from oomscope.read.budget import Budget
from oomscope.read.files import journalctl
from oomscope.read.files.timed import Timed
from oomscope.read.options import OWN_REPORT, ReadOptions
from oomscope.read.reading import Reading
from oomscope.read.record import InputWarning
from oomscope.safe_text import safe_line

MOST_DEEP = 64
_MOST_JOURNALS = 128
"""So many journal files are read together: each is an open file."""
_MOST_SAID = 100
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_ROTATED = re.compile(r"(.+?)(?:[-.](\d{8}(?:[-_T]?\d{2,10})?)|\.(\d{1,5}))?(\.(?:gz|bz2|xz|zst|zip))?")


class _File:
    """An open file, whose bytes are counted as what there is to unpack."""

    def __init__(self, file: int) -> None:
        self._file = file
        self.taken = 0
        state = os.fstat(file)
        self._has_holes = state.st_blocks * 512 < state.st_size // 2

    def read(self, n: int, /) -> bytes:
        """Up to `n` bytes. Holes are passed over: a log that was truncated under its writer begins with one."""
        try:
            if self._has_holes:
                os.lseek(self._file, os.lseek(self._file, 0, os.SEEK_CUR), os.SEEK_DATA)
            data = os.read(self._file, n)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                return b""
            raise
        self.taken += len(data)
        return data

    def size(self) -> int:
        return self.taken


class _Walk:
    """The files below a directory, each once."""

    def __init__(self, path: str, share: Share) -> None:
        self._path, self._share = path, share
        self._seen: set[tuple[int, int]] = set()
        self.bytes = 0

    def folder(self, folder: int, prefix: str, depth: int) -> Iterator[Reading]:
        """Yield the readings of the files in an open folder and below it; rotated files oldest first."""
        journals: list[tuple[str, int]] = []
        try:
            for name in self._names(folder, prefix):
                if self._share.is_over():
                    return
                with self._opened(folder, name, prefix) as (file, mode):
                    if stat.S_ISDIR(mode):
                        yield from self._below(file, f"{prefix}{name}", depth)
                    elif stat.S_ISREG(mode):
                        yield from self._regular(file, f"{prefix}{name}", journals)
            yield from self._journals(journals, prefix)
        finally:
            for _, file in journals:
                os.close(file)

    def _names(self, folder: int, prefix: str) -> list[str]:
        most = 2 * self._share.options.max_members
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in islice(entries, most + 1)]
        except OSError as error:
            self._cannot(prefix or ".", error)
            return []
        if len(names) > most:
            words = f"{safe_line(prefix or '.')} has more than {most} entries; the others are not read"
            self._share.warnings.append(InputWarning("archive-too-large", words))
            del names[most:]
        return sorted(names, key=age_of)

    @contextmanager
    def _opened(self, folder: int, name: str, prefix: str) -> Iterator[tuple[int, int]]:
        """Yield a descriptor and a mode; mode 0 for what is neither a folder nor a regular file, or cannot be opened."""
        file = -1
        try:
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                file = os.open(name, _PLAIN, dir_fd=folder)
                state = os.fstat(file)
                key = (state.st_dev, state.st_ino)
                mode = 0 if key in self._seen else state.st_mode
                self._seen.add(key)
        except OSError as error:
            self._cannot(f"{prefix}{name}", error)
            mode = 0
        try:
            yield file, mode
        finally:
            if file >= 0:
                os.close(file)

    def _below(self, folder: int, name: str, depth: int) -> Iterator[Reading]:
        if depth >= MOST_DEEP:
            words = f"{safe_line(name)[:200]}: folders more than {MOST_DEEP} deep are not read"
            self._share.warnings.append(InputWarning("archive-too-deep", words))
            return
        yield from self.folder(folder, f"{name}/", depth + 1)

    def _regular(self, file: int, name: str, journals: list[tuple[str, int]]) -> Iterator[Reading]:
        try:
            head = os.pread(file, 2048, 0)
        except BlockingIOError:
            return
        except OSError as error:
            self._cannot(name, error)
            return
        if OWN_REPORT in head:
            return
        self._share.members += 1
        if self._share.is_over():
            return
        if head.startswith(journalctl.MAGIC) and journalctl.program() is not None:
            if len(journals) >= _MOST_JOURNALS:
                yield from self._journals(journals, name.rpartition("/")[0])
            journals.append((name, os.dup(file)))
            return
        raw = _File(file)
        limit = self._share.limit
        limit.unpacked, limit.packed = 0, raw.size  # each file is measured by its own size
        yield from read_member(raw, name, self._path, self._share, 1)
        self.bytes += raw.taken

    def _journals(self, journals: list[tuple[str, int]], folder: str) -> Iterator[Reading]:
        """Yield one reading of all journal files of a folder: a report may go on in the next file."""
        if not journals:
            return
        share = self._share
        name = journals[0][0] if len(journals) == 1 else folder.rstrip("/") or None
        warnings: list[InputWarning] = []
        entries = journalctl.of_files([file for _, file in journals], warnings, share.options.max_bytes - share.bytes)
        if entries is not None:
            try:
                until = share.options.until
                source = Timed(entries, share.limit, until) if until is not None else entries
                yield Reading(source, self._path, name, share.options, warnings, budget=share.limit)
            finally:
                entries.close()
        for _, file in journals:
            os.close(file)
        journals.clear()

    def _cannot(self, name: str, error: OSError) -> None:
        words = f"{safe_line(name)[:200]}: cannot be read ({safe_line(error.strerror or str(error))})"
        if sum(warning.code == "member-unreadable" for warning in self._share.warnings) < _MOST_SAID:
            self._share.warnings.append(InputWarning("member-unreadable", words))


def read_directory(
    path: str, place: str, options: ReadOptions, warnings: list[InputWarning], limit: Budget
) -> Iterator[Reading]:
    """A Reading for each log below the directory, to be read before the next, as `read_archive` yields them.

    Raises InputError where the directory cannot be opened or holds no file.
    """
    share = Share(options, limit, warnings, is_must_gather="must-gather" in path)
    walk = _Walk(path, share)
    found = False
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        words = "cannot be opened; try with sudo, or copy the directory to where you may read it"
        raise InputError(f"{place}: {words} ({safe_line(error.strerror or str(error))})") from error
    try:
        for reading in with_parts(walk.folder(folder, "", 1), path, share):
            yield reading
            found = found or reading.is_log
    finally:
        os.close(folder)
    if not share.members and not warnings and not limit.over():
        raise InputError(f"{place}: the directory holds no regular file; is it the right one? Links are not followed")
    yield from about(share, path, ("directory", walk.bytes), found=found)


def age_of(name: str) -> tuple[str, int, str, int, str]:
    """The key that puts the files of a rotated log into order: messages-20250101, messages.2.gz, messages.1, messages."""
    match = _ROTATED.fullmatch(name)
    if match is None:
        return name, 2, "", 0, name
    stem, date, number = match[1], match[2], match[3]
    if date is not None:
        return stem, 0, date, 0, name
    return (stem, 1, "", -int(number), name) if number is not None else (stem, 2, "", 0, name)
