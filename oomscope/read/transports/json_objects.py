"""JSON transports: the journal's, dmesg's, containers', clouds' and anybody's lines with a message in them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from oomscope.read.clock.times import Clock
from oomscope.read.record import Record
from oomscope.read.transports.family import SHARE, WHOLE
from oomscope.read.transports.journal import may_be_of_interest
from oomscope.read.transports.json_fields import (
    IDENTS,
    inner_entries,
    message_of,
    time_of,
)
from oomscope.read.transports.json_shapes import SHAPES, Json, JsonShapes, unattested
from oomscope.read.transports.json_stream import json_line
from oomscope.read.transports.prefix_patterns import MIN_INDENT
from oomscope.read.transports.prefixes import Peeler


class JsonReader:
    """Objects to records. Counts the transports that it met, as the line reader does."""

    def __init__(self, clock: Clock) -> None:
        self._peeler = Peeler(clock)
        self._one = JsonShapes(clock, self._peeler)
        self.kinds: dict[str, int] = {}
        self._shapes: Counter[str] = Counter()  # of the objects in the input's beginning; without any, of those so far
        self._looked = False
        self.words: Sequence[str] = ()  # that are looked for in objects without a message
        self.passed_over, self.passed_line = 0, 0  # such objects that hold one, and the line of the first
        self.emptied, self.emptied_line = 0, 0  # entries of a journal whose message was left out

    def records(self, values: Iterable[tuple[Json, int, int]]) -> Iterator[Record]:
        """Objects as records. dmesg indents a record's further lines, and a container's log has an object a line."""
        held: Record | None = None
        column = 0
        for record, last in self._each(values):
            more = self._one.column == 0 and column >= MIN_INDENT and record.text[:column].isspace()
            if held is not None and more and _later(held, record):
                held = held._replace(text=f"{held.text}\n{record.text[column:]}", last_line=last)
                continue
            if held is not None:
                yield held
            held, column = record, self._one.column or 0
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
        self._one.column = None
        held = record._replace(text=first)
        for text in rest:
            if self._peeler.peel(text) is None and (not text.strip() or text[:MIN_INDENT].isspace()):
                held = held._replace(text=f"{held.text}\n{text.strip()}") if text.strip() else held
                continue
            yield held
            held = self._one.inner(text, record.wall_seconds, record.host, record.line, record.last_line)
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
        self._one.column = None
        for kind, read in SHAPES:
            if (record := read(self._one, value, line, last_line)) is not None:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                if inside:
                    return self._one.at(unattested(record), time_of(value))
                shape = _shape_of(value)
                if not self._looked:
                    self._shapes[shape] += 1
                if record.trust != "text" and self._foreign(kind, shape):
                    # one journal among other objects is what a program wrote that wants to be taken for a journal
                    record = record._replace(trust="text", contained=True)
                return record if self._is_whole(shape) else unattested(record)
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


def _later(before: Record, after: Record) -> bool:
    """Not of a console that lists the newest first."""
    return (before.wall_seconds or 0.0) <= (after.wall_seconds or 0.0)


def as_numbers(marker: bytes) -> bytes:
    """A literal as journalctl writes a message that holds a control character: an array of its bytes."""
    return ",".join(map(str, marker)).encode()
