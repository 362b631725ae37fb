"""One careful GET: http or https, one host, a deadline, a cap on the answer. Imported only where a server is to be asked."""

import base64
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


class Endpoint(NamedTuple):
    """Where to ask. `authorization` is a header's value and is never shown."""

    base: str  # without user and password
    authorization: str | None


class Answer(NamedTuple):
    status: int
    body: bytes


def endpoint(url: str) -> Endpoint:
    """Return the server that a user wrote. Raises UsageError for what is none; a password in it is not repeated."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment or not _plain(url):
        raise UsageError("--prometheus expects the address of its web page, such as http://HOST:9090")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{port}" if port else host
    base = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    return Endpoint(base, _authorization(parts))


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _authorization(parts: SplitResult) -> str | None:
    """The URL's user and password, else the token of the environment."""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return "Basic " + base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()
    token = os.environ.get(TOKEN, "").strip()
    if token and not _plain(token):
        raise UsageError(f"{TOKEN} holds something that is no token: blanks, or what is not ASCII")
    return f"Bearer {token}" if token else None


def get(server: Endpoint, path: str, fields: dict[str, str], seconds: float = SECONDS) -> Answer:
    """Return the answer, also one that is an error in HTTP's terms. Raises InputError where there is none.

    A thread of its own asks: so the deadline holds for the name, the connection, a header that drips and an error's text
    together, which the timeouts of a socket do not.
    """
    answers: list[Answer | BaseException] = []

    def ask() -> None:
        try:
            answers.append(_asked(server, path, fields, seconds))
        except BaseException as error:  # raised again where somebody waits for it
            answers.append(error)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answers:
        raise InputError(
            f"{server.base}: no whole answer within {seconds:g} s; can this machine reach it, and is it Prometheus' address? "
            "Series saved to a file go in by --metrics"
        )
    if isinstance(answers[0], BaseException):
        raise answers[0]
    return answers[0]


def _asked(server: Endpoint, path: str, fields: dict[str, str], seconds: float) -> Answer:
    request = Request(f"{server.base}{path}?{urlencode(fields)}")  # noqa: S310  (endpoint lets only http and https pass)
    request.add_header("Accept", "application/json")
    if server.authorization:
        request.add_header("Authorization", server.authorization)
    until = time.monotonic() + seconds
    try:
        with build_opener(_SameHost(server.base)).open(request, timeout=seconds) as response:
            return Answer(response.status, _body(response, server.base, until, MAX_BYTES))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(MAX_ERROR_BYTES))
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise InputError(
            f"{server.base}: cannot be asked ({safe_line(str(said))}); "
            "is it Prometheus' address, and can this machine reach it? Series saved to a file go in by --metrics"
        ) from None


def _body(response: HTTPResponse, base: str, until: float, most: int) -> bytes:
    parts, size = [], 0
    while piece := response.read1(_PIECE):
        size += len(piece)
        if size > most:
            raise InputError(f"{base}: answers with more than {most >> 20} MiB; ask it yourself and use --metrics FILE")
        if time.monotonic() > until:
            raise TimeoutError("timed out")
        parts.append(piece)
    return b"".join(parts)


class _SameHost(HTTPRedirectHandler):
    """Follows a redirect only to where it came from: a token is for one server, and so is the question."""

    def __init__(self, base: str) -> None:
        self._base = base

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> Request | None:
        if _origin(newurl) != _origin(self._base):
            fp.close()
            shown = safe_line(newurl.split("?")[0][:200])
            raise InputError(
                f"{self._base}: redirects to {shown}, another server, which is not followed; "
                "if that is where Prometheus is, give that address (a login page wants a token instead)"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None
