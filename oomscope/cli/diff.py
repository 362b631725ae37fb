"""`oomscope diff`: two analyses beside each other. Each side is a log, or the JSON of an earlier analysis."""

import json
from pathlib import Path

from oomscope.api import Options, analyze
from oomscope.cli.doubts import judge, warn
from oomscope.cli.output import put
from oomscope.errors import Incomplete, InputError, UsageError
from oomscope.report.counting import is_partly_read, unsettled
from oomscope.report.document.incident_body import Json
from oomscope.report.fields import rows, text
from oomscope.report.outputs.compare import compare, render_markdown, render_text, to_json
from oomscope.safe_text import safe_line

FORMATS = ("text", "markdown", "html", "json")
_MOST = 512 << 20
_ENDINGS = {".txt": "text", ".md": "markdown", ".html": "html", ".json": "json"}


def run(
    before: str, after: str, output: str | None, format_: str | None, options: Options, *, strict: bool = False
) -> None:
    """Compare and print, or write. Raises InputError for a side that cannot be read, UsageError for a format, and with
    `strict`, after that, Incomplete for a side that is not whole.
    """
    kind = format_ or (_of(output) if output else "text")
    if kind not in FORMATS:
        raise UsageError(f"--format {safe_line(kind)} is unknown; it is one of {', '.join(FORMATS)}")
    documents = _document(before, options), _document(after, options)
    try:
        changes = compare(*documents)
    except (TypeError, AttributeError, KeyError, ValueError):  # of a document that something else wrote, or changed
        raise InputError(
            "a side is no document of oomscope as it was written; give the log, or write its JSON anew"
        ) from None
    match kind:
        case "markdown":
            written = render_markdown(changes)
        case "json":
            written = json.dumps(to_json(changes), indent=1, ensure_ascii=True) + "\n"
        case "html":
            from oomscope.report.page.html import render_comparison

            written = render_comparison(changes, f"{_name(before)} and {_name(after)}")
        case _:
            written = render_text(changes)
    if output and output != "-":
        from oomscope.report.write import write

        if any(Path(output).resolve() == Path(side).resolve() for side in (before, after)):
            raise UsageError(f"-o {safe_line(output)}: that is an input; name another file")
        write(output, written)
    else:
        put(written)
    for path, document in zip((before, after), documents, strict=True) if strict else ():
        cut = unsettled(text(incident, "outcome") for incident in rows(document, "incidents"))
        if cut or is_partly_read(document):
            raise Incomplete(f"--strict: {safe_line(path)}: {cut or 'was not read as a whole'}")


def _of(output: str) -> str:
    ending = Path(output).suffix.lower()
    if output != "-" and ending not in _ENDINGS:
        raise UsageError(f"-o {safe_line(output)}: no format ends like that; use {', '.join(_ENDINGS)}")
    return _ENDINGS.get(ending, "text")


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _document(path: str, options: Options) -> Json:
    """The document at a path: as it was written, or of the log that is there."""
    try:
        with Path(path).open("rb") as file:
            if file.read(64).lstrip().startswith(b"{"):
                file.seek(0)
                data = file.read(_MOST + 1)
                found = json.loads(data) if len(data) <= _MOST else None
                if isinstance(found, dict) and "incidents" in found and "schema_version" in found:
                    return found
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, OSError):
            raise InputError(f"{safe_line(path)}: {safe_line(error.strerror or str(error))}; check the path") from error
    analysis = analyze([path], options)
    found = bool(analysis.incidents)
    warn(analysis.inputs, analysis.text_findings, found=found)
    judge(analysis.inputs, analysis.text_findings, found=found, strict=False)
    return analysis.document()
