"""A small HTTPS server that speaks the part of the Kubernetes API that an event on a pod needs."""

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-that-nobody-may-see"  # noqa: S105


class Api:
    """What the server has and was asked: `failures` are statuses that it answers first."""

    def __init__(self, port: int, account: Path) -> None:
        self.port, self.account = port, account
        self.pods: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.failures: list[int] = []
        self.page = 1

    def environment(self) -> dict[str, str]:
        return {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.port),
            "OOMSCOPE_SERVICE_ACCOUNT": str(self.account),
            "NODE_NAME": "node-1",
        }


@contextmanager
def kubernetes_api(folder: Path) -> Iterator[Api]:
    """Serve until the end; `folder` gets a certificate, and a service account that trusts it."""
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        "key",
        "-out",
        "ca.crt",
    ]
    subprocess.run([*command, *subject], cwd=folder, check=True, capture_output=True)
    (folder / "token").write_text(TOKEN + "\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.load_cert_chain(folder / "ca.crt", folder / "key")
    server.socket = trusted.wrap_socket(server.socket, server_side=True)
    api = _Handler.api = Api(server.server_port, folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    api: Api

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        fields = parse_qs(parts.query)
        if self._refused():
            return
        if parts.path != "/api/v1/pods" or fields.get("fieldSelector") != ["spec.nodeName=node-1"]:
            self._answer(404, {"kind": "Status", "message": "no such thing"})
            return
        start = int(fields.get("continue", ["0"])[0])
        end = start + self.api.page
        more = {"continue": str(end)} if end < len(self.api.pods) else {}
        self._answer(200, {"kind": "PodList", "metadata": more, "items": self.api.pods[start:end]})

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._refused():
            return
        if self.path != f"/api/v1/namespaces/{event['metadata']['namespace']}/events":
            self._answer(404, {"kind": "Status", "message": "no such thing"})
            return
        if event["metadata"]["name"] in [one["metadata"]["name"] for one in self.api.events]:
            self._answer(409, {"kind": "Status", "reason": "AlreadyExists", "message": "already exists"})
            return
        self.api.events.append(event)
        self._answer(201, event)

    def _refused(self) -> bool:
        """Answer with the next of the failures; 401 without the token."""
        self.api.asked.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"kind": "Status", "message": "Unauthorized"})
        elif self.api.failures:
            status = self.api.failures.pop(0)
            self._answer(status, {"kind": "Status", "message": f"told to answer {status}"})
        else:
            return False
        return True

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "https://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
