"""The memory files of the cgroups that a kill line names, read at once: with the pod they are gone."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from oomscope.record.counters import mounted
from oomscope.watch.line import Line

_NAMED: Final = re.compile(rb"oom_memcg=(/[^,\n]*)|task_memcg=(/[^,\n]*)|Task in (/\S*)|limit of (/\S*)")
_FILES: Final = re.compile(
    r"memory\.(events|stat|peak|max|high|min|current|swappiness|oom\.group|oom_control|failcnt|"
    r"(max_)?usage_in_bytes|limit_in_bytes)"
)
MOST = 64  # cgroups of one episode
_MOST_BYTES = 64 << 10


class Snapshots:
    """Copies of memory files, each in a folder of the cgroup's name, below a temporary folder that goes at the end."""

    def __init__(self, roots: Sequence[Path] | None = None) -> None:
        self._roots = tuple((folder for folder, _ in mounted()) if roots is None else roots)
        self._folder = tempfile.TemporaryDirectory(prefix="oomscope-watch-")
        self._copies: dict[Path, str] = {}
        self.is_full = False  # more cgroups were named than are copied

    def take(self, lines: Sequence[Line]) -> None:
        """Copy the files of the cgroups that these lines name, as far as they still exist."""
        for line in lines:
            for match in _NAMED.finditer(line.data):
                found = next(self._places(_path(match)), None)
                if found is None:
                    continue
                if found in self._copies or len(self._copies) < MOST:
                    self._copy(found)
                else:
                    self.is_full = True

    def paths(self) -> tuple[str, ...]:
        """Return the folders, for `--cgroup`. A single one is named twice: it is matched by name, never by its limit."""
        found = tuple(self._copies.values())
        return found * 2 if len(found) == 1 else found

    def forget(self) -> None:
        """Let the copies go: the episode is over."""
        self._copies.clear()
        self.is_full = False

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _places(self, path: str) -> Iterator[Path]:
        """Yield where the cgroup lies. In a cgroup namespace the kernel's path has more in front than ours."""
        parts = [part for part in path.split("/") if part]
        if not parts or any(part in (".", "..") for part in parts):
            return
        for start in range(len(parts)):
            for root in self._roots:
                found = root.joinpath(*parts[start:])
                if found.is_dir():
                    yield found

    def _copy(self, cgroup: Path) -> None:
        target = Path(self._folder.name, str(len(self._copies)), cgroup.name)
        if cgroup in self._copies:
            target = Path(self._copies[cgroup])
        some = False
        for file in sorted(cgroup.iterdir()) if cgroup.is_dir() else ():
            if not _FILES.fullmatch(file.name):
                continue
            try:
                with file.open("rb") as opened:
                    content = opened.read(_MOST_BYTES)
                target.mkdir(parents=True, exist_ok=True)
                (target / file.name).write_bytes(content)
                some = True
            except OSError:
                continue  # gone meanwhile
        if some:
            self._copies[cgroup] = str(target)


def named(text: bytes) -> list[str]:
    """Return the paths of the cgroups that a log names, each once, in the order of the log."""
    return list(dict.fromkeys(_path(match) for match in _NAMED.finditer(text)))


def _path(match: re.Match[bytes]) -> str:
    found: bytes = next(filter(None, match.groups()))
    return found.decode("utf-8", "replace")
