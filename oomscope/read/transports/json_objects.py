"""JSON transports: the journal's, dmesg's, containers', clouds' and anybody's lines with a message in them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from oomscope.patterns import lazy
from oomscope.read.clock.times import Clock, month_number
from oomscope.read.record import Record, Trust
from oomscope.read.transports import escapes
from oomscope.read.transports.family import SHARE, WHOLE
from oomscope.read.transports.journal import may_be_of_interest, record_of_fields, with_underscores
from oomscope.read.transports.json_fields import (
    IDENTS,
    host_of,
    ident_of,
    inner_entries,
    is_of_a_log_file,
    journal_of,
    message_of,
    time_of,
)
from oomscope.read.transports.json_stream import json_line
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import FACILITIES, ISO, LEVELS, MIN_INDENT, STAMPED
from oomscope.read.transports.prefix_record import record_of, trust_of
from oomscope.read.transports.prefixes import Peeler

Json = dict[str, Any]
_KIBANA = lazy(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}), (\d{4}) @ (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")


class JsonReader:
    """Objects to records. Counts the transports that it met, as the line reader does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._peeler = Peeler(clock)
        self.kinds: dict[str, int] = {}
        self._shapes: Counter[str] = Counter()  # of the objects in the input's beginning; without any, of those so far
        self._looked = False
        self.words: Sequence[str] = ()  # that are looked for in objects without a message
        self.passed_over, self.passed_line = 0, 0  # such objects that hold one, and the line of the first
        self.emptied, self.emptied_line = 0, 0  # entries of a journal whose message was left out
        self._column: int | None = None  # of the text in what the newest record wrapped; None for no wrapped line

    def records(self, values: Iterable[tuple[Json, int, int]]) -> Iterator[Record]:
        """Objects as records. dmesg indents a record's further lines, and a container's log has an object a line."""
        held: Record | None = None
        column = 0
        for record, last in self._each(values):
            more = self._column == 0 and column >= MIN_INDENT and record.text[:column].isspace()
            if held is not None and more and _later(held, record):
                held = held._replace(text=f"{held.text}\n{record.text[column:]}", last_line=last)
                continue
            if held is not None:
                yield held
            held, column = record, self._column or 0
        if held is not None:
            yield held

    def _pass_over(self, value: Json, line: int) -> None:
        if value.get("MESSAGE", "") is None and may_be_of_interest(value.get("SYSLOG_IDENTIFIER")):
            self.emptied += 1
            self.emptied_line = self.emptied_line or line
        if self.words and _holds(value, self.words):
            self.passed_over += 1
            self.passed_line = self.passed_line or line

    def _each(self, values: Iterable[tuple[Json, int, int]]) -> Iterator[tuple[Record, int]]:
        """The records of each object, with its last line: its own, those of the lines in its message, or of the objects in it."""
        for value, line, last in values:
            record = self.record(value, line, last)
            if record is None:
                some = False
                for inner in self._inside(value, line, last):
                    some = True
                    yield inner, last
                if not some:
                    self._pass_over(value, line)
            elif "\n" in record.text and "MESSAGE" not in value and "pri" not in value:
                for part in self._lines_of(record):
                    yield part, last
            else:
                yield record, last

    def _inside(self, value: Json, line: int, last: int) -> Iterator[Record]:
        """The entries of a log store's answer; where few objects of the input are such, a program wrote what is inside."""
        foreign = self._shapes["nested"] < SHARE * self._shapes.total()
        for entry in inner_entries(value):
            record = self.record(entry, line, last, inside=True)
            if record is not None and foreign:
                yield record._replace(trust="text", contained=True)
            elif record is not None:
                yield from self._lines_of(record) if "\n" in record.text and record.contained else (record,)

    def _lines_of(self, record: Record) -> Iterator[Record]:
        """A message that is a whole log: a record a line. A record that only has several lines stays one."""
        first, *rest = record.text.split("\n")
        if not any(self._peeler.peel(text) is not None for text in rest):
            yield record
            return
        self._column = None
        held = record._replace(text=first)
        for text in rest:
            if self._peeler.peel(text) is None and (not text.strip() or text[:MIN_INDENT].isspace()):
                held = held._replace(text=f"{held.text}\n{text.strip()}") if text.strip() else held
                continue
            yield held
            held = self._inner(text, record.wall_seconds, record.host, record.line, record.last_line)
        yield held

    def look(self, values: Iterable[Json]) -> None:
        """Look at objects of the input's beginning: what kind of input it is."""
        for value in values:
            self._shapes[_shape_of(value)] += 1
            self._looked = True

    def record(self, value: Json, line: int, last_line: int, *, inside: bool = False) -> Record | None:
        """One object as a record; None for one that holds no message, or whose values are of no use.

        `inside`: it stands in another object, whose writer attests nothing.
        """
        try:
            return self._record(value, line, last_line, inside=inside)
        except (RecursionError, ArithmeticError, MemoryError, ValueError):
            return None

    def _record(self, value: Json, line: int, last_line: int, *, inside: bool) -> Record | None:
        self._column = None
        for kind, read in _SHAPES:
            if (record := read(self, value, line, last_line)) is not None:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                if inside:
                    return self._at(_unattested(record), time_of(value))
                shape = _shape_of(value)
                if not self._looked:
                    self._shapes[shape] += 1
                if record.trust != "text" and self._foreign(kind, shape):
                    # one journal among other objects is what a program wrote that wants to be taken for a journal
                    record = record._replace(trust="text", contained=True)
                return record if self._is_whole(shape) else _unattested(record)
        return None

    def _is_whole(self, shape: str) -> bool:
        """True if (nearly) all objects are of this kind: in a stream that others write to, a record attests nothing."""
        others = self._shapes.total() - self._shapes[shape]
        return others <= max(1, (1 - WHOLE) * self._shapes.total())

    def _foreign(self, kind: str, shape: str) -> bool:
        """True for an object that is not of the kind that most are of."""
        most = SHARE * self._shapes.total()
        if self._shapes[shape] >= most:
            return False
        return kind in _ATTESTING or self._shapes["journal"] >= most or self._shapes["dmesg"] >= most

    def line(self, text: str, number: int) -> Record | None:
        """A JSON object that stands alone on its line, between lines of another kind: text, whatever it says of itself."""
        value = json_line(text)
        record = self.record(value, number, number) if value is not None else None
        return record._replace(trust="text", contained=True) if record is not None else None

    def alone(self, text: str, number: int) -> Record | None:
        """A line of JSON out of an input of such lines."""
        value = json_line(text)
        return self.record(value, number, number) if value is not None else None

    # -- shapes ----------------------------------------------------------------------------------------------------

    def _journal(self, value: Json, line: int, last: int) -> Record | None:
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
        contained = _of_a_container(value)
        time = value.get("timestamp")
        host = _label(value)
        if isinstance(payload, dict):
            record = self._journal(payload, line, last)
            if record is not None:
                record = _unattested(record)
                record = record._replace(trust="text" if contained else record.trust, contained=contained)
            else:
                text = next((payload[k] for k in ("message", "msg", "log") if isinstance(payload.get(k), str)), None)
                record = self._inner(text, time, host, line, last) if text is not None else None
            if record is not None and record.wall_seconds is None and (wall := self._iso(time)) is not None:
                record = record._replace(wall_seconds=wall, wall_source="prefix")
            return record if record is None or record.host else record._replace(host=host)
        text = value.get("textPayload")
        return self._inner(text, time, host, line, last) if isinstance(text, str) else None

    def _generic(self, value: Json, line: int, last: int) -> Record | None:
        """What any other program wraps: see `json_fields` for the names."""
        if (fields := journal_of(value)) is not None and (entry := self._journal(fields, line, last)) is not None:
            return self._at(_unattested(entry), time_of(value))
        text = message_of(value)
        if text is None:
            return None
        if "involvedObject" in value:  # an event of Kubernetes, which quotes the kernel
            text = f"{value.get('reason')} {text}"
            return self._inner(text, time_of(value), None, line, last)._replace(trust="text", contained=False)
        record = self._inner(text, time_of(value), host_of(value), line, last)
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

    def _at(self, record: Record, time: object) -> Record:
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


_COLLECTED = ("date", "@timestamp", "timestamp")
"""Where collectors put the time of an entry of the journal."""

_SHAPES = (
    ("journal-json", JsonReader._journal),
    ("dmesg-json", JsonReader._dmesg),
    ("cloud-logging", JsonReader._cloud),
    ("docker-json", JsonReader._docker),
    ("json", JsonReader._generic),
)


_ATTESTING = ("journal-json", "dmesg-json", "json")


def _shape_of(value: Json) -> str:
    """Return what kind of log an object is of."""
    if (
        "__CURSOR" in value
        or "__REALTIME_TIMESTAMP" in value
        or ("MESSAGE" in value and any(k[:1] == "_" for k in value))
    ):
        return "journal"
    if "MESSAGE" in value:
        return "journal"
    if "msg" in value and "pri" in value:
        return "dmesg"
    if "jsonPayload" in value or "textPayload" in value:
        return "cloud"
    if "log" in value and "stream" in value:
        return "docker"
    if message_of(value) is None:
        return "nested"
    return "tagged" if any(isinstance(value.get(key), str) for key in IDENTS) else "json"


def _unattested(record: Record) -> Record:
    """The record as one that a shipper or a cloud's agent hands on, which attests nothing."""
    trust: Trust = "tag" if record.trust == "kernel" else record.trust
    return record._replace(trust=trust)


def _holds(value: object, words: Sequence[str]) -> bool:
    """True if a text anywhere in the value holds one of the words."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if any(word in one for word in words):
                return True
        elif isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def _of_a_container(value: Json) -> bool:
    """True if a Cloud Logging entry holds what a container printed."""
    resource, name = value.get("resource"), value.get("logName")
    kind = resource.get("type") if isinstance(resource, dict) else None
    return kind in ("k8s_container", "k8s_pod", "cloud_run_revision", "cloud_run_job", "container") or (
        isinstance(name, str) and name.rsplit("/", 1)[-1].rsplit("%2F", 1)[-1] in ("stdout", "stderr")
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
