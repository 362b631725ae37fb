"""What is to be read: local globs, files and folders, and URLs of the stores that fsspec knows."""

import glob
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from oomscope.errors import InputError, UsageError
from oomscope.fleet.log_server import PROTOCOLS, asked
from oomscope.masking import masked
from oomscope.safe_text import safe_line

STORES: Final = frozenset(
    [
        "s3",
        "s3a",
        "gs",
        "gcs",
        "abfs",
        "abfss",
        "az",
        "adl",
        "hdfs",
        "webhdfs",
        "http",
        "https",
        "sftp",
        "ssh",
        "ftp",
        "smb",
    ]
)
"""Protocols that may be named. Others, such as fsspec's chains of URLs and its caches, are refused."""
LOCAL: Final = "file"
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.+)", re.DOTALL)
_MAGIC: Final = re.compile(r"[*?\[]")


class Source(NamedTuple):
    """One input: a node's log, or an archive of logs."""

    name: str  # as it is shown, on one line; it is another one for each input
    protocol: str
    path: str  # as the store's file system takes it
    size: int | None = None
    stamp: str = ""  # changes when the content does: a modification time, an ETag
    reason: str | None = None  # why it is not read
    linked: bool = False  # a link that the user named, and that is followed


def listed(names: Iterable[str], leave_out: str) -> Iterator[Source]:
    """Return every input that the names mean, each once. What lies below the folder `leave_out` is left out.

    Raises UsageError for a URL that cannot be taken, InputError for a store that does not answer.
    """
    seen: set[tuple[str, str]] = set()
    names_taken: set[str] = set()
    for name in names:
        match = _URL.fullmatch(name)
        found = _stored(name, match[1].lower()) if match else _local(name, os.path.realpath(leave_out))
        for source in found:
            if (source.protocol, source.path) in seen:
                continue
            seen.add((source.protocol, source.path))
            shown = safe_line(source.name)
            if shown in names_taken:  # by one whose name looks the same: neither hides the other
                digest = hashlib.sha256(source.path.encode("utf-8", "surrogateescape")).hexdigest()
                shown = f"{shown} (path {digest[:12]})"
            names_taken.add(shown)
            yield source._replace(name=shown)


def file_system(protocol: str) -> Any:  # noqa: ANN401 - one of fsspec's classes
    """Return the file system of a protocol. Its credentials come from the environment.

    Raises InputError where a package that it needs is not installed.
    """
    import fsspec

    try:
        return fsspec.filesystem(protocol)
    except (ImportError, ValueError) as error:
        raise InputError(f"{protocol}://: {safe_line(str(error))}") from None


def _stored(url: str, protocol: str) -> Iterator[Source]:
    shown = safe_line(url[:200])
    if protocol not in STORES | PROTOCOLS or ("::" in url and protocol not in PROTOCOLS):
        raise UsageError(f"{shown}: this kind of URL is not read; it may be {', '.join(sorted(STORES | PROTOCOLS))}")
    if "@" in re.split("[/?]", url.split("://", 1)[1], maxsplit=1)[0] and protocol not in ("abfs", "abfss"):
        raise UsageError(f"{protocol}://…: leave user and password out of the URL; give them by the environment")
    if protocol in PROTOCOLS:
        yield from _asked(url, protocol)
        return
    store = file_system(protocol)
    try:
        entries = list(_entries(store, url))
    except FileNotFoundError:
        entries = []
    except Exception as error:  # each store has errors of its own
        raise InputError(f"{shown}: cannot be listed: {safe_line(str(error) or type(error).__name__)[:300]}") from None
    if not entries:
        raise InputError(f"{shown}: there is nothing; check the name")
    for path, info in sorted(entries, key=lambda entry: entry[0]):
        if info.get("type", "file") == "file":
            name = masked(path if "://" in path else f"{protocol}://{path}")
            size = info.get("size")
            yield Source(name, protocol, path, size if isinstance(size, int) else None, _stamp(info))


def _asked(url: str, protocol: str) -> Iterator[Source]:
    """The lines of each node that a log server's query finds."""
    found = asked(url)
    if not found:
        raise InputError(f"{safe_line(url[:200])}: the query finds nothing; check it, and its time")
    for name, path, stamp in found:
        yield Source(masked(name), protocol, path, None, stamp)


def _entries(store: Any, url: str) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - as above
    """Path and description of each object: those of a pattern, of all below a folder, or the one that is named."""
    path = store._strip_protocol(url)
    if _MAGIC.search(path) and not url.startswith(("http:", "https:")):
        yield from store.glob(path, detail=True).items()
    elif not url.startswith(("http:", "https:")) and store.isdir(path):
        yield from store.find(path, detail=True).items()
    else:
        yield path, store.info(path)


def _stamp(info: Mapping[str, Any]) -> str:
    for key in ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "mtime", "updated", "modificationTime"):  # fmt: skip
        if info.get(key) is not None:
            return str(info[key])
    return ""


def _local(name: str, leave_out: str) -> Iterator[Source]:
    if "\0" in name:
        raise UsageError(f"{safe_line(name[:80])}: is no path")
    named = os.path.lexists(name)
    paths = [name] if named else sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - takes absolute patterns
    if not paths:
        raise InputError(f"{safe_line(name)}: there is nothing; check the name")
    for path in paths:
        if named and os.path.isdir(path):  # noqa: PTH112
            for folder, below, files in os.walk(path):
                below[:] = sorted(one for one in below if os.path.realpath(f"{folder}/{one}") != leave_out)
                yield from (_file(f"{folder.rstrip('/')}/{one}") for one in sorted(files))
        elif os.path.islink(path) or not os.path.isdir(path):  # noqa: PTH112, PTH114
            yield _file(path, linked=named)


def _file(path: str, *, linked: bool = False) -> Source:
    """A file that is described and not opened. A link that was not named itself is not followed."""
    try:
        state = os.stat(path, follow_symlinks=linked)  # noqa: PTH116
    except OSError as error:
        return Source(path, LOCAL, path, reason=error.strerror or "cannot be looked at")
    if not stat.S_ISREG(state.st_mode):
        what = "a link, which is not followed; name it" if stat.S_ISLNK(state.st_mode) else "no regular file"
        return Source(path, LOCAL, path, reason=what)
    return Source(path, LOCAL, path, state.st_size, str(state.st_mtime_ns), linked=linked)
