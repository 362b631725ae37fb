"""OpenTelemetry log records as OTLP JSON lines, as the collector's otlpjsonfile receiver reads them: one an incident.

Attributes have the names of the semantic conventions (k8s.*, container.*, host.*, process.*); what these have no name for
is below `oomscope`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from oomscope.report.counting import is_kill
from oomscope.report.fields import Doc, rows, sub, text
from oomscope.report.json import render_line
from oomscope.report.outputs.ecs import figures

_ERROR, _WARN = (17, "ERROR"), (13, "WARN")
_LARGEST: Final = 1 << 63
"""OTLP's integers have 64 bits with a sign; a larger one is written as a double."""


def render_otel(doc: Doc) -> Iterator[str]:
    """One line an incident: a LogsData message with one record. Sizes are bytes."""
    scope = {"name": "oomscope", "version": text(doc, "oomscope_version")}
    for incident in rows(doc, "incidents"):
        logs = {"scope": scope, "logRecords": [_record(incident)]}
        yield render_line({"resourceLogs": [{"resource": {"attributes": _attributes(_resource(incident))}, "scopeLogs": [logs]}]})  # fmt: skip


def _record(incident: Doc) -> dict[str, Any]:
    level, name = _ERROR if is_kill(incident) else _WARN
    said = text(sub(incident, "verdict"), "headline", "OOM kill")
    stamp = _nanoseconds(sub(incident, "time").get("wall"))
    return {
        **({"timeUnixNano": stamp} if stamp else {}),
        "severityNumber": level,
        "severityText": name,
        "eventName": "oom.kill" if is_kill(incident) else "oom.invoked",
        "body": {"stringValue": said},
        "attributes": _attributes(_of_record(incident)),
    }


def _resource(incident: Doc) -> dict[str, Any]:
    load = sub(incident, "workload")
    return {
        "host.name": incident.get("host"),
        "host.arch": incident.get("architecture"),
        "os.type": "linux",
        "os.version": incident.get("kernel_release"),
        "k8s.namespace.name": load.get("namespace"),
        "k8s.pod.name": load.get("pod"),
        "k8s.pod.uid": load.get("pod_uid"),
        "k8s.container.name": load.get("container") if load.get("orchestrator") == "kubernetes" else None,
        "container.id": load.get("container_id"),
        "container.name": load.get("container"),
        "container.image.name": load.get("image"),
        "container.runtime.name": load.get("runtime"),
    }


def _of_record(incident: Doc) -> dict[str, Any]:
    source, victim = sub(incident, "source"), next(iter(rows(incident, "victims")), {})
    first, last = incident.get("lines") or (None, None)
    return {
        "log.file.path": source.get("path"),
        "log.file.member": source.get("member"),
        "process.pid": victim.get("pid"),
        "process.executable.name": victim.get("comm"),
        "process.linux.cgroup": incident.get("task_memcg"),
        "oomscope.incident": incident.get("id"),
        "oomscope.first_line": first,
        "oomscope.last_line": last,
        **{f"oomscope.{name}": value for name, value in figures(incident).items()},
    }


def _attributes(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in found.items() if value is not None and value != ""]


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int() if abs(value) < _LARGEST:
            return {"intValue": str(value)}
        case int() | float():
            return {"doubleValue": float(value)}
        case _:
            return {"stringValue": str(value)}


def _nanoseconds(wall: object) -> str | None:
    """Return a time of the document as nanoseconds since 1970, in digits: exact, which a float of seconds is not."""
    try:
        when = datetime.fromisoformat(str(wall))
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return str(micros * 1_000) if micros >= 0 else None
