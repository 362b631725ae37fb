"""Lines from Loki: query_range in pages, oldest first, as `logcli --output=jsonl` writes them."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from oomscope.errors import InputError, UsageError
from oomscope.fleet.log_question import Question, answered

PAGE: Final = 5_000
"""Lines of one answer: what a Loki gives at most unless it is told otherwise (max_entries_limit_per_query)."""
_BY: Final = ("node_name", "node", "nodename", "hostname", "host", "kubernetes_host", "instance")
"""Labels that shippers name the node by. Others, such as a level, would tear a node's report apart."""
_SECOND: Final = 1_000_000_000


class _Entry(NamedTuple):
    at: int
    labels: str
    line: str


def nodes(ask: Question) -> list[Question]:
    """Return a question for each node that the query finds. Raises InputError and UsageError."""
    selector, _ = _parts(ask.query)
    fields = {"match[]": selector, "start": str(ask.start), "end": str(ask.end)}
    streams = answered(ask, "GET", "/loki/api/v1/series", fields).get("data")
    if not isinstance(streams, list) or not all(isinstance(one, dict) for one in streams):
        raise InputError(f"{ask.base}: answers with something else than streams; is it the address of Loki?")
    by = ask.by or next((label for label in _BY if any(label in one for one in streams)), None)
    if by is None:
        return [ask] if streams else []
    found = sorted({str(one.get(by, "")) for one in streams})
    return [ask._replace(by=by, node=one) for one in found]


def pages(ask: Question) -> Iterator[bytes]:
    """Yield the lines of the question, some at a time. Raises InputError."""
    start, given = ask.start, Counter[_Entry]()
    fields = {"query": _of_node(ask), "end": str(ask.end), "limit": str(ask.page), "direction": "forward"}
    while True:
        entries = _entries(ask, {**fields, "start": str(start)})
        new = list(_without(entries, given))
        yield b"".join(map(_written, new))
        if len(entries) < ask.page:
            return
        if not new:
            raise InputError(
                f"{ask.base}: more than {ask.page:,} lines of one moment; narrow the query, or raise page="
            )
        start = entries[-1].at  # others of this moment may follow
        given = Counter(one for one in entries if one.at == start)


def _entries(ask: Question, fields: dict[str, str]) -> list[_Entry]:
    data = answered(ask, "GET", "/loki/api/v1/query_range", fields).get("data")
    if not isinstance(data, dict) or data.get("resultType") != "streams":
        raise InputError(f'{ask.base}: the query gives no lines; write one of streams, such as {{job="kernel"}}')
    try:
        found = [
            _Entry(int(value[0]), json.dumps(stream["stream"], sort_keys=True), str(value[1]))
            for stream in data["result"]
            for value in stream["values"]
        ]
    except (KeyError, TypeError, ValueError, IndexError):
        raise InputError(f"{ask.base}: a line in the answer has another form than Loki's") from None
    return sorted(found, key=lambda one: one.at)


def _without(entries: list[_Entry], given: "Counter[_Entry]") -> Iterator[_Entry]:
    """Yield the entries but for those that the page before had."""
    left = given.copy()
    for one in entries:
        if left[one] > 0:
            left[one] -= 1
        else:
            yield one


def _written(entry: _Entry) -> bytes:
    seconds, rest = divmod(entry.at, _SECOND)
    at = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
    row: dict[str, Any] = {"labels": json.loads(entry.labels), "line": entry.line, "timestamp": at}
    return json.dumps(row).encode() + b"\n"


def _of_node(ask: Question) -> str:
    """Return the query, narrowed to the lines of one node."""
    if ask.by is None or ask.node is None:
        return ask.query
    selector, rest = _parts(ask.query)
    return f"{selector[:-1].rstrip()}, {ask.by}={json.dumps(ask.node)}}}{rest}"


def _parts(query: str) -> tuple[str, str]:
    """Return the stream selector and what follows. Raises UsageError where there is none."""
    quote = None
    skip = False
    for n, letter in enumerate(query):
        if skip:
            skip = False
        elif quote is not None:
            skip = letter == "\\" and quote == '"'
            quote = None if letter == quote else quote
        elif letter in '"`':
            quote = letter
        elif letter == "}":
            if query.startswith("{") and query[1:n].strip():
                return query[: n + 1], query[n + 1 :]
            break
    raise UsageError('query= of Loki: begins with no stream selector; write one such as {job="kernel"}')
