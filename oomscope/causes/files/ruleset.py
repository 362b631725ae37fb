"""A set of causes as a whole: the hash that names it, and whether its own examples hold."""

import hashlib
import json
from collections.abc import Iterable

from oomscope.causes.files.cause import Cause, Text, When
from oomscope.safe_text import safe_line


def rules_hash(causes: Iterable[Cause]) -> str:
    """Return 12 hex digits that name a rule set: equal content gives the same, in any order and layout."""
    canonical = sorted(json.dumps(_content(cause), sort_keys=True) for cause in causes)
    return hashlib.sha256("\n".join(canonical).encode()).hexdigest()[:12]


def _content(cause: Cause) -> dict[str, object]:
    """What weighs and what is said; examples and the file's name are neither."""
    return {
        "cause": [cause.cause, cause.name, cause.title, sorted(cause.branch), cause.prior, cause.summary.text],
        "evidence": sorted([e.id, e.group, e.when.text, e.weight, e.says.text, e.source or ""] for e in cause.evidence),
        "cap": sorted([c.against, c.when.text, c.most, c.says.text] for c in cause.caps),
        "remedy": [[_text(part) for part in (r.when, r.action, r.detail, r.command)] for r in cause.remedies],
        "settle": [[_text(part) for part in (s.when, s.asks, s.command)] for s in cause.settle],
    }


def _text(part: Text | When | None) -> str | None:
    return None if part is None else part.text


def branches_of(causes: Iterable[Cause]) -> dict[str, frozenset[str]]:
    """Return the branches in which each cause has a file, by its id."""
    found: dict[str, frozenset[str]] = {}
    for cause in causes:
        found[cause.cause] = found.get(cause.cause, frozenset()).union(cause.branch)
    return found


def failing_examples(cause: Cause) -> list[str]:
    """Return where a cause file's own examples of facts are wrong; examples of logs are not looked at here."""
    rules = {rule.id: rule for rule in cause.evidence}
    return [
        f"{safe_line(cause.file)}: example {number}: `{id_}` gives {_outcome(found)}, not {_outcome(expected)}"
        for number, example in enumerate(cause.examples, 1)
        for id_, expected in example.gives.items()
        if (found := rules[id_].when.compiled.evaluate(example.facts)) is not expected
    ]


def _outcome(value: bool | None) -> str:
    return {True: "true", False: "false", None: "unknown"}[value]
