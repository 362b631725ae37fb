"""What is asked of a log server: a query, a time, and the node whose lines are wanted; and how the server is asked."""

import json
import os
from typing import Any, Final, NamedTuple

from oomscope.errors import InputError, UsageError
from oomscope.inputs.http_ask import Endpoint, Words, send
from oomscope.safe_text import safe_line

AUTHORIZATION: Final = "OOMSCOPE_LOGS_AUTHORIZATION"
"""Environment variable: the value of the header, such as `Bearer TOKEN`, `ApiKey KEY` or `Basic USER:PASSWORD in base64`."""
TENANT: Final = "OOMSCOPE_LOKI_TENANT"
"""Environment variable: the tenant of a Loki that has several, sent as X-Scope-OrgID."""
_INSTEAD: Final = "Lines that were saved to a file are an input too"


class Question(NamedTuple):
    """A query over a time. Times are nanoseconds since the epoch; `end` is no longer asked for."""

    kind: str  # loki or elastic
    base: str
    query: str
    start: int
    end: int
    page: int  # lines of one answer
    by: str | None = None  # the label or field that names a node; None: the first that is known, or none
    node: str | None = None  # its value; None where lines without one are meant, or where nothing is split
    indices: str = ""  # of Elasticsearch, with its wildcards
    time: str = ""  # its field

    @property
    def name(self) -> str:
        """The server as people call it."""
        return "Loki" if self.kind == "loki" else "Elasticsearch or OpenSearch"


def answered(ask: Question, method: str, path: str, fields: dict[str, str], body: object = None) -> dict[str, Any]:
    """Return the object that the server answers with. Raises InputError for anything else."""
    answer = send(_server(ask), method, path, fields, body)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = answer.body.decode("utf-8", "replace")
    if answer.status == 200 and isinstance(found, dict):
        return found
    said = safe_line(_reason(found))[:300]
    tip = f"; put the value of its Authorization header into {AUTHORIZATION}" if answer.status in (401, 403) else ""
    raise InputError(f"{ask.base}: answers {answer.status} to {path}: {said or 'nothing'}{tip}")


def _server(ask: Question) -> Endpoint:
    headers = (("X-Scope-OrgID", tenant),) if ask.kind == "loki" and (tenant := _of_environment(TENANT)) else ()
    return Endpoint(ask.base, _of_environment(AUTHORIZATION), Words(ask.name, _INSTEAD), headers)


def _of_environment(name: str) -> str | None:
    value = os.environ.get(name, "").strip()
    if value and not (value.isascii() and value.isprintable()):
        raise UsageError(f"{name} holds something that is no header's value: a line break, or what is not ASCII")
    return value or None


def _reason(found: object) -> str:
    """What an error's answer says, in the forms of Loki (text) and of Elasticsearch."""
    if isinstance(found, dict):
        error = found.get("error")
        if isinstance(error, dict):
            causes = error.get("root_cause")
            inner = causes[0] if isinstance(causes, list) and causes and isinstance(causes[0], dict) else error
            return str(inner.get("reason") or error.get("reason") or error)
        return str(error or found.get("message") or found)
    return str(found)
