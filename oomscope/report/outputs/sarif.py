"""SARIF 2.1.0 for code-scanning pages and editors: a result an incident, at its lines of the log."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from oomscope.report.counting import is_kill
from oomscope.report.fields import Doc, rows, span, sub, text
from oomscope.report.json import render_json
from oomscope.report.words import cause_name

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(doc: Doc) -> str:
    """The whole file."""
    incidents = rows(doc, "incidents")
    causes = sorted({text(sub(i, "verdict"), "cause", "undetermined") for i in incidents})
    run = {
        "tool": {
            "driver": {
                "name": "oomscope",
                "version": text(doc, "oomscope_version"),
                "rules": [_rule(cause, incidents) for cause in causes],
            }
        },
        "results": [_result(i, causes) for i in incidents],
        "columnKind": "unicodeCodePoints",
    }
    return render_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(cause: str, incidents: Sequence[Doc]) -> dict[str, Any]:
    verdict = next(sub(i, "verdict") for i in incidents if text(sub(i, "verdict"), "cause", "undetermined") == cause)
    named = cause_name(cause, verdict)
    return {"id": cause, "shortDescription": {"text": f"OOM kill, cause: {named}"}}


def _result(incident: Doc, causes: list[str]) -> dict[str, Any]:
    verdict = sub(incident, "verdict")
    cause = text(verdict, "cause", "undetermined")
    return {
        "ruleId": cause,
        "ruleIndex": causes.index(cause),
        "level": "error" if is_kill(incident) else "warning",
        "message": {"text": text(verdict, "headline", "OOM kill").replace("`", "")},
        "locations": [_location(incident)],
        "partialFingerprints": {"oomscopeIncident/v1": text(incident, "id")},
        "properties": {"words": text(verdict, "words"), "probability": verdict.get("probability")},
    }


def _location(incident: Doc) -> dict[str, Any]:
    path = text(sub(incident, "source"), "path", "unknown")
    lines = span(incident.get("lines"))
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path)}}
    if lines:
        place["region"] = {"startLine": max(lines[0], 1), "endLine": max(lines[1], 1)}
    return {"physicalLocation": place}
