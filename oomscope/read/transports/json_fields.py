"""Where log shippers and log stores put a message, its time, its host and its sender: one look-up for all of them.

Vector, fluent-bit, the OpenTelemetry collector, Filebeat (ECS), GELF, Splunk, Graylog, Datadog, Loki, CloudWatch.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

MESSAGES = (
    "message", "log", "msg", "@message", "full_message", "short_message", "_raw", "line", "body", "content", "entry", "event",
    "event.original", "Message", "Content", "Body", "Line", "text",
)  # fmt: skip
TIMES = (
    "timestamp", "@timestamp", "time", "ts", "date", "_time", "timeUnixNano", "observedTimeUnixNano", "Date", "Timestamp", "Time",
    "eventTime", "datetime",
)  # fmt: skip
_HOSTS = (
    "hostname",
    "host",
    "node",
    "_hostname",
    "Host",
    "source_host",
    "computer",
    "node_name",
    "nodename",
    "host.name",
)
_HOST_NAMES = ("name", "hostname", "host.name", "host", "node_name", "node")
IDENTS = ("ident", "syslog_identifier", "SYSLOG_IDENTIFIER", "program", "appname", "app-name", "tag", "syslog.appname")
"""Where collectors put a syslog tag."""
_FACILITIES = ("facility", "_facility", "syslog_facility", "SYSLOG_FACILITY")
_KERNEL = ("kern", "kernel", "0", 0)
_FILES = ("file", "path", "filename", "source", "_file", "log.file.path")
_LOG_FILES = ("messages", "syslog", "kern.log", "dmesg", "kernel.log", "kern", "user.log", "debug", "warn")
_MOST_DEEP = 8
_JOURNAL = {
    "transport": "_TRANSPORT", "hostname": "_HOSTNAME", "boot_id": "_BOOT_ID", "source_monotonic_timestamp": "_SOURCE_MONOTONIC_TIMESTAMP",
    "source_realtime_timestamp": "_SOURCE_REALTIME_TIMESTAMP", "realtime_timestamp": "__REALTIME_TIMESTAMP",
    "monotonic_timestamp": "__MONOTONIC_TIMESTAMP", "pid": "_PID", "comm": "_COMM", "uid": "_UID", "systemd_unit": "_SYSTEMD_UNIT",
    "syslog_identifier": "SYSLOG_IDENTIFIER", "syslog_facility": "SYSLOG_FACILITY", "priority": "PRIORITY", "host": "_HOSTNAME",
}  # fmt: skip
"""The journal's names without their underscores, in lower case, as fluent-bit's systemd input can write them."""


def message_of(value: Json) -> str | None:
    """The text of a log entry; OpenTelemetry's body may wrap it once more."""
    for key in MESSAGES:
        text = value.get(key)
        if isinstance(text, str):
            return text
        if key == "body" and isinstance(text, dict) and isinstance(text.get("stringValue"), str):
            return str(text["stringValue"])
    return None


def time_of(value: Json) -> object:
    """When it was written, in whatever form."""
    return next((value[key] for key in TIMES if key in value), None)


def host_of(value: Json) -> str | None:
    """The machine: a name, or an object with one."""
    for key in _HOSTS:
        host = value.get(key)
        if isinstance(host, dict):
            host = next((host[name] for name in _HOST_NAMES if isinstance(host.get(name), str)), None)
        if isinstance(host, str) and 0 < len(host) < 256 and "/" not in host and " " not in host:
            return host
    for key in ("resource", "labels", "stream", "fields", "agent"):
        inner = value.get(key)
        if isinstance(inner, dict) and (host := _named(inner)) is not None:
            return host
    return None


def _named(inner: Mapping[str, object]) -> str | None:
    for name in ("host.name", "hostname", "host", "node_name", "node", "nodename", "instance"):
        host = inner.get(name)
        if isinstance(host, str) and host:
            return host
    return None


def ident_of(value: Json) -> str | None:
    """The syslog tag; "kernel" where the facility is the kernel's."""
    for key in IDENTS:
        if isinstance(value.get(key), str):
            return str(value[key])
    for path in (("process", "name"), ("syslog", "identifier"), ("log", "syslog", "appname")):
        inner: object = value
        for key in path:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, str):
            return inner
    return "kernel" if any(value.get(key) in _KERNEL and value.get(key) is not False for key in _FACILITIES) else None


def is_of_a_log_file(value: Json) -> bool:
    """True if the entry is a line of the machine's own log file, and no container's output."""
    places = [value.get(key) for key in _FILES]
    log = value.get("log")
    if isinstance(log, dict) and isinstance(log.get("file"), dict):
        places.append(log["file"].get("path"))
    return any(
        isinstance(place, str)
        and place.startswith("/var/log/")
        and place.rsplit("/", 1)[-1].split("-")[0] in _LOG_FILES
        for place in places
    )


def journal_of(value: Json) -> Json | None:
    """The journal's fields under the names that Vector or fluent-bit gave them; None for no journal's entry."""
    text = value.get("message")
    if not isinstance(text, str) or not (
        "_TRANSPORT" in value or ("transport" in value and "syslog_identifier" in value)
    ):
        return None
    fields = {_JOURNAL.get(key, key): field for key, field in value.items()}
    return {**fields, "MESSAGE": text}


def inner_entries(value: object, host: str | None = None, deep: int = 0) -> Iterator[Json]:
    """The log entries inside of an object that is none itself: an answer of a log store, an export, a request of a collector.

    sample::

        {"hits": {"hits": [{"_source": {"message": "…"}}]}}
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "…"}}]}]}]}
        {"data": {"result": [{"stream": {"host": "n1"}, "values": [["1768472200000000000", "…"]]}]}}
    """
    if deep > _MOST_DEEP:
        return
    if isinstance(value, list):
        for one in value:
            if isinstance(one, str):
                yield _with(host, {"message": one})
            elif isinstance(one, dict):
                yield from _entry_or_inner(one, host, deep + 1)
            elif isinstance(one, list):
                yield from inner_entries(one, host, deep + 1)
        return
    if not isinstance(value, dict):
        return
    host = host_of(value) or host
    stream, values = value.get("stream"), value.get("values")
    if isinstance(stream, dict) and isinstance(values, list):
        for pair in values:
            if isinstance(pair, list) and len(pair) >= 2 and isinstance(pair[1], str):
                yield _with(host, {"timestamp": pair[0], "message": pair[1]})
        return
    resource = value.get("resource")
    if isinstance(resource, dict):
        host = _of_attributes(resource) or host
    for inner in value.values():
        if isinstance(inner, list | dict) and inner:
            yield from (
                _entry_or_inner(inner, host, deep + 1) if isinstance(inner, dict) else _of_list(inner, host, deep)
            )


def _of_list(values: list[object], host: str | None, deep: int) -> Iterator[Json]:
    if any(isinstance(one, dict | list) for one in values):
        yield from inner_entries(values, host, deep + 1)
    elif len(values) > 2 and all(isinstance(one, str) for one in values):
        yield from inner_entries(values, host, deep + 1)  # `stdout_lines`


def _entry_or_inner(value: Json, host: str | None, deep: int) -> Iterator[Json]:
    """The object itself where it has a message; else what is inside."""
    if (body := _map_of(value.get("body"))) is not None:
        yield _with(host, {"timestamp": time_of(value), **body})
    elif message_of(value) is not None or "MESSAGE" in value or "jsonPayload" in value or "textPayload" in value:
        yield _with(host, value)
    else:
        yield from inner_entries(value, host, deep)


def _with(host: str | None, value: Json) -> Json:
    return value if host is None or host_of(value) is not None else {**value, "hostname": host}


def _map_of(body: object) -> Json | None:
    """OpenTelemetry's map of values, `{"kvlistValue": {"values": [{"key": K, "value": {"stringValue": V}}]}}`, or a plain one."""
    if not isinstance(body, dict):
        return None
    inner = body.get("kvlistValue")
    if isinstance(inner, dict):
        return dict(_attributes(inner.get("values")))
    return body if "MESSAGE" in body or message_of(body) is not None else None


def _attributes(values: object) -> Iterator[tuple[str, object]]:
    for pair in values if isinstance(values, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("key"), str) and isinstance(pair.get("value"), dict):
            yield pair["key"], next(iter(pair["value"].values()), None)


def _of_attributes(resource: Mapping[str, object]) -> str | None:
    return _named(dict(_attributes(resource.get("attributes")))) or _named(resource)
