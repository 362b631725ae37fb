"""Log servers as inputs: a URL with a query becomes one input for each node that the query finds."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs

from oomscope.chosen import moment
from oomscope.errors import UsageError
from oomscope.fleet import elastic, loki
from oomscope.fleet.log_question import Question
from oomscope.inputs.http_ask import base_of
from oomscope.safe_text import safe_line

_KINDS: Final = {"loki": "loki", "elastic": "elastic", "opensearch": "elastic"}
PROTOCOLS: Final = frozenset(f"{kind}+{scheme}" for kind in _KINDS for scheme in ("http", "https"))
_FIELDS: Final = {"loki": {"query", "since", "start", "end", "by", "page"}}
_FIELDS["elastic"] = {*_FIELDS["loki"], "time"}
_SINCE: Final = "24h"
_SETTLED_SECONDS: Final = 600
"""Lines come late: what ended less than this ago is read again by the next run."""
_MOST_PAGE: Final = 10_000


def asked(url: str) -> list[tuple[str, str, str]]:
    """Return name, path and stamp of each node's lines. The path has everything that a worker needs, but no secret.

    Raises UsageError for a URL that is no question, InputError for a server that does not answer it.
    """
    ask, stamp = question(url, time.time())
    found = loki.nodes(ask) if ask.kind == "loki" else elastic.nodes(ask)
    return [(_name(one), json.dumps(one._asdict()), stamp) for one in found]


def pages(path: str) -> Iterator[bytes]:
    """Yield the lines of one node, some at a time. Raises InputError."""
    ask = Question(**json.loads(path))
    return loki.pages(ask) if ask.kind == "loki" else elastic.pages(ask)


def question(url: str, now: float) -> tuple[Question, str]:
    """Return what a URL asks for, and a stamp: empty where more lines may come. Raises UsageError."""
    protocol, _, rest = url.partition("://")
    name, _, scheme = protocol.lower().partition("+")
    kind = _KINDS[name]
    base, parts = base_of(f"{scheme}://{rest}")
    if base is None:
        raise UsageError(f"{safe_line(url[:200])}: is no address; write {protocol}://HOST:PORT…?query=… with # as %23")
    said = _fields(parts.query, kind, url)
    base, index = _index(base, url) if kind == "elastic" else (base, "")
    at = datetime.fromtimestamp(now, UTC)
    end = moment(said["end"], at, "end=") if "end" in said else now
    start = moment(said.get("start") or said.get("since") or _SINCE, at, "start=")
    if start >= end:
        raise UsageError(f"{safe_line(url[:200])}: ends before it begins; look at start=, since= and end=")
    ask = Question(
        kind=kind, base=base, query=said.get("query", "*"), start=int(start) * 10**9, end=int(end) * 10**9,
        page=_page(said.get("page"), loki.PAGE if kind == "loki" else elastic.PAGE), by=said.get("by"), indices=index,
        time=said.get("time", elastic.TIME),
    )  # fmt: skip
    settled = "end" in said and end <= now - _SETTLED_SECONDS
    return ask, f"{ask.start}-{ask.end}" if settled else ""


def _fields(query: str, kind: str, url: str) -> dict[str, str]:
    shown = safe_line(url[:200])
    try:
        found = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=20)
    except ValueError:
        raise UsageError(f"{shown}: what follows ? is not name=value&name=value, with & inside as %26") from None
    if unknown := sorted(set(found) - _FIELDS[kind]):
        raise UsageError(f"{shown}: {safe_line(unknown[0])}= is unknown; it may be {', '.join(sorted(_FIELDS[kind]))}")
    if kind == "loki" and not found.get("query"):
        raise UsageError(f'{shown}: has no query=; write one such as query={{job="kernel"}}')
    if "since" in found and "start" in found:
        raise UsageError(f"{shown}: has since= and start=; leave one out")
    return {name: values[0] for name, values in found.items()}


def _index(base: str, url: str) -> tuple[str, str]:
    address, _, index = base.rpartition("/")
    if not index or address.endswith((":/", ":")):
        raise UsageError(f"{safe_line(url[:200])}: names no index; write …://HOST:9200/INDEX?query=…")
    return address, index


def _page(said: str | None, default: int) -> int:
    if said is None:
        return default
    if not (said.isascii() and said.isdecimal() and 0 < len(said) < 6 and 2 <= int(said) <= _MOST_PAGE):
        raise UsageError(f"page={safe_line(said[:40])}: is no number of lines from 2 to {_MOST_PAGE:,}")
    return int(said)


def _name(ask: Question) -> str:
    """What the input is called: server, query, node and time."""
    node = "" if ask.by is None else f" {ask.by}={ask.node}" if ask.node is not None else f" without {ask.by}"
    where = f"{ask.base}/{ask.indices}" if ask.indices else ask.base
    return f"{ask.kind}+{where} {ask.query}{node} {_day(ask.start)} to {_day(ask.end)}"


def _day(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 10**9, UTC):%Y-%m-%dT%H:%M:%S}Z"
