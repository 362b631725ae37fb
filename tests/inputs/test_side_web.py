"""What a server may answer: errors, garbage, too much, too late, elsewhere. Each is a sentence with a next step."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from oomscope.api import Analysis, Options, analyze
from oomscope.errors import InputError, UsageError
from oomscope.inputs import SideFiles, http_ask, prometheus
from oomscope.inputs.http_ask import TOKEN, Answer, endpoint, get

from .syslogs import CONTAINERS, KILLS, syslog

Answerer = Callable[[BaseHTTPRequestHandler], None]


class Handler(BaseHTTPRequestHandler):
    answer: ClassVar[Answerer]
    seen: ClassVar[list[tuple[str, str | None]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization")))
        type(self).answer(self)

    def log_message(self, *_: object) -> None:
        pass


class Server:
    """Answers on a free port; `asked` holds paths with their Authorization."""

    def __init__(self, answer: Answerer) -> None:
        self.asked: list[tuple[str, str | None]] = []
        made = type("Made", (Handler,), {"answer": staticmethod(answer), "seen": self.asked})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), made)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answerer], Server]]:
    monkeypatch.delenv(TOKEN, raising=False)
    servers: list[Server] = []

    def start(answer: Answerer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return syslog(tmp_path / "syslog", [])


def ask(log: Path, url: str) -> Analysis:
    return analyze([str(log)], Options(side=SideFiles(prometheus=url)))


def says(status: int, body: bytes | str, **headers: str) -> Answerer:
    content = body if isinstance(body, bytes) else body.encode()

    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        to.send_header("Content-Length", str(len(content)))
        to.end_headers()
        to.wfile.write(content)

    return answer


NOTHING = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}})
SERIES = {"__name__": "container_memory_rss", "id": "/kubepods/burstable/x"}


def refused(log: Path, url: str) -> str:
    """Return what is said of a server that gave no answer: the verdict stands without it."""
    analysis = ask(log, url)
    assert analysis.incidents
    assert all(analysis.verdicts)
    (warning,) = [w for w in analysis.inputs[0].not_read if w.code == "side-input-unreadable"]
    assert warning.message.endswith(". The verdict is without it")
    return warning.message


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, '{"status":"error","errorType":"internal","error":"out of \\u001b[31mluck"}', r"answers 500 \(out of \\x1b\[31mluck\); save"),
        (422, '{"status":"error","error":"query processing would load too many samples"}', "too many samples"),
        (502, "<html>Bad Gateway</html>", "answers 502; save the series"),
        (401, "", f"answers 401; put a token into {TOKEN}"),
        (403, "no", f"answers 403; put a token into {TOKEN}"),
        (404, "", "answers 404; is it the address"),
        (503, "", "answers 503; ask again later"),
        (200, "<html>Grafana</html>", "not JSON at line 1"),
        (200, "", "not as Prometheus does"),
        (200, "[1]", "not as Prometheus does"),
        (200, '{"status":"error"}', "not as Prometheus does"),
        (200, "[" * 200_000, "nested too deep|not JSON"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_said(
    serve: Callable[[Answerer], Server], log: Path, status: int, body: str, said: str
) -> None:
    server = serve(says(status, body))
    message = refused(log, server.url)
    assert re.search(said, message)
    assert message.startswith(server.url)


def test_a_server_that_knows_nobody_is_a_warning(serve: Callable[[Answerer], Server], log: Path) -> None:
    analysis = ask(log, serve(says(200, NOTHING)).url)
    warning = next(w for w in analysis.inputs[0].warnings if w.code == "prometheus-has-nothing")
    assert "does it scrape that node's cAdvisor" in warning.message
    assert len(analysis.incidents) == len(KILLS)


def test_it_is_asked_for_the_victims_and_up_to_their_kills(serve: Callable[[Answerer], Server], log: Path) -> None:
    server = serve(says(200, NOTHING))
    analysis = ask(log, server.url + "/prom/")
    queries = [parse_qs(urlsplit(path).query) for path, _ in server.asked]
    assert {urlsplit(path).path for path, _ in server.asked} == {"/prom/api/v1/query"}
    first = queries[0]["query"][0]
    assert f'id="/kubepods/burstable/podcfc16be2-321c-4418-aa1a-1f3ebf047b76/{CONTAINERS[0]}"' in first
    assert first.endswith("[172800s]")
    assert float(queries[0]["time"][0]) == pytest.approx(analysis.incidents[0].event.wall_seconds, abs=0.002)
    assert all("id=" in query["query"][0] or "pod" in query["query"][0] for query in queries)


def test_one_pods_kills_are_asked_for_only_what_came_since(serve: Callable[[Answerer], Server], log: Path) -> None:
    server = serve(says(200, NOTHING))
    ask(log, server.url)
    queries = [parse_qs(urlsplit(path).query)["query"][0] for path, _ in server.asked]
    pod = [query.rpartition("[")[2] for query in queries if '047b76"}' in query]
    assert pod == ["172800s]", "2699s]", "2708s]"]


def test_user_and_password_of_the_url_go_only_into_the_header(serve: Callable[[Answerer], Server], log: Path) -> None:
    server = serve(says(401, ""))
    message = refused(log, server.url.replace("//", "//me:s%40cret@"))
    assert server.asked[0][1] == "Basic " + base64.b64encode(b"me:s@cret").decode()
    assert "cret" not in message


def test_a_token_of_the_environment_is_sent_and_never_shown(
    serve: Callable[[Answerer], Server], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    server = serve(says(200, NOTHING))
    analysis = ask(log, server.url)
    assert server.asked[0][1] == "Bearer s3cret"
    assert "s3cret" not in json.dumps(analysis.document())
    monkeypatch.setenv(TOKEN, "s3cret\r\nX-Evil: 1")
    with pytest.raises(UsageError, match="is no token") as error:
        ask(log, server.url)
    assert "s3cret" not in str(error.value)


def test_a_redirect_to_another_server_is_not_followed(
    serve: Callable[[Answerer], Server], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "s3cret")
    other = serve(says(200, NOTHING))
    server = serve(says(302, "", Location=f"{other.url}/login?next=1"))
    assert re.search(r"redirects to .*/login, another server", refused(log, server.url))
    assert other.asked == []
    local = serve(says(302, "", Location="file:///etc/passwd"))
    assert re.search(r"redirects to|cannot be asked|answers 302", refused(log, local.url))


def test_a_redirect_on_the_same_server_is_followed(serve: Callable[[Answerer], Server], log: Path) -> None:
    def answer(to: BaseHTTPRequestHandler) -> None:
        moved = to.path.startswith("/api")
        says(301 if moved else 200, NOTHING, **({"Location": "/prom" + to.path} if moved else {}))(to)

    server = serve(answer)
    ask(log, server.url)
    assert server.asked[1][0].startswith("/prom/api/v1/query?")


def test_too_large_an_answer_is_not_read_to_its_end(
    serve: Callable[[Answerer], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_ask, "MAX_BYTES", 1 << 20)
    sent = []

    def endless(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        try:
            for _ in range(4096):
                sent.append(to.wfile.write(b" " * 65536))
        except OSError:
            pass

    server = serve(endless)
    with pytest.raises(InputError, match=r"more than 1 MiB\. Series saved to a file go in by --metrics"):
        get(endpoint(server.url), "/api/v1/query", {})
    assert sum(sent) < 64 << 20


@pytest.mark.usefixtures("must_end")
def test_a_server_that_drips_is_not_waited_for(serve: Callable[[Answerer], Server]) -> None:
    def drip(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        try:
            while True:
                to.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            pass

    server = serve(drip)
    with pytest.raises(InputError, match=r"cannot be asked|no whole answer within 0\.5 s"):
        get(endpoint(server.url), "/", {}, seconds=0.5)


@pytest.mark.usefixtures("must_end")
@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 500 No\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1",
    ],
)
def test_no_part_of_an_answer_has_a_deadline_of_its_own(serve: Callable[[Answerer], Server], start: bytes) -> None:
    def drip(to: BaseHTTPRequestHandler) -> None:
        try:
            to.wfile.write(start)
            while True:
                to.wfile.write(b"X")
                to.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    server = serve(drip)
    began = time.monotonic()
    with pytest.raises(InputError, match=r"cannot be asked|no whole answer within 0\.5 s"):
        get(endpoint(server.url), "/", {}, seconds=0.5)
    assert time.monotonic() - began < 5


def test_nobody_there_is_said(log: Path) -> None:
    assert "cannot be asked (Connection refused); is it the address of Prometheus" in refused(log, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "url",
    ["", "prometheus:9090", "file:///etc/passwd", "ftp://x/", "http://", "http://x:99999", "http://x/?a=1", "http://a b", "http://[::1", "http://x\n/"],
)  # fmt: skip
def test_what_is_no_address_is_said_before_anybody_is_asked(log: Path, url: str) -> None:
    with pytest.raises(UsageError, match="--prometheus expects"):
        ask(log, url)


def test_an_address_keeps_its_path_and_its_brackets() -> None:
    assert endpoint("https://[::1]:9090/prom/").base == "https://[::1]:9090/prom"


def test_samples_that_are_nonsense_say_nothing() -> None:
    result = [
        {"metric": SERIES, "values": [[1e9, "x"], "y", [1, 2, 3], [None, None], [1.7e9, "NaN"]]},
        {"metric": {"__name__": 5, "id": []}, "values": 7},
        {"metric": "x"},
        5,
    ]
    body = json.dumps({"status": "success", "data": {"result": result}}).encode()
    assert prometheus._series(Answer(200, body), "here") == []
