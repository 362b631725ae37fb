"""All cgroups below a mount, kept up to date without walking the tree each second, and which of them is due for a sample."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from oomscope.record.counters import Files, digits, number

EVERY = 30.0  # seconds between samples of a cgroup in which nothing happens
CLOSE = 1.0  # the same near the limit, under pressure, and while memory moves
NEAR = 0.9  # of the limit
MOVED = 0.02  # of the limit: as much more or less since the last sample is worth another
MOST_CGROUPS = 2000
_MOST_HANDLES = 700  # kept open; the default limit of a process is 1024
_DEPTH = 24


class Cgroup:
    """One cgroup: `path` is as the kernel prints it, from the root of the hierarchy."""

    __slots__ = ("folder", "handle", "limit", "links", "path", "pressed", "sampled_at", "sampled_usage", "usage")

    def __init__(self, path: str, folder: str, limit: int | None) -> None:
        self.path, self.folder, self.limit = path, folder, limit
        self.links = -1
        self.handle: int | None = None
        self.usage = 0
        self.sampled_at = -EVERY
        self.sampled_usage = 0
        self.pressed = False

    def near(self) -> bool:
        """True if it fills its limit, nearly."""
        return bool(self.limit) and self.usage >= NEAR * (self.limit or 0)

    def due(self, now: float) -> bool:
        """True if it is time for a sample."""
        since = now - self.sampled_at
        if since >= EVERY:
            return True
        if since < CLOSE or not self.limit:
            return False
        return self.pressed or self.near() or abs(self.usage - self.sampled_usage) >= MOVED * self.limit


class Tree:
    """The cgroups of one mount. `gone` is called for each that was removed."""

    def __init__(self, root: str, files: Files, gone: Callable[[Cgroup], None]) -> None:
        self._root, self._files, self._gone = root, files, gone
        self._known: dict[str, Cgroup] = {}
        self._handles = 0
        self.is_full = False  # some cgroups are not looked at
        self._ram: Final = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    def due(self, now: float) -> Iterator[Cgroup]:
        """Look at every cgroup once, and yield those that are due for a sample."""
        if not self._known:
            self._add("", self._root, None)
        for cgroup in list(self._known.values()):
            if not self._look(cgroup):
                self._drop(cgroup)
        for cgroup in list(self._known.values()):
            if cgroup.path != "/" and cgroup.due(now):
                yield cgroup

    def close(self) -> None:
        """Close what is held open."""
        for cgroup in self._known.values():
            self._release(cgroup)

    def _look(self, cgroup: Cgroup) -> bool:
        """Read how much it uses, and find children that came or went; False if it is gone."""
        try:
            links = os.stat(cgroup.folder).st_nlink  # noqa: PTH116 - for every cgroup, each second
        except OSError:
            return False
        if cgroup.path != "/":
            usage = self._usage(cgroup)
            if usage is None:
                return False
            cgroup.usage = usage
        if links != cgroup.links:
            cgroup.links = links
            self._children(cgroup)
        return True

    def _usage(self, cgroup: Cgroup) -> int | None:
        if cgroup.handle is None:
            return number(f"{cgroup.folder}/{self._files.usage}")
        try:
            return digits(os.pread(cgroup.handle, 64, 0))
        except OSError:
            return None

    def _children(self, parent: Cgroup) -> None:
        with suppress(OSError), os.scandir(parent.folder) as entries:
            for entry in entries:
                path = f"{parent.path.rstrip('/')}/{entry.name}"
                if path not in self._known and entry.is_dir(follow_symlinks=False) and path.count("/") <= _DEPTH:
                    self._add(path, entry.path, parent.limit)

    def _add(self, path: str, folder: str, above: int | None) -> None:
        if len(self._known) >= MOST_CGROUPS:
            self.is_full = True
            return
        own = number(f"{folder}/{self._files.limit}") if path else None
        limits = [one for one in (own, above) if one is not None and one < self._ram]
        cgroup = Cgroup(path or "/", folder, min(limits, default=None))
        if path and self._handles < _MOST_HANDLES:
            with suppress(OSError):
                cgroup.handle = os.open(f"{folder}/{self._files.usage}", os.O_RDONLY | os.O_CLOEXEC)
                self._handles += 1
        self._known[cgroup.path] = cgroup
        if not self._look(cgroup):
            self._drop(cgroup)

    def limit_again(self, cgroup: Cgroup) -> int | None:
        """Read the limit anew, for it may be changed; returns the lowest of its own and of those above it."""
        above = self._known.get(cgroup.path.rpartition("/")[0])
        own = number(f"{cgroup.folder}/{self._files.limit}")
        limits = [one for one in (own, above.limit if above else None) if one is not None and one < self._ram]
        cgroup.limit = min(limits, default=None)
        return cgroup.limit

    def _drop(self, cgroup: Cgroup) -> None:
        if self._known.pop(cgroup.path, None) is not None:
            self._release(cgroup)
            self._gone(cgroup)
            above = self._known.get(cgroup.path.rpartition("/")[0] or "/")
            if above is not None:
                above.links = -1  # another may have come in its place: as many children, but not the same

    def _release(self, cgroup: Cgroup) -> None:
        if cgroup.handle is not None:
            os.close(cgroup.handle)
            cgroup.handle = None
            self._handles -= 1
