"""What one object of JSON says: an entry of the journal, a record of dmesg, what a container or a cloud's agent wrapped."""

from typing import Any

from oomscope.patterns import lazy
from oomscope.read.clock.times import Clock, month_number
from oomscope.read.record import Record, Trust
from oomscope.read.transports import escapes
from oomscope.read.transports.journal import record_of_fields, with_underscores
from oomscope.read.transports.json_fields import (
    host_of,
    ident_of,
    is_of_a_log_file,
    journal_of,
    message_of,
    time_of,
)
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import FACILITIES, ISO, LEVELS, STAMPED
from oomscope.read.transports.prefix_record import record_of, trust_of
from oomscope.read.transports.prefixes import Peeler

Json = dict[str, Any]
_KIBANA = lazy(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}), (\d{4}) @ (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")

_COLLECTED = ("date", "@timestamp", "timestamp")
"""Where collectors put the time of an entry of the journal."""


class JsonShapes:
    """Reads an object as one of the known shapes; None for one that is of another."""

    def __init__(self, clock: Clock, peeler: Peeler) -> None:
        self._clock, self._peeler = clock, peeler
        self.column: int | None = None
        """Of the text in what the newest record wrapped; None for no wrapped line."""

    def journal(self, value: Json, line: int, last: int) -> Record | None:
        """sample:: {"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"zram: Added device: zram0"}"""
        if "MESSAGE" not in value:
            return None
        fields = {key: _text(field) for key, field in value.items()}
        if isinstance(value.get("_TRANSPORT"), list):
            fields["_TRANSPORT"] = None  # journald writes one
        record = record_of_fields(with_underscores(fields), line, last)
        if record is None or record.wall_seconds is not None:
            return record
        wall = next((at for key in _COLLECTED if (at := self._iso(value.get(key))) is not None), None)
        return record if wall is None else record._replace(wall_seconds=wall, wall_source="prefix")

    def dmesg(self, value: Json, line: int, last: int) -> Record | None:
        """sample:: {"pri": 6, "time":     1.585341, "msg": "Freeing unused kernel image memory: 1908K"}"""
        text, time = value.get("msg"), value.get("time")
        if not isinstance(text, str) or "pri" not in value:
            return None
        peeled = Peeled(text, "dmesg-json")
        peeled.attested = True
        peeled.monotonic = float(time) if isinstance(time, int | float) and 0 <= time < 1e12 else None
        priority, facility = value["pri"], value.get("fac")
        if isinstance(priority, int) and 0 <= priority < 1024:
            peeled.facility, peeled.level = divmod(priority, 8)
        elif isinstance(priority, str):
            peeled.level = LEVELS.get(priority)
        if isinstance(facility, str):
            peeled.facility = FACILITIES.index(facility) if facility in FACILITIES else 1
        caller = value.get("caller")
        peeled.caller = caller if isinstance(caller, str) else None
        return record_of(peeled, line, last, None)

    def docker(self, value: Json, line: int, last: int) -> Record | None:
        """sample:: {"log":"[  139.2] bash: text\\n","stream":"stdout","time":"2025-01-02T15:04:05Z"}"""
        if not isinstance(value.get("log"), str) or "stream" not in value:
            return None
        return self.inner(value["log"], value.get("time"), None, line, last)

    def cloud(self, value: Json, line: int, last: int) -> Record | None:
        """Cloud Logging: jsonPayload is often a journal entry; textPayload is what a container or an agent wrote."""
        payload = value.get("jsonPayload")
        contained = _of_a_container(value)
        time = value.get("timestamp")
        host = _label(value)
        if isinstance(payload, dict):
            record = self.journal(payload, line, last)
            if record is not None:
                record = unattested(record)
                record = record._replace(trust="text" if contained else record.trust, contained=contained)
            else:
                text = next((payload[k] for k in ("message", "msg", "log") if isinstance(payload.get(k), str)), None)
                record = self.inner(text, time, host, line, last) if text is not None else None
            if record is not None and record.wall_seconds is None and (wall := self._iso(time)) is not None:
                record = record._replace(wall_seconds=wall, wall_source="prefix")
            return record if record is None or record.host else record._replace(host=host)
        text = value.get("textPayload")
        return self.inner(text, time, host, line, last) if isinstance(text, str) else None

    def generic(self, value: Json, line: int, last: int) -> Record | None:
        """What any other program wraps: see `json_fields` for the names."""
        if (fields := journal_of(value)) is not None and (entry := self.journal(fields, line, last)) is not None:
            return self.at(unattested(entry), time_of(value))
        text = message_of(value)
        if text is None:
            return None
        if "involvedObject" in value:  # an event of Kubernetes, which quotes the kernel
            text = f"{value.get('reason')} {text}"
            return self.inner(text, time_of(value), None, line, last)._replace(trust="text", contained=False)
        record = self.inner(text, time_of(value), host_of(value), line, last)
        if isinstance(value.get("sec"), int) and isinstance(value.get("usec"), int) and "priority" in value:
            # fluent-bit's kmsg input: the facility is left out, so a program may have written the record
            seconds = value["sec"] + value["usec"] / 1e6
            return record._replace(monotonic_seconds=seconds, ident="kernel", trust="tag", contained=False)
        ident = ident_of(value)
        if record.ident == "kernel" and is_of_a_log_file(value):
            return record._replace(contained=False)
        if ident is None or record.ident is not None:
            return record
        if ident != "kernel":
            return record._replace(ident=ident, trust="text")
        return record._replace(ident=ident, trust="tag", contained=False)

    def inner(self, text: str, time: object, host: str | None, line: int, last: int) -> Record:
        """What was wrapped may have a prefix of its own."""
        text = text.rstrip("\r\n")
        if "\x1b" in text:
            text = escapes.strip_ansi(text)
        peeled = self._peeler.peel(text) or Peeled(text=text)
        self.column = peeled.width
        peeled.wrapped, peeled.stamped = True, peeled.kind in STAMPED
        if peeled.kind == "kmsg":
            peeled.text = escapes.kmsg_unescape(peeled.text)
        if (wall := self._iso(time)) is not None and (peeled.wall is None or "inferred" in (peeled.wall_source or "")):
            peeled.wall, peeled.wall_source = wall, "prefix"
        peeled.host = peeled.host or host
        return record_of(peeled, line, last, None)._replace(trust=trust_of(peeled))

    def at(self, record: Record, time: object) -> Record:
        """The record with a time, where it has none of its own."""
        wall = self._iso(time) if record.wall_seconds is None else None
        return record if wall is None else record._replace(wall_seconds=wall, wall_source="prefix")

    def _iso(self, time: object) -> float | None:
        """RFC 3339, Kibana's, or a count since the epoch: seconds, or the milli-, micro- or nanoseconds of log stores."""
        if isinstance(time, str):
            if match := ISO.match(time, 0):
                year, month, day, clock, fraction, zone = match.groups()
                return self._clock.full(int(year), int(month), int(day), clock, fraction, zone)
            if (match := _KIBANA.match(time)) and (number := month_number(match[1])) is not None:
                return self._clock.full(int(match[3]), number, int(match[2]), match[4], match[5], None)
            time = int(time) if time.isascii() and time.isdecimal() and 9 <= len(time) <= 20 else None
        if isinstance(time, int | float) and not isinstance(time, bool):
            for unit, least in ((1e9, 1e17), (1e6, 1e14), (1e3, 1e11), (1.0, 1e8)):
                if least < time < 1e20:
                    return time / unit
        return None


SHAPES = (
    ("journal-json", JsonShapes.journal),
    ("dmesg-json", JsonShapes.dmesg),
    ("cloud-logging", JsonShapes.cloud),
    ("docker-json", JsonShapes.docker),
    ("json", JsonShapes.generic),
)


def unattested(record: Record) -> Record:
    """The record as one that a shipper or a cloud's agent hands on, which attests nothing."""
    trust: Trust = "tag" if record.trust == "kernel" else record.trust
    return record._replace(trust=trust)


def _of_a_container(value: Json) -> bool:
    """True if a Cloud Logging entry holds what a container printed."""
    resource, name = value.get("resource"), value.get("logName")
    kind = resource.get("type") if isinstance(resource, dict) else None
    return kind in ("k8s_container", "k8s_pod", "cloud_run_revision", "cloud_run_job", "container") or (
        isinstance(name, str) and name.rsplit("/", 1)[-1].rsplit("%2F", 1)[-1] in ("stdout", "stderr")
    )


def _text(value: object) -> str | None:
    """A journal field: a string, bytes as an array of numbers, the first of several strings, null where it was long."""
    match value:
        case str():
            return value
        case list() if value and all(isinstance(n, int) and 0 <= n < 256 for n in value):
            return bytes(value).decode("utf-8", "surrogateescape")
        case [str() as first, *_]:
            return first
        case bool() | None:
            return None
        case int():
            return str(value)
    return None


def _label(value: Json) -> str | None:
    """Cloud Logging: the node that the entry is about."""
    for path in (("resource", "labels", "node_name"), ("labels", "compute.googleapis.com/resource_name")):
        inner: Any = value
        for key in path:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, str):
            return inner
    return None
