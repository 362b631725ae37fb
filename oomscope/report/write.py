"""A report appears whole or not at all: temporary file beside the target, synced, then renamed over it."""

import contextlib
import errno
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from oomscope.errors import InputError
from oomscope.safe_text import safe_line

_PREFIX, _SUFFIX = ".oomscope-", ".tmp"
_OWN_NAME = re.compile(r"\.oomscope-[a-z0-9_]{8}\.tmp")
"""What tempfile.mkstemp makes of prefix and suffix: no file that somebody named by hand."""
_STALE_SECONDS = 3600
_PIECE = 1 << 18


def write(target: str | Path, content: str | bytes | Iterable[str], *, private: bool = False) -> None:
    """Write `content`, whole or in pieces, text as UTF-8, to `target`; `-` is stdout, pipes and devices are written through.
    A `private` file is for its owner alone (mode 0600), whatever it was before.

    Raises InputError with the path and a next step; a regular target then still holds what it held.
    """
    pieces = (
        iter([content]) if isinstance(content, bytes) else _encoded([content] if isinstance(content, str) else content)
    )
    try:
        if str(target) == "-":
            sys.stdout.flush()
            _through(sys.stdout.fileno(), pieces)
        elif _is_special(_unplanted(Path(target))):
            with Path(target).open("wb", buffering=0) as out:
                _through(out.fileno(), pieces)
        else:
            _replace(Path(target), pieces, private=private)
    except OSError as error:
        raise InputError(_sentence(str(target), error)) from error


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    return not stat.S_ISREG(mode)


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    """The pieces as bytes, some hundred kilobytes at a time."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(held).encode("utf-8", "backslashreplace")
            held, size = [], 0
    yield "".join(held).encode("utf-8", "backslashreplace")


def _through(handle: int, pieces: Iterable[bytes]) -> None:
    for data in pieces:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]


def _unplanted(path: Path) -> Path:
    """The path; refuses a link that somebody else put into a folder like /tmp, as the kernel does (fs.protected_symlinks)."""
    try:
        link, folder = path.lstat(), path.parent.stat()
    except OSError:
        return path
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if stat.S_ISLNK(link.st_mode) and shared and link.st_uid not in (os.geteuid(), folder.st_uid):
        raise OSError(errno.ELOOP, "a link of another user in a folder that everybody may write to", str(path))
    return path


def _replace(path: Path, pieces: Iterable[bytes], *, private: bool = False) -> None:
    if path.is_symlink():
        path = path.resolve()
    folder = path.parent
    _sweep(folder)
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            for data in pieces:
                out.write(data)
            out.flush()
            os.fchmod(out.fileno(), 0o600 if private else _mode(path))
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync(folder)


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the umask leaves of 0666."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync(folder: Path) -> None:
    """Make the rename durable where the filesystem lets a folder be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove our own leftovers of killed runs, an hour old and more."""
    with contextlib.suppress(OSError):
        for leftover in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            if _OWN_NAME.fullmatch(leftover.name) is None:
                continue
            with contextlib.suppress(OSError):
                state = leftover.lstat()
                old = time.time() - state.st_mtime > _STALE_SECONDS
                if old and stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid() and state.st_nlink == 1:
                    leftover.unlink()


_NEXT_STEP = {
    "ENOSPC": "free some space or write to another filesystem",
    "EDQUOT": "free some space or write to another filesystem",
    "EFBIG": "raise the file size limit (ulimit -f) or write elsewhere",
    "EACCES": "choose a folder you may write to",
    "EPERM": "choose a folder you may write to",
    "EROFS": "the filesystem is read-only; choose another folder",
    "ENOENT": "create the folder first",
    "ENOTDIR": "a part of the path is not a folder; choose another",
    "EISDIR": "name a file in that folder instead",
    "EPIPE": "the reader went away before the report was written",
    "EIO": "the device failed; write to another filesystem",
    "ELOOP": "choose a folder of your own, or remove the link",
    "ENAMETOOLONG": "choose a shorter name",
}


def _sentence(target: str, error: OSError) -> str:
    name = errno.errorcode.get(error.errno or 0, "")
    step = _NEXT_STEP.get(name, "check the path or write elsewhere")
    shown = "standard output" if target == "-" else safe_line(target)
    kept = "" if target == "-" else "; nothing was changed"
    return f"{shown}: cannot write the report: {error.strerror or name}{kept}. Next: {step}."
