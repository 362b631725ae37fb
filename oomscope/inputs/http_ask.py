"""One careful question: http or https, one host, a deadline, a cap on the answer. Imported only where a server is asked."""

import base64
import json
import os
import time
from http.client import HTTPException, HTTPResponse
from threading import Thread
from typing import IO, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from oomscope.errors import InputError, UsageError
from oomscope.safe_text import safe_line

TOKEN = "OOMSCOPE_PROMETHEUS_TOKEN"  # noqa: S105  (the variable's name)
MAX_BYTES = 64 << 20
MAX_ERROR_BYTES = 64 << 10
SECONDS = 60.0  # for one whole answer
_PIECE = 1 << 16
_PORTS = {"http": 80, "https": 443}


class Words(NamedTuple):
    """How a kind of server is spoken of where it does not answer."""

    name: str
    instead: str  # a sentence: what else leads there


PROMETHEUS = Words("Prometheus", "Series saved to a file go in by --metrics")


class Endpoint(NamedTuple):
    """Where to ask. `authorization` is a header's value and is never shown."""

    base: str  # without user and password
    authorization: str | None
    words: Words = PROMETHEUS
    headers: tuple[tuple[str, str], ...] = ()


class Answer(NamedTuple):
    status: int
    body: bytes


def endpoint(url: str) -> Endpoint:
    """Return the server that a user wrote. Raises UsageError for what is none; a password in it is not repeated."""
    base, parts = base_of(url)
    if base is None or parts.query or not plain(url):
        raise UsageError("--prometheus expects the address of its web page, such as http://HOST:9090")
    return Endpoint(base, _authorization(parts))


def base_of(url: str) -> tuple[str | None, SplitResult]:
    """Return the address without user, password and query, and the parts of the URL; None where it is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, SplitResult("", "", "", "", "")
    if parts.scheme not in _PORTS or not parts.hostname or parts.fragment or not plain(url.partition("?")[0]):
        return None, parts
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{port}" if port else host
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")), parts


def plain(text: str) -> bool:
    """True for printable ASCII without blanks."""
    return text.isascii() and text.isprintable() and " " not in text


def _authorization(parts: SplitResult) -> str | None:
    """The URL's user and password, else the token of the environment."""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return "Basic " + base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()
    token = os.environ.get(TOKEN, "").strip()
    if token and not plain(token):
        raise UsageError(f"{TOKEN} holds something that is no token: blanks, or what is not ASCII")
    return f"Bearer {token}" if token else None


def get(server: Endpoint, path: str, fields: dict[str, str], seconds: float = SECONDS) -> Answer:
    """Return the answer to a GET, as `send` does."""
    return send(server, "GET", path, fields, None, seconds)


def send(
    server: Endpoint, method: str, path: str, fields: dict[str, str], body: object, seconds: float = SECONDS
) -> Answer:
    """Return the answer, also one that is an error in HTTP's terms. `body` is sent as JSON; None is none.

    Raises InputError where there is no answer.

    A thread of its own asks: so the deadline holds for the name, the connection, a header that drips and an error's text
    together, which the timeouts of a socket do not.
    """
    request = _request(server, method, path, fields, body)
    answers: list[Answer | BaseException] = []

    def ask() -> None:
        try:
            answers.append(_asked(server, request, seconds))
        except BaseException as error:  # raised again where somebody waits for it
            answers.append(error)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answers:
        raise InputError(
            f"{server.base}: no whole answer within {seconds:g} s; can this machine reach it, and is it the address of "
            f"{server.words.name}? {server.words.instead}"
        )
    if isinstance(answers[0], BaseException):
        raise answers[0]
    return answers[0]


def _request(server: Endpoint, method: str, path: str, fields: dict[str, str], body: object) -> Request:
    data = json.dumps(body).encode() if body is not None else None
    query = f"?{urlencode(fields)}" if fields else ""
    request = Request(f"{server.base}{path}{query}", data, method=method)  # noqa: S310  (base_of lets http and https pass)
    request.add_header("Accept", "application/json")
    if data is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in server.headers:
        request.add_header(name, value)
    if server.authorization:
        request.add_header("Authorization", server.authorization)
    return request


def _asked(server: Endpoint, request: Request, seconds: float) -> Answer:
    until = time.monotonic() + seconds
    try:
        with build_opener(_SameHost(server)).open(request, timeout=seconds) as response:
            return Answer(response.status, _body(response, server, until, MAX_BYTES))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(MAX_ERROR_BYTES))
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise InputError(
            f"{server.base}: cannot be asked ({safe_line(str(said))}); is it the address of {server.words.name}, and can "
            f"this machine reach it? {server.words.instead}"
        ) from None


def _body(response: HTTPResponse, server: Endpoint, until: float, most: int) -> bytes:
    parts, size = [], 0
    while piece := response.read1(_PIECE):
        size += len(piece)
        if size > most:
            raise InputError(f"{server.base}: answers with more than {most >> 20} MiB. {server.words.instead}")
        if time.monotonic() > until:
            raise TimeoutError("timed out")
        parts.append(piece)
    return b"".join(parts)


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect only to where it came from: a token is for one server, and so is the question."""

    def __init__(self, server: Endpoint) -> None:
        self._server = server

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> Request | None:
        if _origin(newurl) != _origin(self._server.base):
            fp.close()
            shown = safe_line(newurl.split("?")[0][:200])
            raise InputError(
                f"{self._server.base}: redirects to {shown}, another server, which is not followed; "
                f"if that is where {self._server.words.name} is, give that address (a login page wants a token instead)"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None
