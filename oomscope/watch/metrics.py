"""Kills that were counted since the start of the watch: for node_exporter's textfile collector, and on loopback."""

import threading
from collections import Counter
from typing import Any

from oomscope.errors import InputError, UsageError
from oomscope.report.counting import is_kill
from oomscope.report.outputs.openmetrics import LABELS, labels_of, render_counts
from oomscope.safe_text import safe_line

_MOST_SERIES = 10_000
_LOOPBACK = ("127.0.0.1", "localhost")


class Metrics:
    """The counts, and their text."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, incident: dict[str, Any]) -> None:
        """Count a kill. Beyond the limit of series it is counted without labels."""
        if is_kill(incident):
            labels = labels_of(incident)
            known = labels in self._counts or len(self._counts) < _MOST_SERIES
            self._counts[labels if known else ("",) * len(LABELS)] += 1

    def text(self) -> str:
        """Return OpenMetrics text."""
        return "".join(render_counts(dict(self._counts)))


def serve(metrics: Metrics, address: str) -> None:
    """Answer GET /metrics on a loopback address until the process ends. Raises UsageError, InputError."""
    host, _, port = address.rpartition(":")
    if host not in _LOOPBACK or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"--listen {safe_line(address)}: only loopback is served; write 127.0.0.1:PORT")
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            found = self.path == "/metrics"
            body = metrics.text().encode() if found else b"/metrics\n"
            self.send_response(200 if found else 404)
            kind = "application/openmetrics-text; version=1.0.0; charset=utf-8" if found else "text/plain"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    except OSError as error:
        raise InputError(f"--listen {safe_line(address)}: {error.strerror}; choose another port") from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
