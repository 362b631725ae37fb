"""The answer at the top of a workload: what is known, row by row; each row is read from the files and carries no odds."""

from typing import NamedTuple

from oomscope.report.clues import Ledger, Step
from oomscope.report.fields import Doc, Phrase, amount, code, line_words, say, span, sub, text
from oomscope.report.groups import Group, died, home, kubernetes_words, rhythm
from oomscope.report.identity import counters, limit_words
from oomscope.report.page.held import Held
from oomscope.report.places import Places
from oomscope.report.words import TRUST, plural, title_of


class Line(NamedTuple):
    """One row: what it is, what is known, and more in small type."""

    name: str
    value: Phrase
    more: tuple[str, ...] = ()
    path: str = ""


def facts(group: Group, when: str, filled: str, trust: str, places: Places) -> tuple[Line, ...]:
    """The rows; what the log does not say is left out, but for whose limit it was."""
    incident = group.speaker
    shown = (
        Line("Killed", _who(group), (rhythm(group),)) if group.kills else None,
        Line("Whose limit", limit_words(incident), (counters(incident),), text(incident, "oom_memcg")),
        Line("Filled by", say(filled)) if filled else None,
        _workload(incident),
        Line("When", say(when)),
        _kubernetes(group),
        Line("Read from", say(code(places.file(incident)) or "the log", _lines(group)), _speaker(trust, incident)),
    )
    return tuple(line for line in shown if line is not None)


def _who(group: Group) -> Phrase:
    place = home(group)
    return (*died(group), *say(" in "), *place) if place else died(group)


def _workload(incident: Doc) -> Line | None:
    load = sub(incident, "workload")
    request = amount(load, "memory_request_bytes", "")
    said = [
        text(load, "qos_class"),
        f"requests {request}" if request else "",
    ]
    owner = code(load.get("owner"))
    words = ", ".join(word for word in said if word)
    if owner is None and not words:
        return None
    return Line("Workload", say(owner, ", " if owner and words else None, words))


def _kubernetes(group: Group) -> Line | None:
    said = title_of(kubernetes_words(group))
    return Line("Kubernetes", say(said)) if said else None


def _lines(group: Group) -> str:
    if len(group.incidents) > 1:
        return f", {plural(len(group.incidents), 'report')}"
    where = line_words(span(group.speaker.get("lines")))
    return f" {where}" if where else ""


def _speaker(trust: str, incident: Doc) -> tuple[str, ...]:
    name, means = TRUST.get(trust, (trust, ""))
    kernel = text(incident, "kernel_release")
    return (f"{name}: {means}" if means else name, f"Linux {kernel}" if kernel else "")


class Headings(NamedTuple):
    """What each section found, in a few words: they alone tell the story."""

    memory: str
    held: Phrase
    time: str
    why: str
    settle: str
    kubernetes: str


def headings(
    memory: str, held: Held | None, time: str, ledger: Ledger, settles: tuple[Step, ...], tone: str, kubernetes: str
) -> Headings:
    """The findings of the sections of one workload."""
    return Headings(memory, _holder(held), time, _clues(ledger, tone), _open(settles, tone), kubernetes)


def _holder(held: Held | None) -> Phrase:
    if held is None or not held.table.rows:
        return ()
    first = held.table.rows[0]
    name = first.cells[0]
    size, share = str(first.cells[1]), str(first.cells[2])
    words = f": {size}" + (f", {share}" if share else "")
    return (*say(name), *say(words)) if isinstance(name, str) else (*name.parts, *say(words))


def _clues(ledger: Ledger, tone: str) -> str:
    if tone == "read":
        return "It is read from the log"
    favour, against = len(ledger.favour), len(ledger.against)
    if not favour and not against:
        return "No clue speaks for one cause"
    said = f"{plural(favour, 'clue')} for {ledger.lead}" if favour else f"No clue for {ledger.lead}"
    return f"{said}, {plural(against, 'clue') if against else 'none'} against"


def _open(settles: tuple[Step, ...], tone: str) -> str:
    if not settles:
        return ""
    if tone == "open":
        return (
            "One question would settle it"
            if len(settles) == 1
            else f"{plural(len(settles), 'question')} that would settle it"
        )
    return "To be surer, and for the size to aim at"


def status(group: Group) -> str:
    """What Kubernetes shows, as a heading; empty outside Kubernetes."""
    own = sub(group.speaker, "kubernetes_outcome")
    if not own:
        return ""
    shows, restarted = text(own, "status_shows"), own.get("container_restarted")
    said = {True: "the container ended", False: "the container went on"}.get(restarted, "")  # type: ignore[arg-type]
    return title_of(", ".join(word for word in (shows, said) if word)) or "Not known from these files"


def kubernetes(group: Group) -> tuple[Line, ...]:
    """What became of the container, and what it was given."""
    incident = group.speaker
    own, load = sub(incident, "kubernetes_outcome"), sub(incident, "workload")
    if not own:
        return ()
    shown = (
        Line("Status shows", say(text(own, "status_shows"))),
        Line("Why", say(title_of(text(own, "why")))),
        Line("Pod", say(code("/".join(p for p in (text(load, "namespace"), text(load, "pod")) if p)))),
        Line("Container", say(code(load.get("container")))),
        Line("Owner", say(code(load.get("owner")))),
        Line("Image", say(code(load.get("image")))),
        Line("QoS class", say(text(load, "qos_class"), _from(load, "qos_source"))),
        Line("Request", say(amount(load, "memory_request_bytes", ""), _from(load, "memory_request_source"))),
        Line("Limit", say(amount(load, "memory_limit_bytes", ""))),
    )
    return tuple(line for line in shown if _says(line))


def _says(line: Line) -> bool:
    return any(part.text for part in line.value if not part.text.startswith(" (from "))


def _from(doc: Doc, key: str) -> str | None:
    source = text(doc, key)
    return f" (from {source})" if source else None
