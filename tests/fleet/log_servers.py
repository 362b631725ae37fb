"""A Loki and an Elasticsearch that answer as the real ones do, as far as the fleet asks them."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


class LogServer(BaseHTTPRequestHandler):
    """What both have: JSON in, JSON out, and a list of what was asked."""

    asked: ClassVar[list[tuple[str, str, dict[str, str]]]]

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    do_DELETE = do_POST

    def _answer(self, body: dict[str, Any]) -> None:
        url = urlsplit(self.path)
        self.asked.append((self.command, url.path, dict(self.headers)))
        status, answer = self.answer(url.path, {name: values[0] for name, values in parse_qs(url.query).items()}, body)
        data = json.dumps(answer).encode() if not isinstance(answer, str) else answer.encode()
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", str(answer))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, path: str, fields: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        raise NotImplementedError

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


class Loki(LogServer):
    lines: ClassVar[list[tuple[int, dict[str, str], str]]]
    most = 5000

    def answer(self, path: str, fields: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        match = fields.get("match[]") or fields.get("query") or ""
        wanted = [
            (name, json.loads(f'"{value}"')) for name, value in re.findall(r'([\w.]+)="((?:[^"\\]|\\.)*)"', match)
        ]
        start, end = int(fields["start"]), int(fields["end"])
        found = [
            one
            for one in self.lines
            if start <= one[0] < end and all(one[1].get(name, "") == value for name, value in wanted)
        ]
        if path.endswith("/series"):
            return 200, {
                "status": "success",
                "data": [dict(one) for one in {tuple(sorted(o[1].items())) for o in found}],
            }
        assert path.endswith("/query_range") and fields["direction"] == "forward"
        limit = int(fields["limit"])
        if limit > self.most:
            return 400, f"max entries limit per query exceeded, limit > max_entries_limit ({limit} > {self.most})"
        streams: dict[str, list[list[str]]] = {}
        for at, labels, line in sorted(found, key=lambda one: one[0])[:limit]:
            streams.setdefault(json.dumps(labels), []).append([str(at), line])
        result = [{"stream": json.loads(labels), "values": values} for labels, values in streams.items()]
        return 200, {"status": "success", "data": {"resultType": "streams", "result": result}}


class Elastic(LogServer):
    documents: ClassVar[list[dict[str, Any]]]
    scrolls: ClassVar[dict[str, list[dict[str, Any]]]]
    failed_shards = 0

    def answer(self, path: str, fields: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if self.command == "DELETE":
            for one in body["scroll_id"]:
                self.scrolls.pop(one, None)
            return 200, {"succeeded": True}
        if path == "/_search/scroll":
            left = self.scrolls[body["scroll_id"]]
            return self._page(body["scroll_id"], left, 2)
        if path != "/logs-*/_search":
            reason = {"type": "index_not_found_exception", "reason": f"no such index [{path.split('/')[1]}]"}
            return 404, {"error": {"root_cause": [reason], **reason}, "status": 404}
        found = [one for one in self.documents if self._fits(one, body["query"]["bool"])]
        if "aggs" in body:
            return 200, self._nodes(found, body["aggs"]["nodes"]["composite"])
        assert fields["scroll"] == "2m" and body["sort"][0] == {"@timestamp": "asc"}
        name = f"scroll-{len(self.scrolls)}"
        self.scrolls[name] = sorted(found, key=lambda one: (one["@timestamp"], one.get("log", {}).get("offset", 0)))
        return self._page(name, self.scrolls[name], body["size"])

    def _page(self, name: str, left: list[dict[str, Any]], size: int) -> tuple[int, Any]:
        now, left[:] = left[:size], left[size:]
        shards = {"total": 2, "failed": self.failed_shards}
        return 200, {"_scroll_id": name, "_shards": shards, "hits": {"hits": [{"_source": one} for one in now]}}

    def _fits(self, document: dict[str, Any], query: dict[str, Any]) -> bool:
        text, times, *terms = query["filter"]
        assert text == {"query_string": {"query": "oom"}}
        host = document.get("host", {}).get("name")
        within = times["range"]["@timestamp"]
        named = all(host == one["term"]["host.name"] for one in terms)
        return (
            within["gte"] <= document["@timestamp"] < within["lt"]
            and named
            and ("must_not" not in query or host is None)
        )

    def _nodes(self, found: list[dict[str, Any]], composite: dict[str, Any]) -> dict[str, Any]:
        assert composite["sources"][0]["node"]["terms"]["missing_bucket"] is True
        names = sorted({one.get("host", {}).get("name") for one in found}, key=lambda one: (one is not None, one))
        if "after" in composite:
            names = names[names.index(composite["after"]["node"]) + 1 :]
        part: dict[str, Any] = {"buckets": [{"key": {"node": one}, "doc_count": 1} for one in names[:2]]}
        if names[:2]:
            part["after_key"] = {"node": names[:2][-1]}
        return {"aggregations": {"nodes": part}}


@contextmanager
def serving(kind: type[LogServer], **state: object) -> Iterator[tuple[type[LogServer], str]]:
    """Yield the server's class, whose attributes are its state, and HOST:PORT."""
    own = type(kind.__name__, (kind,), {"asked": [], "scrolls": {}, **state})
    with ThreadingHTTPServer(("127.0.0.1", 0), own) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield own, f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
