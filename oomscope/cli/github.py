"""`--github`: the answer as the step's summary, and at most five annotations. Only where it is asked for.

Everything of the input is escaped as the runner's own toolkit does it: nothing in a log is a command.
"""

import os
from pathlib import Path

from oomscope.analysis import Analysis
from oomscope.cli.output import tell
from oomscope.errors import UsageError
from oomscope.report.document.incident_body import Json
from oomscope.report.fields import rows, span, sub, text

_ANNOTATIONS = 5
_SUMMARY_BYTES = 1_000_000
"""The runner takes 1 MiB of a step's summary and drops all of a longer one."""


def report(analysis: Analysis) -> None:
    """Write the summary where the runner wants it, and print the annotations. Raises UsageError outside of a runner."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if not target:
        raise UsageError("--github: GITHUB_STEP_SUMMARY is not set; this is for a step of GitHub Actions")
    from oomscope.report.outputs.markdown import render_markdown

    document = analysis.shown_document()
    _summarise(Path(target), render_markdown(document))
    _annotate(document)


def _summarise(target: Path, written: str) -> None:
    data = written.encode("utf-8", "backslashreplace")
    used = target.stat().st_size if target.exists() else 0
    room = _SUMMARY_BYTES - used
    if len(data) > room:
        tell("oomscope: --github: the summary is cut at the size that the runner takes; the report has all of it")
        data = (
            data[: max(room - 200, 0)].rpartition(b"\n")[0] + b"\n\nThe rest is in the report.\n" if room > 400 else b""
        )
    with target.open("ab") as file:
        file.write(data)


def _annotate(document: Json) -> None:
    for incident in [i for i in rows(document, "incidents") if text(i, "outcome") == "killed"][:_ANNOTATIONS]:
        lines = span(incident.get("lines")) or (1, 1)
        path = text(sub(incident, "source"), "path")
        said = text(sub(incident, "verdict"), "headline").replace("`", "")
        place = f"file={_property(path)},line={lines[0]},endLine={lines[1]},title=OOM kill"
        _print(f"::error {place}::{_message(said)}")


def _message(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")


def _print(line: str) -> None:
    """On stdout as it is: this is the one place where a command of ours is meant to be one."""
    os.write(1, f"{line}\n".encode("utf-8", "backslashreplace"))
