"""JSON transports: the journal's, dmesg's, containers', clouds' and anybody's lines with a message in them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from oomscope.read.clock.times import Clock
from oomscope.read.record import InputWarning, Record
from oomscope.read.transports import escapes
from oomscope.read.transports.journal import record_of_fields
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import FACILITIES, ISO, LEVELS, MIN_INDENT, STAMPED
from oomscope.read.transports.prefix_record import record_of, trust_of
from oomscope.read.transports.prefixes import Peeler

Json = dict[str, Any]
_DECODER = json.JSONDecoder()  # strict: a string that does not end stops at the end of its line
MAX_DOCUMENT = 4 << 20
"""The most text that one record may take."""
MAX_BROKEN = 1_000
"""Broken records after which a stream is not read on: each may have cost a look at `MAX_DOCUMENT`."""


class JsonReader:
    """Objects to records. Counts the transports that it met, as the line reader does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._peeler = Peeler(clock)
        self.kinds: dict[str, int] = {}
        self._column: int | None = None  # of the text in what the newest record wrapped; None for no wrapped line

    def records(self, values: Iterable[tuple[Json, int, int]]) -> Iterator[Record]:
        """Objects as records. dmesg indents a record's further lines, and a container's log has an object a line."""
        held: Record | None = None
        column = 0
        for value, line, last in values:
            record = self.record(value, line, last)
            if record is None:
                continue
            more = self._column == 0 and column >= MIN_INDENT and record.text[:column].isspace()
            if held is not None and more and _later(held, record):
                held = held._replace(text=f"{held.text}\n{record.text[column:]}", last_line=last)
                continue
            if held is not None:
                yield held
            held, column = record, self._column or 0
        if held is not None:
            yield held

    def record(self, value: Json, line: int, last_line: int) -> Record | None:
        """One object as a record; None for one that holds no message."""
        self._column = None
        for kind, shape in _SHAPES:
            if (record := shape(self, value, line, last_line)) is not None:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                return record
        return None

    def line(self, text: str, number: int) -> Record | None:
        """A JSON object that stands alone on its line, between lines of another kind."""
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError):
            return None
        return self.record(value, number, number) if isinstance(value, dict) else None

    # -- shapes ----------------------------------------------------------------------------------------------------

    def _journal(self, value: Json, line: int, last: int) -> Record | None:
        """sample:: {"_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"zram: Added device: zram0"}"""
        if "MESSAGE" not in value:
            return None
        return record_of_fields({key: _text(field) for key, field in value.items()}, line, last)

    def _dmesg(self, value: Json, line: int, last: int) -> Record | None:
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

    def _docker(self, value: Json, line: int, last: int) -> Record | None:
        """sample:: {"log":"[  139.2] bash: text\\n","stream":"stdout","time":"2025-01-02T15:04:05Z"}"""
        if not isinstance(value.get("log"), str) or "stream" not in value:
            return None
        return self._inner(value["log"], value.get("time"), None, line, last)

    def _cloud(self, value: Json, line: int, last: int) -> Record | None:
        """Cloud Logging: jsonPayload is often a journal entry; textPayload is what a container or an agent wrote."""
        payload = value.get("jsonPayload")
        time = value.get("timestamp")
        host = _label(value)
        if isinstance(payload, dict):
            record = self._journal(payload, line, last)
            if record is None:
                text = next((payload[k] for k in ("message", "msg", "log") if isinstance(payload.get(k), str)), None)
                record = self._inner(text, time, host, line, last) if text is not None else None
            if record is not None and record.wall_seconds is None and (wall := self._iso(time)) is not None:
                record = record._replace(wall_seconds=wall, wall_source="prefix")
            return record if record is None or record.host else record._replace(host=host)
        text = value.get("textPayload")
        return self._inner(text, time, host, line, last) if isinstance(text, str) else None

    def _generic(self, value: Json, line: int, last: int) -> Record | None:
        text = next((value[k] for k in ("message", "log", "msg", "@message") if isinstance(value.get(k), str)), None)
        if text is None:
            return None
        time = next((value[k] for k in ("timestamp", "@timestamp", "time", "ts", "date") if k in value), None)
        host = next((value[k] for k in ("hostname", "host", "node") if isinstance(value.get(k), str)), None)
        record = self._inner(text, time, host, line, last)
        ident = next(
            (
                value[k]
                for k in ("ident", "syslog_identifier", "program", "appname", "tag")
                if isinstance(value.get(k), str)
            ),
            None,
        )
        if ident is None or record.ident is not None:
            return record
        return record._replace(ident=ident, trust="tag" if ident == "kernel" else "text")

    def _inner(self, text: str, time: object, host: str | None, line: int, last: int) -> Record:
        """What was wrapped may have a prefix of its own."""
        text = text.rstrip("\r\n")
        if "\x1b" in text:
            text = escapes.strip_ansi(text)
        peeled = self._peeler.peel(text) or Peeled(text=text)
        self._column = peeled.width
        peeled.wrapped, peeled.stamped = True, peeled.kind in STAMPED
        if peeled.kind == "kmsg":
            peeled.text = escapes.kmsg_unescape(peeled.text)
        if (wall := self._iso(time)) is not None and (peeled.wall is None or "inferred" in (peeled.wall_source or "")):
            peeled.wall, peeled.wall_source = wall, "prefix"
        peeled.host = peeled.host or host
        return record_of(peeled, line, last, None)._replace(trust=trust_of(peeled))

    def _iso(self, time: object) -> float | None:
        """RFC 3339, or epoch seconds or milliseconds (CloudWatch)."""
        if isinstance(time, str) and (match := ISO.match(time, 0)):
            year, month, day, clock, fraction, zone = match.groups()
            return self._clock.full(int(year), int(month), int(day), clock, fraction, zone)
        if isinstance(time, int | float) and not isinstance(time, bool) and 1e8 < time < 1e14:
            return time / 1000 if time > 1e11 else float(time)
        return None


_SHAPES = (
    ("journal-json", JsonReader._journal),
    ("dmesg-json", JsonReader._dmesg),
    ("cloud-logging", JsonReader._cloud),
    ("docker-json", JsonReader._docker),
    ("json", JsonReader._generic),
)


def _later(before: Record, after: Record) -> bool:
    """Not of a console that lists the newest first."""
    return (before.wall_seconds or 0.0) <= (after.wall_seconds or 0.0)


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


def as_numbers(marker: bytes) -> bytes:
    """A literal as journalctl writes a message that holds a control character: an array of its bytes."""
    return ",".join(map(str, marker)).encode()


def objects(texts: Iterable[str], warnings: list[InputWarning], line: int = 1) -> Iterator[tuple[Json, int, int]]:
    """The objects of a JSON stream with their first and last line: one a line, pretty, in an array, SSE or JSON-seq.

    Bounded: what does not become an object within `MAX_DOCUMENT` is skipped to the next line that starts one.
    """
    stream = _Objects(line)
    for text in texts:
        yield from stream.feed(text, final=False)
    yield from stream.feed("", final=True)
    if stream.broken:
        warnings.append(
            InputWarning(
                "broken-json", f"{stream.broken} records are not whole JSON and were left out", stream.broken_line
            )
        )


class _Objects:
    """What is held of the stream until it makes an object, and the line where that begins."""

    def __init__(self, line: int) -> None:
        self._held, self._line = "", line
        self.broken, self.broken_line = 0, None

    broken_line: int | None

    def feed(self, text: str, *, final: bool) -> Iterator[tuple[Json, int, int]]:
        held, at = self._held + text, 0
        while self.broken < MAX_BROKEN and (start := held.find("{", at)) >= 0:
            start = _unwrapped(held, start)
            try:
                value, end = _DECODER.raw_decode(held, start)
            except (ValueError, RecursionError) as error:
                if isinstance(error, ValueError) and not final and len(held) - start < MAX_DOCUMENT:
                    break
                value, end = None, _next_line(held, start)
            self._line += held.count("\n", at, start)
            last = self._line + held.count("\n", start, end)
            if value is not None:
                yield value, self._line, last
            else:
                self.broken, self.broken_line = self.broken + 1, self.broken_line or self._line
            at, self._line = end, last
        else:
            self._line += held.count("\n", at)
            at = len(held)
        self._held = held[at:]


def _unwrapped(held: str, start: int) -> int:
    """`{"dmesg": [ {`, `{"events": [ {`: the list in an object of one key, entered instead of read as a whole."""
    head = held[start : start + 80]
    for name in ("dmesg", "events", "entries", "logs", "value"):
        quoted = head[1:].lstrip()
        if quoted.startswith(f'"{name}"'):
            rest = quoted[len(name) + 2 :].lstrip()
            if rest.startswith(":") and rest[1:].lstrip().startswith("["):
                inner = held.find("{", start + 1)
                return inner if inner >= 0 else start
    return start


def _next_line(held: str, start: int) -> int:
    end = held.find("\n", start)
    return len(held) if end < 0 else end + 1
