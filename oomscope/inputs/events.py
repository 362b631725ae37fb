"""Events from `kubectl get events -A -o json`: starts, back-offs, failed probes, evictions, and who reported an OOM.

sample:: {"reason": "SystemOOM", "message": "System OOM encountered, victim process: java, pid: 4711",
"involvedObject": {"kind": "Node", "name": "node-1"}, "count": 1, "lastTimestamp": "2026-01-05T10:00:00Z"}

Both spellings are read: v1, and events.k8s.io/v1 with `regarding`, `note` and `deprecated…`.
"""

from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.inputs.pods import moment
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import Object, documents, rows, table, whole, word
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

_EXPECTED = "what `kubectl get events -A -o json` prints"
_FIELD = lazy(r"spec\.(?:containers|initContainers|ephemeralContainers)\{(.{1,253})\}")


class Event(NamedTuple):
    """One event, which may stand for `times` equal ones. Times are seconds since the epoch."""

    reason: str
    message: str
    kind: str | None  # of what it is about: Pod, Node
    namespace: str | None
    name: str | None
    uid: str | None
    container: str | None
    node: str | None  # whose kubelet says so
    first: float | None
    last: float | None
    times: int


def read_events(path: str) -> tuple[Event, ...]:
    """Return the events in a file. Raises InputError if it cannot be read, is no JSON, or holds something else."""
    return parse_events(read_text(path, "give the events of one namespace"), safe_line(path))


def parse_events(text: str, place: str) -> tuple[Event, ...]:
    """Return the events in a text; an empty List has none. Raises InputError if it holds something else."""
    found: list[Event] = []
    listed = False
    for document in documents(text, place, _EXPECTED):
        whole_list = isinstance(document, list) or (isinstance(document, dict) and "items" in document)
        listed |= whole_list
        some = rows(document) or rows(document, "items") if whole_list else rows([document])
        found += [event for one in some if (event := _event(one)) is not None]
    if not found and not listed:
        raise InputError(f"{place}: no event in it; expected {_EXPECTED}")
    return tuple(found)


def _event(one: Object) -> Event | None:
    reason = word(one, "reason")
    about = table(one, "involvedObject") or table(one, "regarding")
    if reason is None or one.get("kind", "Event") != "Event" or not about:
        return None
    at = moment(word(one, "eventTime"))
    first = moment(word(one, "firstTimestamp") or word(one, "deprecatedFirstTimestamp")) or at
    last = moment(
        word(one, "series", "lastObservedTime") or word(one, "lastTimestamp") or word(one, "deprecatedLastTimestamp")
    )
    field = _FIELD.fullmatch(word(about, "fieldPath") or "")
    counts = (whole(one, "series", "count"), whole(one, "count"), whole(one, "deprecatedCount"))
    return Event(
        reason=reason,
        message=word(one, "message") or word(one, "note") or "",
        kind=word(about, "kind"),
        namespace=word(about, "namespace"),
        name=word(about, "name"),
        uid=word(about, "uid"),
        container=field[1] if field else None,
        node=_node(one, about),
        first=first if first is not None else last,
        last=last if last is not None else first,
        times=max(next((n for n in counts if n), 1), 1),
    )  # fmt: skip


def _node(one: Object, about: Object) -> str | None:
    if word(about, "kind") == "Node":
        return word(about, "name")
    return word(one, "source", "host") or word(one, "deprecatedSource", "host") or word(one, "reportingInstance")
