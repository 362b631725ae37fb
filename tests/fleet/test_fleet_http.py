"""A log behind a URL: an answer that fails is a row, and is asked for again."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fleet.conftest import fleet, found, table

pytest.importorskip("aiohttp", reason="aiohttp is not installed; it comes with s3fs")
pytestmark = pytest.mark.xdist_group("fleet")


class _Store(BaseHTTPRequestHandler):
    data = b""
    works = False

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.data)))
        self.send_header("ETag", '"1"')
        self.end_headers()

    def do_GET(self) -> None:
        if not self.works:
            self.send_error(503)
            return
        self.do_HEAD()
        self.wfile.write(self.data)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def store() -> Iterator[tuple[type[_Store], str]]:
    kind = type("Store", (_Store,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield kind, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_answer_that_fails_is_a_row_and_is_asked_for_again(
    store: tuple[type[_Store], str], tmp_path: Path, scheduler: str, node_log: Callable[..., Any]
) -> None:
    kind, address = store
    log, out, url = node_log(1, 1), tmp_path / "out", f"{address}/node-1.log"
    kind.data = log.text.encode()
    assert "1 input not read" in fleet(url, "--out", out, "--scheduler", scheduler, "--strict", status=3)
    (row,) = table(out, "inputs")
    assert (row["input"], row["status"]) == (url, "unreachable")
    assert "503" in row["reason"]
    kind.works = True
    assert fleet(url, "--out", out, "--scheduler", scheduler).startswith(
        "1 input read with 1 kill, 0 skipped, 0 not read"
    )
    assert found(out) == sorted(log.killed)
    assert len(table(out, "inputs")) == 1
