"""Lines from Elasticsearch or OpenSearch: a search that is scrolled through, oldest first, one document a line."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from oomscope.errors import InputError, OomscopeError
from oomscope.fleet.log_question import Question, answered

PAGE: Final = 1_000
TIME: Final = "@timestamp"
_BY: Final = "host.name"
_KEPT: Final = "2m"
_AT_ONCE: Final = 1_000  # nodes of one answer
_ORDER: Final = ("log.offset", "event.sequence")
"""Fields that tell the order of lines of one millisecond, where a shipper writes them."""


def nodes(ask: Question) -> list[Question]:
    """Return a question for each node that the query finds. Raises InputError."""
    if ask.by == "":
        return [ask._replace(by=None)]
    by = ask.by or _BY
    found: list[str | None] = []
    after: Any = None
    while True:
        terms = {"sources": [{"node": {"terms": {"field": by, "missing_bucket": True}}}], "size": _AT_ONCE}
        composite = {**terms, "after": after} if after else terms
        body = {"size": 0, "query": _query(ask), "aggs": {"nodes": {"composite": composite}}}
        answer = answered(ask, "POST", f"/{_index(ask)}/_search", {}, body)
        try:
            part = answer["aggregations"]["nodes"]
            found += [one["key"]["node"] for one in part["buckets"]]
            before, after = after, part.get("after_key")
        except (KeyError, TypeError):
            raise InputError(f"{ask.base}: answers without the nodes; is it the address of {ask.name}?") from None
        if after is not None and after == before:
            raise InputError(f"{ask.base}: answers with the same nodes again and again; is it {ask.name}?")
        if after is None or not part["buckets"]:
            return [ask._replace(by=by, node=None if one is None else str(one)) for one in found]


def pages(ask: Question) -> Iterator[bytes]:
    """Yield the documents of the question, some at a time. Raises InputError."""
    kept = {"scroll": _KEPT}
    sort = [{ask.time: "asc"}, *({name: {"order": "asc", "unmapped_type": "long"}} for name in _ORDER), "_doc"]
    body = {"size": ask.page, "sort": sort, "query": _query(ask)}
    answer = answered(ask, "POST", f"/{_index(ask)}/_search", kept, body)
    try:
        while hits := _hits(ask, answer):
            yield b"".join(json.dumps(one).encode() + b"\n" for one in hits)
            answer = answered(ask, "POST", "/_search/scroll", {}, {**kept, "scroll_id": answer.get("_scroll_id")})
    finally:
        with suppress(OomscopeError):  # it ends by itself soon
            answered(ask, "DELETE", "/_search/scroll", {}, {"scroll_id": [answer.get("_scroll_id")]})


def _hits(ask: Question, answer: dict[str, Any]) -> list[Any]:
    try:
        failed = answer["_shards"]["failed"]
        found = [one["_source"] for one in answer["hits"]["hits"]]
    except (KeyError, TypeError):
        raise InputError(f"{ask.base}: answers without documents; is it the address of {ask.name}?") from None
    if failed:
        raise InputError(f"{ask.base}: {failed} of its shards did not answer; the lines would not be whole")
    return found


def _query(ask: Question) -> dict[str, Any]:
    within = {"gte": _iso(ask.start), "lt": _iso(ask.end), "format": "strict_date_optional_time"}
    wanted: list[dict[str, Any]] = [{"query_string": {"query": ask.query}}, {"range": {ask.time: within}}]
    query: dict[str, Any] = {"filter": wanted}
    if ask.by is not None and ask.node is not None:
        wanted.append({"term": {ask.by: ask.node}})
    elif ask.by is not None:
        query["must_not"] = [{"exists": {"field": ask.by}}]
    return {"bool": query}


def _iso(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def _index(ask: Question) -> str:
    return quote(ask.indices, safe="*,-_.")
