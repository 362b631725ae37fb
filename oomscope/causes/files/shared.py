"""Clues that several causes share: `shared.toml` in a folder of cause files.

sample:: [little-anon]
sample:: group = "composition"
sample:: when  = "anon_share < 0.4"
sample:: says  = "only {anon_share} of the charge is anonymous memory"

An [[evidence]] of a cause file that says `use = "little-anon"` has these keys, but for those that it has itself. Its id
is the name, and its weight is its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from oomscope.causes.files.cause import Table
from oomscope.causes.language.vocabulary import Vocabulary

SHARED_FILE = "shared.toml"


class Context(NamedTuple):
    """What the files of one folder are checked against."""

    vocabulary: Vocabulary
    shared: Mapping[str, Any] = MappingProxyType({})  # clues by name
    causes: frozenset[str] = frozenset()  # ids


def is_shared_file(file: str) -> bool:
    """True for the path of a file of shared clues."""
    return file.rsplit("/", 1)[-1] == SHARED_FILE


def expanded(document: Table, shared: Mapping[str, Any]) -> Table:
    """Return a cause's document with every shared clue in place; a name that is not shared adds nothing."""
    evidence = document.get("evidence")
    if not shared or not isinstance(evidence, list):
        return document
    return {**document, "evidence": [_clue(one, shared) for one in evidence]}


def _clue(table: object, shared: Mapping[str, Any]) -> object:
    if not isinstance(table, dict) or not isinstance(name := table.get("use"), str):
        return table
    common = shared.get(name)
    return {**({"id": name, **common} if isinstance(common, dict) else {}), **table}
