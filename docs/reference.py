"""docs/reference.md, made from the code: commands, formats, exit statuses, causes, facts and the JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer

from oomscope.causes import load_bundled
from oomscope.cli.app import app_with
from oomscope.cli.findings import CAUSE, KILL, VERY_LIKELY
from oomscope.cli.formats import FORMATS
from oomscope.errors import Incomplete, InputError, UsageError
from oomscope.facts import VOCABULARY
from oomscope.facts.origins import ORIGINS, origin_of
from oomscope.report.document.schema import schema

STATUSES = (
    (0, "Analysed, kill or no kill."),
    (
        InputError.exit_code,
        "Nothing could be read, a named path could not be opened, or a result could not be written.",
    ),
    (UsageError.exit_code, "An option or its value is wrong. Nothing was read."),
    (Incomplete.exit_code, "With `--strict` or `--fail-on incomplete`: a part of the input was not read."),
    (KILL, "With `--fail-on kill`: there is a kill."),
    (CAUSE, "With `--fail-on CAUSE`: a cause that was named was found."),
    (VERY_LIKELY, "With `--fail-on very-likely`: a cause is very likely."),
    (130, "Interrupted."),
)


def reference() -> str:
    """Return the page."""
    parts = (_commands(), _formats(), _statuses(), _causes(), _facts(), _json())
    head = "# Reference\n\nMade from the code by `make docs`: what stands here is what this version does.\n\n"
    return head + "\n".join("\n".join(part) + "\n" for part in parts)


def _commands() -> Iterator[str]:
    yield "## Commands"
    root = typer.main.get_command(app_with())
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for path, one in [
            (name, command),
            *((f"{name} {sub}", c) for sub, c in getattr(command, "commands", {}).items()),
        ]:
            yield from _command(path, one)


def _command(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - typer's own class
    yield from ("", f"### oomscope {path}", "", _flat(command.help or ""))
    shown = [one for one in command.params if one.name != "help"]
    if shown:
        yield from ("", "| option | value | |", "|---|---|---|")
    for one in shown:
        names = ", ".join(f"`{name}`" for name in one.opts) if one.param_type_name == "option" else f"`{one.metavar}`"
        value = f"`{_cell(one.metavar)}`" if one.param_type_name == "option" and one.metavar else ""
        yield f"| {names} | {value} | {_cell(getattr(one, 'help', '') or '')} |"


def _formats() -> Iterator[str]:
    yield from (
        "## Formats",
        "",
        "`--format NAME`, or `-o FILE` with the ending; the longest ending that fits decides.",
        "",
    )
    yield from ("| name | endings | |", "|---|---|---|")
    for one in FORMATS:
        needs = {"_needs_pyarrow": "needs pyarrow", "_needs_browser": "needs a Chromium"}
        why = needs[one.check.__name__] if one.check else ""
        yield f"| `{one.name}` | {', '.join(f'`{ending}`' for ending in one.endings)} | {why} |"


def _statuses() -> Iterator[str]:
    yield from ("## Exit statuses", "", "| status | meaning |", "|---|---|")
    yield from (f"| {code} | {words} |" for code, words in STATUSES)


def _causes() -> Iterator[str]:
    yield from (
        "## Causes",
        "",
        "`memcg`: a cgroup's limit was hit. `node`: the node was full. `decided`: read, not weighed.",
        "",
    )
    yield from ("| cause | branch | title | clues |", "|---|---|---|---|")
    for one in sorted(load_bundled(VOCABULARY), key=lambda cause: (cause.cause, cause.branch)):
        yield f"| `{one.cause}` | {', '.join(one.branch)} | {_cell(one.title)} | {len(one.evidence)} |"


def _facts() -> Iterator[str]:
    yield from (
        "## Facts",
        "",
        f"The {len(VOCABULARY)} values that clues rest on. A fact that is not known is left out, never 0.",
    )
    for origin, words in ORIGINS.items():
        names = [name for name in VOCABULARY if origin_of(name) == origin]
        if names:
            yield from ("", f"### From {words}", "", "| fact | unit | meaning |", "|---|---|---|")
        yield from (f"| `{name}` | {VOCABULARY[name].unit} | {_cell(VOCABULARY[name].meaning)} |" for name in names)


def _json() -> Iterator[str]:
    whole = schema()
    yield from ("## The JSON document", "", _flat(whole["description"]), "")
    yield "`oomscope schema` prints the JSON Schema. A key with ? may be missing; *null*: the log does not say."
    yield from _object("document", whole)
    for name, one in whole["$defs"].items():
        if one.get("properties"):
            yield from _object(name, one)


def _object(name: str, one: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### {name}", "", "| key | type |", "|---|---|")
    required = set(one.get("required", ()))
    for key, shape in one["properties"].items():
        yield f"| `{key}`{'' if key in required else ' ?'} | {_cell(_type(shape))} |"


def _type(shape: Mapping[str, Any]) -> str:
    """A shape of the schema in a few words."""
    if "$ref" in shape:
        target = shape["$ref"].rpartition("/")[2]
        return f"[{target}](#{target})" if schema()["$defs"][target].get("properties") else target
    if "oneOf" in shape:
        return " or ".join("*null*" if one == {"type": "null"} else _type(one) for one in shape["oneOf"])
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        items = shape.get("items")
        return f"list of {_type(items)}" if isinstance(items, Mapping) and items else "list"
    return _names(shape.get("type", "any"))


def _names(kind: object) -> str:
    return " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


def _flat(words: str) -> str:
    return " ".join(words.split())


def _cell(words: str) -> str:
    """Words as they stand in a cell of a table: no bar ends it, and what looks like markup is text."""
    plain = _flat(words).replace("|", "\\|")
    return re.sub(r"(?<!\]\()<(?=\w)", "&lt;", plain)
