"""Asks a Prometheus for the memory series of the victims, and of nobody else.

What is asked for are the samples themselves, as a range at the moment of the kill: `series{…}[2d]` of an instant query.
A query_range would repeat the last sample at every step, for up to five minutes after the container died.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from oomscope.errors import InputError
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.http_ask import SECONDS, TOKEN, Answer, Endpoint, endpoint, get
from oomscope.inputs.metric_files import answered
from oomscope.inputs.metric_names import METRICS
from oomscope.inputs.metric_samples import gather
from oomscope.inputs.metrics import OWN_LIMIT
from oomscope.inputs.pod_info import Match
from oomscope.inputs.side_input import Known
from oomscope.inputs.untrusted_json import documents, word
from oomscope.masking import masked
from oomscope.read import InputWarning
from oomscope.safe_text import safe_line
from oomscope.series.memory_series import Series

LOOK_BACK_SECONDS = 2 * 86_400  # a pattern of the day shows in no less
MOST_QUESTIONS = 300
MOST_SECONDS = 300.0
"""For all questions together."""
_NAMES = "|".join(sorted(name for name in METRICS if name.startswith("container_")))
_EXPECTED = "what Prometheus' /api/v1/query answers; is it the address of Prometheus itself?"
_NO_CLOCK = (
    "Prometheus was not asked: this log has no wall-clock times. Give journalctl -o json or dmesg -T, with --tz for "
    "local times and --year for those without one; or --pods, whose container ends tie the kernel's clock to the wall's"
)


class Answered(NamedTuple):
    """What a Prometheus answered, and what there is to say about it."""

    series: tuple[Series, ...] = ()
    notes: Mapping[str, Note] = MappingProxyType({})  # by incident id
    warnings: tuple[tuple[int, InputWarning], ...] = ()  # with the input's number


def ask(url: str, known: Known) -> Answered:
    """Return the series that lead up to the kills. Raises InputError where the server cannot answer, UsageError for a bad URL."""
    server = endpoint(url)
    of_interest = [i for i in known.incidents if i.event.is_memcg and i.scope in OWN_LIMIT]
    timed = {i.id: at for i in of_interest if (at := known.boots.wall(i)) is not None}
    untimed = sorted({i.input for i in of_interest if i.id not in timed})
    warnings = [(n, InputWarning("prometheus-not-asked", _NO_CLOCK)) for n in untimed]
    desk = _Desk(server)
    notes: dict[str, Note] = {}
    without: dict[int, list[str]] = {}
    for incident in of_interest:
        if incident.id not in timed:
            continue
        found = _first_answer(desk, incident, known.matches.get(incident.id), timed[incident.id])
        if found is not None:
            notes[incident.id] = _note(server, *found)
        else:
            without.setdefault(incident.input, []).append(incident.workload.key)
    warnings += [(n, _nothing(server, keys, desk.left_out)) for n, keys in without.items()]
    return Answered(tuple(desk.series), notes, tuple(warnings))


def _first_answer(
    desk: "_Desk", incident: Incident, match: Match | None, at: float
) -> tuple[str, Sequence[Series]] | None:
    """The first question that has an answer."""
    for selector in selectors(incident, match):
        found = desk.ask(selector, at)
        if found:
            return selector, found
    return None


def selectors(incident: Incident, match: Match | None) -> Iterator[str]:
    """Yield selectors of the incident's series, the surest first: by cgroup path, by pod names, by container id."""
    summary = incident.event.summary
    paths = dict.fromkeys(p for p in (summary.task_memcg, summary.oom_memcg) if p and p != "/") if summary else ()
    for path in paths:
        yield _selector(("id", "=", path))
    if match is not None and match.pod.name is not None:
        names = [("namespace", match.pod.namespace), ("pod", match.pod.name)]
        names += [("container", match.container.name)] if match.container else []
        yield _selector(*((label, "=", value) for label, value in names if value))
        older = [(f"{label}_name" if label != "namespace" else label, value) for label, value in names]
        yield _selector(*((label, "=", value) for label, value in older if value))
    container = incident.workload.identity.container_id
    if container and container.isalnum():
        yield _selector(("id", "=~", f".*{container}.*"))


def _selector(*of: tuple[str, str, str]) -> str:
    matchers = ",".join(f"{label}{operator}{quoted(value)}" for label, operator, value in of)
    return f'{{__name__=~"{_NAMES}",{matchers}}}'


def quoted(text: str) -> str:
    """Return a PromQL string, which reads as Go's: what could end it is escaped, bytes that are no text stay bytes."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return "\\" + char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 else char


class _Desk:
    """Asks for no stretch of time twice, and keeps what was answered."""

    def __init__(self, server: Endpoint) -> None:
        self._server = server
        self._known: dict[str, tuple[float, list[Series]]] = {}  # up to when, and what there was
        self._questions = 0
        self._until = time.monotonic() + MOST_SECONDS
        self.series: list[Series] = []
        self.left_out = False

    def ask(self, selector: str, at: float) -> list[Series]:
        """Return the series up to a moment. Kills come in the order of their log, so a later one asks for what came since."""
        moment = math.ceil(at * 1000) / 1000
        until, known = self._known.get(selector, (-math.inf, []))
        since = moment - until
        if since == 0:
            return known
        left = self._until - time.monotonic()
        if self._questions >= MOST_QUESTIONS or left <= 0:
            self.left_out = True
            return []
        seconds = math.ceil(since) + 1 if 0 < since < LOOK_BACK_SECONDS else LOOK_BACK_SECONDS
        self._questions += 1
        fields = {"query": f"{selector}[{seconds}s]", "time": f"{moment:.3f}"}
        found = _series(get(self._server, "/api/v1/query", fields, min(left, SECONDS)), self._server.base)
        self.series += found
        self._known[selector] = (moment, found or known)
        return found or known


def _series(answer: Answer, place: str) -> list[Series]:
    text = answer.body.decode("utf-8", "replace")
    if answer.status != 200:
        _refused(answer.status, text, place)
    found = list(documents(text, place, _EXPECTED))
    if not found or word(found[0], "status") != "success":
        raise InputError(f"{place}: answers, but not as Prometheus does; expected {_EXPECTED}")
    return gather((sample for one in found for sample in answered(one)), place)


def _refused(status: int, text: str, place: str) -> NoReturn:
    """In its own words, where it has some; and what to try."""
    try:
        said = next((word(one, "error") for one in documents(text, place)), None)
    except InputError:
        said = None
    match status:
        case 401 | 403:
            tip = f"put a token into {TOKEN}, or user and password into the URL"
        case 404 | 405:
            tip = "is it the address of Prometheus' own web page, with the path in front of /api, if there is one?"
        case 503 | 504:
            tip = "ask again later, or save the series and use --metrics FILE"
        case _:
            tip = "save the series yourself and use --metrics FILE"
    words = f" ({safe_line(masked(said[:500]))})" if said else ""
    raise InputError(f"{place}: answers {status}{words}; {tip}") from None


def _note(server: Endpoint, selector: str, found: Sequence[Series]) -> Note:
    samples = sum(len(one.times) for one in found)
    what = f"{len(found)} series with {samples} times in the two days before the kill"
    return Note("prometheus-asked", safe_line(f"{server.base} was asked for {selector}: {what}"))


def _nothing(server: Endpoint, keys: Sequence[str], left_out: bool) -> InputWarning:
    who = ", ".join(dict.fromkeys(safe_line(key[:80]) for key in keys[:3]))
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    text = (
        f"Prometheus at {server.base} has no memory series of {who}{more} in the two days before the kill; does it scrape "
        "that node's cAdvisor, and did it then? With --pods it is asked by the pod's names as well"
    )
    if left_out:
        text = (
            f"Prometheus was not asked about {who}{more}: a run asks {MOST_QUESTIONS} questions at most, for {MOST_SECONDS:g} s; "
            "give fewer kills at once"
        )
    return InputWarning("prometheus-not-asked" if left_out else "prometheus-has-nothing", text)
