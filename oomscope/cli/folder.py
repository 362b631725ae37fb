"""Files below one folder, for a server whose client names the paths: none leaves the folder, by dots, links or a race."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from oomscope.errors import InputError
from oomscope.safe_text import safe_line

_SHOWN = 50
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


class Folder:
    """A folder whose regular files may be opened, by paths that lie below it."""

    def __init__(self, path: str) -> None:
        """Raises InputError where the path is no folder."""
        self.root = Path(path).resolve()
        if not self.root.is_dir():
            raise InputError(f"{safe_line(path)}: is no folder; name the one that holds the logs")

    def open(self, name: str) -> BinaryIO:
        """Open a regular file for reading bytes; its `name` is the path below the folder.

        Links are followed as far as they stay below the folder. The file is then opened from the folder down, one part
        after the other and following no link, so that one which is put there in between leads nowhere.

        Raises InputError for what is not there, lies outside, or is no regular file; of a folder it says what it holds.
        """
        parts = self._parts(name)
        shown = "/".join(parts) or "."
        try:
            handle = self._descend(parts)
        except (OSError, ValueError) as error:
            raise InputError(f"{safe_line(shown)}: {_why(error)}") from None
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            said = self._holds(handle) if stat.S_ISDIR(mode) else "is no regular file"
            os.close(handle)
            raise InputError(f"{safe_line(shown)}: {said}")
        return open(shown, "rb", opener=lambda *_: handle)

    def _parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of the path below the folder, without links. Raises InputError for one that lies outside."""
        try:
            found = (self.root / name).resolve()
        except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL
            found = Path("/")
        if not found.is_relative_to(self.root):
            raise InputError(f"{safe_line(name[:200])}: lies outside of the folder that may be read")
        return found.relative_to(self.root).parts

    def _descend(self, parts: tuple[str, ...]) -> int:
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts:
            try:
                below = os.open(part, _FLAGS, dir_fd=handle)
            finally:
                os.close(handle)
            handle = below
        return handle

    @staticmethod
    def _holds(handle: int) -> str:
        names = sorted(os.listdir(handle))
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return f"is a folder; name a file in it: {', '.join(map(safe_line, names[:_SHOWN])) or 'it is empty'}{more}"


def _why(error: Exception) -> str:
    words = getattr(error, "strerror", None)
    return f"{words}; a path is relative to the folder, and . lists it" if words else "is no path"
