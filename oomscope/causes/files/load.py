"""Cause files: one TOML file a cause. Every defect of every file is reported at once, each with file:line.

The bundled files are checked by the tests, not at every start: tomllib alone needs some 20 ms for them, which is more
than reading a small log takes. `_index` has them parsed already.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from oomscope.bundled import bundled
from oomscope.causes.files import index
from oomscope.causes.files.cause import Builder, Cause
from oomscope.causes.files.defect import Defect
from oomscope.causes.files.shared import Context, expanded, is_shared_file
from oomscope.causes.language.vocabulary import Vocabulary
from oomscope.errors import RuleError, UsageError
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PROGRAMS_FILE, KNOWN_FOLDER = "programs.toml", "known"  # lie beside the causes, and are none
_MAX_BYTES = 256 << 10
_MAX_FILES = 200
_LONG_KEY = lazy(r"(?:[\w\"'-]{1,80}[ \t]{0,8}\.[ \t]{0,8}){32}")
"""A dotted key takes time that grows with the square of its parts."""
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


def load_bundled(vocabulary: Vocabulary) -> tuple[Cause, ...]:
    """Return the causes that come with oomscope."""
    folder = bundled("rules")
    texts = _texts(folder, "rules")
    documents = index.read(folder, texts)
    if documents is None:
        return _load(texts, vocabulary)
    shared = next((document for file, document in documents.items() if is_shared_file(file)), {})
    causes = {file: document for file, document in documents.items() if not is_shared_file(file)}
    builder = Builder(vocabulary)
    return tuple(builder.cause(expanded(document, shared), file) for file, document in causes.items())


def load_dir(path: str | Path, vocabulary: Vocabulary) -> tuple[Cause, ...]:
    """Return the causes of a folder that the user named.

    Raises RuleError with every defect of every file, UsageError if there is no such folder or no file in it.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{safe_line(str(path))} is not a folder; --rules wants one with cause files (*.toml)")
    texts = _texts(folder, str(path).rstrip("/"))
    if all(is_shared_file(file) for file, _ in texts):
        raise UsageError(f"{safe_line(str(path))} holds no cause files (*.toml)")
    return _load(texts, vocabulary)


def _texts(folder: "Traversable", name: str) -> index.Texts:
    """The TOML files in a folder and in the folders directly below it."""
    found: index.Texts = []
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != KNOWN_FOLDER:
            found += [(f"{name}/{entry.name}/{one.name}", _read(one)) for one in entry.iterdir() if _is_cause(one)]
        elif _is_cause(entry):
            found.append((f"{name}/{entry.name}", _read(entry)))
    if len(found) > _MAX_FILES:
        raise RuleError(f"{safe_line(name)} holds {len(found)} cause files; at most {_MAX_FILES} are read")
    return sorted(found)


def _is_cause(entry: "Traversable") -> bool:
    return entry.name.endswith(".toml") and entry.name != PROGRAMS_FILE and entry.is_file()


def _read(entry: "Traversable") -> bytes:
    try:
        with entry.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise RuleError(f"{safe_line(entry.name)}: {error.strerror}") from None


class _Parsed(NamedTuple):
    """One file: its document, or None where it is no TOML; its text for places in it."""

    file: str
    document: dict[str, Any] | None
    text: str
    defects: list[Defect]


def _load(texts: index.Texts, vocabulary: Vocabulary) -> tuple[Cause, ...]:
    parsed = [_Parsed(file, *_parse(content)) for file, content in texts]
    shared = next((one.document or {} for one in parsed if is_shared_file(one.file)), {})
    ids = [one.document.get("cause") for one in parsed if one.document is not None]
    context = Context(vocabulary, shared, frozenset(id_ for id_ in ids if isinstance(id_, str)))
    complaints: list[str] = []
    causes: list[Cause] = []
    builder = Builder(vocabulary)
    for one in parsed:
        defects = _defects(one, context)
        complaints += [defect.text(safe_line(one.file)) for defect in defects]
        if one.document is not None and not defects and not is_shared_file(one.file):
            causes.append(builder.cause(expanded(one.document, shared), one.file))
    complaints += _twice(causes)
    if complaints:
        raise RuleError("\n".join(complaints))
    return tuple(causes)


def _defects(one: _Parsed, context: Context) -> list[Defect]:
    from oomscope.causes.files.check import Checker  # the everyday run reads the index and checks nothing

    if one.document is None:
        return one.defects
    checker = Checker(one.document, one.text, context)
    return checker.check_shared() if is_shared_file(one.file) else checker.check()


def _parse(content: bytes) -> tuple[dict[str, Any] | None, str, list[Defect]]:
    import tomllib

    if len(content) > _MAX_BYTES:
        return None, "", [Defect(1, f"larger than {_MAX_BYTES >> 10} KiB")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, "", [Defect(content[: error.start].count(b"\n") + 1, "not UTF-8")]
    if (long := _LONG_KEY.search(text)) is not None:
        return None, text, [Defect(text.count("\n", 0, long.start()) + 1, "a key of more than 32 parts")]
    try:
        return tomllib.loads(text), text, []
    except tomllib.TOMLDecodeError as error:
        return None, text, [_syntax(str(error), text)]
    except (RecursionError, ValueError):  # nested too deep; a number of too many digits
        return None, text, [Defect(1, "not TOML that can be read: nested too deep, or a number that is too long")]


def _syntax(message: str, text: str) -> Defect:
    lines = text.splitlines() or [""]
    found = _AT.search(message)
    line, column = (int(found[1]), int(found[2])) if found else (len(lines), 1)
    shown = lines[line - 1] if line <= len(lines) else ""
    before = " " * len(safe_line(shown[: column - 1]))
    return Defect(line, f"not TOML: {safe_line(_AT.sub('', message)).strip()}", f"{safe_line(shown)}\n    {before}^")


def _twice(causes: Sequence[Cause]) -> list[str]:
    """A cause may have one file in each branch, and has one name in all of them."""
    seen: dict[tuple[str, str], str] = {}
    named: dict[str, Cause] = {}
    complaints = []
    for cause in causes:
        first = named.setdefault(cause.cause, cause)
        if first.name != cause.name:
            file, other = safe_line(cause.file), safe_line(first.file)
            complaints.append(f"{file}:1: `{cause.cause}` is called {cause.name!r}; {other} calls it {first.name!r}")
        for branch in cause.branch:
            other = seen.setdefault((cause.cause, branch), cause.file)
            if other != cause.file:
                file, other = safe_line(cause.file), safe_line(other)
                complaints.append(f"{file}:1: `{cause.cause}` in the branch `{branch}` is described by {other} already")
    return complaints


def index_text(folder: "Traversable") -> str:
    """Return the content of `rules/index.json` for a folder of cause files. Raises RuleError if one is not TOML."""
    texts = _texts(folder, "rules")
    parsed = {file: _parse(content) for file, content in texts}
    broken = [defect.text(file) for file, (_, _, defects) in parsed.items() for defect in defects]
    if broken:
        raise RuleError("\n".join(broken))
    return index.write({file: document for file, (document, _, _) in parsed.items() if document}, texts)
