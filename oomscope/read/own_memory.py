"""How much memory this process may take by default: a share of what the machine has, or of the limit of its cgroup."""

from collections.abc import Iterator
from pathlib import Path

SHARE = 0.75
_CGROUPS = Path("/sys/fs/cgroup")


def default_limit() -> int | None:
    """Return three quarters of the machine's memory or of the least cgroup limit, in bytes; None where nothing tells."""
    least = min((size for size in (_machine(), *_limits()) if size), default=0)
    return int(least * SHARE) or None


def _machine() -> int:
    text = _read(Path("/proc/meminfo"))
    words = next((line.split() for line in text.splitlines() if line.startswith("MemTotal:")), ())
    return _number(words[1]) * 1024 if len(words) > 1 else 0


def _limits() -> Iterator[int]:
    """The limits of the process's cgroup and of those above it, where they can be seen."""
    for line in _read(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = (_CGROUPS / "memory", "memory.limit_in_bytes") if controllers else (_CGROUPS, "memory.max")
        folder = Path(path.lstrip("/"))
        for one in (folder, *folder.parents):
            yield _number(_read(root / one / name).strip())


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except (OSError, ValueError):
        return ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0
