"""The two requests that an event on a pod needs of the Kubernetes API: list a node's pods, create an event.

The `kubernetes` package would bring some fifty thousand lines and a dozen packages for them. This is an HTTPS client with
the token and the authority that every pod is given; redirects are not followed, and answers are capped.
"""

import json
import os
import ssl
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from oomscope.errors import InputError, UsageError
from oomscope.inputs.pod_info import PodInfo
from oomscope.inputs.pods import parse_pods
from oomscope.inputs.untrusted_json import documents, word
from oomscope.safe_text import safe_line

ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_MOST_BYTES: Final = 64 << 20
_MOST_PAGES: Final = 20
_PAGE: Final = 500
_SECONDS: Final = 10.0
_SAID: Final = 200
_MAY_NOT: Final = (401, 403)


class Refused(InputError):
    """The API answered, and its answer will stay the same."""


class Unanswered(InputError):
    """There was no answer, or one that says to try again."""


class Server(NamedTuple):
    """Where the API is, and the folder with the token and the authority's certificate."""

    host: str
    port: int
    account: Path
    node: str  # whose pods are asked for


def server_of_pod() -> Server:
    """Return the API as a pod is told of it. Raises UsageError outside of a pod, or where the node's name is missing."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    node = os.environ.get("NODE_NAME", "")
    if not host or not port.isdecimal():
        raise UsageError(
            "--kubernetes-events: KUBERNETES_SERVICE_HOST is not set: this is no pod; docs/watch/daemonset.yaml runs the watch in one"
        )
    if not node:
        raise UsageError(
            "--kubernetes-events: NODE_NAME is not set; give the pod its node's name, as docs/watch/daemonset.yaml does"
        )
    return Server(host, int(port), Path(os.environ.get("OOMSCOPE_SERVICE_ACCOUNT", ACCOUNT)), node)


class ClusterApi:
    """Asks one server. Every method raises Refused or Unanswered, with a sentence; the token is never part of it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def pods(self) -> Iterator[PodInfo]:
        """Yield the pods of the node, page by page."""
        fields = {"fieldSelector": f"spec.nodeName={self._server.node}", "limit": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            text = self._ask("GET", f"/api/v1/pods?{urlencode(fields)}", "list pods")
            try:
                yield from parse_pods(text, "the API's list of pods")
                page = next(documents(text, "the API's list of pods"), None)
            except InputError as error:
                raise Refused(f"{error}") from None
            if (more := word(page, "metadata", "continue")) is None:
                return
            fields["continue"] = more

    def create_event(self, namespace: str, event: dict[str, object]) -> None:
        """Create an event. One of the same name is this one: it was posted before."""
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/events"
        self._ask("POST", path, "create events", json.dumps(event).encode(), exists_is_fine=True)

    def _ask(
        self, method: str, path: str, what: str, body: bytes | None = None, *, exists_is_fine: bool = False
    ) -> str:
        place = f"{self._server.host}:{self._server.port}"
        try:
            status, answer = self._exchange(method, path, body)
        except (OSError, HTTPException, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Unanswered(f"{place}: cannot be asked to {what} ({safe_line(said)[:_SAID]})") from None
        if 200 <= status < 300 or (status == 409 and exists_is_fine):
            return answer.decode("utf-8", "replace")
        reason = safe_line(_message(answer))[:_SAID]
        words = f"{place}: answers {status} when it is asked to {what}{f' ({reason})' if reason else ''}"
        if status == 429 or status >= 500:
            raise Unanswered(words)
        hint = (
            "; does the service account have the ClusterRole of docs/watch/daemonset.yaml?"
            if status in _MAY_NOT
            else ""
        )
        raise Refused(words + hint)

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        account = self._server.account
        token = (account / "token").read_text(encoding="ascii").strip()  # each time: it is replaced every hour
        trusted = ssl.create_default_context(cafile=str(account / "ca.crt"))
        connection = HTTPSConnection(self._server.host, self._server.port, timeout=_SECONDS, context=trusted)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "oomscope"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.read(_MOST_BYTES + 1)
        finally:
            connection.close()
        if len(answer) > _MOST_BYTES:
            raise ValueError(f"answers with more than {_MOST_BYTES >> 20} MiB")
        return response.status, answer


def _message(answer: bytes) -> str:
    try:
        return word(json.loads(answer), "message") or ""
    except (ValueError, RecursionError):
        return ""
