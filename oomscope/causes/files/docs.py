"""The text of `rules/README.md`, made from the cause files themselves."""

from collections.abc import Iterable, Iterator

from oomscope.causes.files.cause import BRANCHES, Cause

_HEAD = """# Causes

Made from the cause files in this folder; do not edit. A cause is a file: what speaks for it and against it, in nats,
what helps, and what would settle it. `oomscope explain FACT` says what a fact is.

A folder of your own (`--rules DIR`) may have any cause: `cause` is its id, `name` what people read, `branch` where it is
weighed. An [[evidence]] with `use = "NAME"` is the clue of that name in `shared.toml`, beside the cause files, with a
weight of its own; what it says itself goes before. A [[cap]] bounds by how many nats the cause may lead another one
(`against`, `most`) where evidence of a kind (`when`) does not tell the two apart; it moves odds between these two only.

`programs.toml` is no cause: it says of programs, by name, what bounds their memory and how to ask. `known/` holds issues of
kernels and runtimes that are worth checking.

## The language of `when`

Facts by name, numbers, `"texts"`, `True`, `False`; `and or not`; `== != < <= > >=`, also chained; `fact in (1, 2)`,
`"part" in text`; `fact is None`, `fact is not None`; `+ - * /` and parentheses on numbers. Nothing else. A condition that
rests on a fact which the log does not give is unknown: it weighs nothing and is listed as undecided. A division by zero is
unknown too.

In sentences and commands `{fact}` is the fact, written by its unit; a brace is `{{` or `}}`. In commands texts are quoted
for a shell, sizes are Kubernetes quantities, and an unknown fact is its name in capitals.

## All causes
"""


def rules_readme(causes: Iterable[Cause]) -> str:
    """Return a table of causes, then each cause with its clues. The order of `causes` does not matter."""
    ordered = sorted(causes, key=lambda cause: (BRANCHES.index(cause.branch[0]), cause.cause))
    lines = [_HEAD, "| cause | branch | what happened | clues |", "|---|---|---|---|"]
    lines += [
        f"| [`{c.cause}`](#{_anchor(c)}) | {', '.join(c.branch)} | {_cell(c.title)} | {len(c.evidence)} |"
        for c in ordered
    ]
    for cause in ordered:
        lines += ["", *_cause(cause)]
    return "\n".join(lines) + "\n"


def _cause(cause: Cause) -> Iterator[str]:
    yield f"## {_heading(cause)}"
    yield ""
    yield f"{_cell(cause.title)}. Prior {cause.prior:+g}."
    yield ""
    yield "| clue | group | when | nats | says | source |"
    yield "|---|---|---|---|---|---|"
    for rule in cause.evidence:
        when = _cell(" ".join(rule.when.text.split()))
        yield (
            f"| `{rule.id}` | {_cell(rule.group)} | `{when}` | {rule.weight:+g} | {_cell(rule.says.text)} "
            f"| {_cell(rule.source or '')} |"
        )
    if cause.caps:
        yield ""
        yield "How far it may lead, whatever its clues weigh:"
        yield ""
        for cap in cause.caps:
            when = _cell(" ".join(cap.when.text.split()))
            yield f"- `{cap.against}` by {cap.most:g} nats at most when `{when}`: {_cell(cap.says.text)}"
    if cause.remedies:
        yield ""
        yield "What helps:"
        yield ""
        for remedy in cause.remedies:
            condition = f" (when `{remedy.when.text}`)" if remedy.when else ""
            yield f"- {_cell(remedy.action.text)}{condition}"


def _heading(cause: Cause) -> str:
    return f"{cause.cause} ({', '.join(cause.branch)})"


def _anchor(cause: Cause) -> str:
    """GitHub's: lower case, blanks to dashes, everything else but letters, digits, `-` and `_` out."""
    kept = (c if c.isalnum() or c in "-_" else "-" if c == " " else "" for c in _heading(cause).lower())
    return "".join(kept)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
