"""Known issues of kernels and runtimes that end in OOM kills: worth checking, never a verdict.

Each is a file in `rules/known`: the kernel releases that have it (none: any), the signs in the report, where it is fixed,
and a source. `rules/known.json` is made of them, for TOML takes long to read.
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from oomscope.bundled import bundled
from oomscope.causes.files.cause import When
from oomscope.facts import VOCABULARY, FactTable
from oomscope.incident.incident import Note

_KEYS = ("id", "title", "kernels", "when", "says", "fixed", "source")
_MOST_RELEASES = 64

Release = tuple[int, int]


class KnownIssue(NamedTuple):
    """One issue. A range of `kernels` is its first release and the first that is free of it; None: no end."""

    id: str
    title: str
    kernels: tuple[tuple[Release, Release | None], ...]
    when: When
    says: str
    fixed: str
    source: str

    def may_be_of(self, release: Release | None) -> bool:
        """Return True if a kernel of this release may have it. A kernel that is not known may have what all have."""
        if not self.kernels:
            return True
        if release is None:
            return False
        return any(first <= release and (end is None or release < end) for first, end in self.kernels)


def known_text(files: dict[str, bytes]) -> str:
    """Return `rules/known.json` for the files of `rules/known`. Raises ValueError for a file that lacks a key."""
    import tomllib

    found = [tomllib.loads(files[name].decode()) for name in sorted(files)]
    for one in found:
        if set(one) != set(_KEYS):
            raise ValueError(f"{one.get('id')}: a known issue has the keys {', '.join(_KEYS)}")
    return json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n"


def worth_checking(facts: FactTable) -> tuple[Note, ...]:
    """Return a note for each known issue whose kernel and signs fit."""
    release = facts.values.get("kernel_release")
    issues = _issues_of(release if isinstance(release, str) else None)
    return tuple(_note(one) for one in issues if one.when.compiled.evaluate(facts.values))


def _note(issue: KnownIssue) -> Note:
    fixed = f"There is {issue.fixed}" if issue.fixed.startswith("no fix") else f"Fixed in {issue.fixed}"
    said = f"Worth checking: {issue.title}. {issue.says}. {fixed}. See {issue.source}"
    return Note(f"known-{issue.id}", said)


@lru_cache(maxsize=_MOST_RELEASES)
def _issues_of(release: str | None) -> tuple[KnownIssue, ...]:
    return tuple(one for one in known_issues() if one.may_be_of(parse_release(release) if release else None))


@lru_cache(maxsize=1)
def known_issues() -> tuple[KnownIssue, ...]:
    """Return every known issue."""
    return tuple(_issue(one) for one in json.loads((bundled("rules") / "known.json").read_bytes()))


def _issue(one: dict[str, Any]) -> KnownIssue:
    kernels = tuple(_range(text) for text in one["kernels"])
    when = When(one["when"], VOCABULARY)
    return KnownIssue(one["id"], one["title"], kernels, when, one["says"], one["fixed"], one["source"])


def _range(text: str) -> tuple[Release, Release | None]:
    first, _, end = text.partition("..")
    found = parse_release(first)
    if found is None:
        raise ValueError(f"`{text}` is no range of kernel releases; write 4.5..5.9, or 5.11.. without an end")
    return found, parse_release(end) if end else None


def parse_release(text: str) -> Release | None:
    """Return the first two numbers of a kernel release: (4, 18) of `4.18.0-240.el8.x86_64`."""
    numbers = text.split("-", 1)[0].split(".")[:2]
    if len(numbers) < 2 or not all(number.isdecimal() and len(number) <= 4 for number in numbers):
        return None
    return int(numbers[0]), int(numbers[1])
