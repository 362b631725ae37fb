"""JSON transports: the journal's, dmesg's, containers', clouds' and anybody's lines with a message in them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from oomscope.read.clock.times import Clock
from oomscope.read.record import InputWarning, Record, Trust
from oomscope.read.transports import escapes
from oomscope.read.transports.family import SHARE
from oomscope.read.transports.journal import record_of_fields, with_underscores
from oomscope.read.transports.prefix import Peeled
from oomscope.read.transports.prefix_patterns import FACILITIES, ISO, LEVELS, MIN_INDENT, STAMPED
from oomscope.read.transports.prefix_record import record_of, trust_of
from oomscope.read.transports.prefixes import Peeler

Json = dict[str, Any]
_DECODER = json.JSONDecoder()  # strict: a string that does not end stops at the end of its line
MAX_DOCUMENT = 4 << 20
"""The most text that one record may take."""
FREE_LOOKS = 64 << 20
"""Characters that may be looked at in vain, beyond twice the stream's own: a stream of unfinished objects stays linear."""


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
        self._column: int | None = None  # of the text in what the newest record wrapped; None for no wrapped line

    def records(self, values: Iterable[tuple[Json, int, int]]) -> Iterator[Record]:
        """Objects as records. dmesg indents a record's further lines, and a container's log has an object a line."""
        held: Record | None = None
        column = 0
        for value, line, last in values:
            record = self.record(value, line, last)
            if record is None:
                self._pass_over(value, line)
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

    def _pass_over(self, value: Json, line: int) -> None:
        if self.words and _holds(value, self.words):
            self.passed_over += 1
            self.passed_line = self.passed_line or line

    def look(self, values: Iterable[Json]) -> None:
        """Look at objects of the input's beginning: what kind of input it is."""
        for value in values:
            self._shapes[_shape_of(value)] += 1
            self._looked = True

    def record(self, value: Json, line: int, last_line: int) -> Record | None:
        """One object as a record; None for one that holds no message, or whose values are of no use."""
        try:
            return self._record(value, line, last_line)
        except (RecursionError, ArithmeticError, MemoryError, ValueError):
            return None

    def _record(self, value: Json, line: int, last_line: int) -> Record | None:
        self._column = None
        for kind, read in _SHAPES:
            if (record := read(self, value, line, last_line)) is not None:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                shape = _shape_of(value)
                if not self._looked:
                    self._shapes[shape] += 1
                if record.trust != "text" and self._foreign(kind, shape):
                    # one journal among other objects is what a program wrote that wants to be taken for a journal
                    record = record._replace(trust="text", contained=True)
                return record
        return None

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
            if record is not None:  # the cloud's agent attests nothing
                trust: Trust = "tag" if record.trust == "kernel" else record.trust
                record = record._replace(trust="text" if contained else trust, contained=contained)
            else:
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
        ident = next((value[k] for k in _IDENTS if isinstance(value.get(k), str)), None)
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

    def _iso(self, time: object) -> float | None:
        """RFC 3339, or epoch seconds or milliseconds (CloudWatch)."""
        if isinstance(time, str) and (match := ISO.match(time, 0)):
            year, month, day, clock, fraction, zone = match.groups()
            return self._clock.full(int(year), int(month), int(day), clock, fraction, zone)
        if isinstance(time, int | float) and not isinstance(time, bool) and 1e8 < time < 1e14:
            return time / 1000 if time > 1e11 else float(time)
        return None


_COLLECTED = ("date", "@timestamp", "timestamp")
"""Where collectors put the time of an entry of the journal."""
_IDENTS = ("ident", "syslog_identifier", "program", "appname", "tag")
"""Where collectors put a syslog tag."""

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
    return "tagged" if any(isinstance(value.get(key), str) for key in _IDENTS) else "json"


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


def json_line(text: str) -> Json | None:
    """Return the object that a line is, or None."""
    try:
        value = _DECODER.decode(text.strip().removeprefix("data:").removeprefix("\x1e"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


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
        warnings.append(broken_warning(stream.broken, stream.broken_line))


def first_objects(text: str) -> Iterator[Json]:
    """The objects that the beginning of a stream holds as a whole; one that it cuts is not looked into."""
    return (value for value, _, _ in _Objects(1).feed(text, final=False))


def broken_warning(count: int, line: int | None) -> InputWarning:
    """Return the warning that records were passed over."""
    records = "1 record is not whole JSON and was" if count == 1 else f"{count} records are not whole JSON and were"
    return InputWarning("broken-json", f"{records} left out", line)


class _Objects:
    """What is held of the stream until it makes an object, and the line where that begins."""

    def __init__(self, line: int) -> None:
        self._held, self._line = "", line
        self.broken = 0
        self.broken_line: int | None = None
        self._taken = self._vain = 0  # characters that came, and that were looked at without an object in them
        self._wait = 0  # characters that must be held before the open object is looked at again

    def feed(self, text: str, *, final: bool) -> Iterator[tuple[Json, int, int]]:
        self._taken += len(text)
        held, at = self._held + text, 0
        if len(held) < self._wait and not final:
            self._held = held
            return
        self._wait = 0
        while (start := held.find("{", at)) >= 0:
            start = _unwrapped(held, start)
            value, end, more = self._object(held, start, final=final)
            if more:
                self._wait = 2 * (len(held) - start)
                break
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

    def _object(self, held: str, start: int, *, final: bool) -> tuple[Json | None, int, bool]:
        """The object at `start`, where it ends or the search goes on, and whether it may yet become whole."""
        if self._vain > 2 * self._taken + FREE_LOOKS:
            end = _next_line(held, start)  # too many that never end: only such as stand on one line
            return json_line(held[start:end]), end, False
        try:
            value, end = _DECODER.raw_decode(held, start)
        except (ValueError, RecursionError) as error:
            stop = error.pos if isinstance(error, json.JSONDecodeError) else len(held)
            if isinstance(error, json.JSONDecodeError) and error.msg.startswith("Unterminated string"):
                stop = len(held)
            self._vain += stop - start
            unfinished = isinstance(error, json.JSONDecodeError) and stop >= len(held) - _LONGEST_TOKEN
            if unfinished and not final and len(held) - start < MAX_DOCUMENT:
                return None, start, True
            return None, _next_line(held, start), False
        return value, end, False


_LONGEST_TOKEN = 32  # of a number or a word that the end of what is held may have cut


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
