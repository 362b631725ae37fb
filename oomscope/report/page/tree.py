"""The cgroups from the root down to the victim's: where the limit sits, and where the victim ran."""

from typing import NamedTuple

from oomscope.report.fields import Doc, text
from oomscope.safe_text import safe_line

_DEEPEST = 24


class Level(NamedTuple):
    name: str
    depth: int
    says: str  # what is to be said of this cgroup


def tree(incident: Doc) -> tuple[Level, ...]:
    """The levels of the victim's cgroup path, outermost first; empty where the log has no path."""
    owner, victim = text(incident, "oom_memcg"), text(incident, "task_memcg")
    path = victim or owner
    if not path.startswith("/"):
        return ()
    names = ["/", *(part for part in path.split("/") if part)]
    if len(names) > _DEEPEST:
        names = [*names[: _DEEPEST // 2], f"… {len(names) - _DEEPEST} more levels …", *names[-_DEEPEST // 2 :]]
    limit = owner.rstrip("/") or "/"
    levels = []
    whole = ""
    for depth, name in enumerate(names):
        whole = "/" if depth == 0 else f"{whole.rstrip('/')}/{name}"
        said = [
            "its limit was hit" if owner and whole == limit else "",
            "the victim ran here" if victim and whole == (victim.rstrip("/") or "/") else "",
        ]
        levels.append(Level(safe_line(name), depth, ", ".join(words for words in said if words)))
    if owner and not any("limit" in level.says for level in levels):
        levels.append(Level(owner, 0, "its limit was hit; the victim ran elsewhere"))
    return tuple(levels)
