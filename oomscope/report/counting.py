"""How many OOM kills there are. Only an incident whose outcome is `killed` is one, wherever kills are counted."""

from collections import Counter
from collections.abc import Iterable

from oomscope.report.fields import Doc, rows, text
from oomscope.report.words import plural
from oomscope.warning_codes import NOT_READ, UNREAD

_OTHERWISE = {
    "panicked": ("kernel panic instead of a kill", "kernel panics instead of a kill"),
    "no_killable": ("time nothing could be killed", "times nothing could be killed"),
    "spared": ("time the chosen process was exiting already", "times the chosen process was exiting already"),
    "unknown": ("report that ends before it says who died", "reports that end before they say who died"),
}
"""What is said of an incident without a kill, for one and for several."""


def is_kill(incident: Doc) -> bool:
    """True if a process was killed. A document without outcomes is one of kills."""
    return text(incident, "outcome", "killed") == "killed"


def kills_of(incidents: Iterable[Doc]) -> int:
    """Return how many of the incidents are kills. Processes that one kill takes together count once."""
    return sum(is_kill(incident) for incident in incidents)


def otherwise(incidents: Iterable[Doc]) -> str:
    """Return what the incidents without a kill are: `1 kernel panic instead of a kill`; empty if there are none."""
    found = Counter(text(i, "outcome") for i in incidents if not is_kill(i))
    return ", ".join(plural(found[name], *_OTHERWISE[name]) for name in _OTHERWISE if found[name])


def unsettled(outcomes: Iterable[str]) -> str:
    """Return how many of the outcomes are unknown, in words; empty where none is. Such a report may be one of a kill."""
    count = sum(outcome == "unknown" for outcome in outcomes)
    return f"{plural(count, 'OOM report')} without the line that says who was killed" if count else ""


def processes_of(incidents: Iterable[Doc]) -> int:
    """Return how many processes the kills took."""
    return sum(len(rows(incident, "victims")) for incident in incidents if is_kill(incident))


def is_unread(doc: Doc) -> bool:
    """True if nothing could be read of any input: then nothing is known of kills, and none is no all-clear."""
    inputs = rows(doc, "inputs")
    return bool(inputs) and all(_has(one, UNREAD) for one in inputs)


def is_partly_read(doc: Doc) -> bool:
    """True if a part of an input was not read: what was found may not be all there is."""
    return any(_has(one, NOT_READ) for one in rows(doc, "inputs"))


def _has(read: Doc, codes: frozenset[str]) -> bool:
    return any(text(warning, "code") in codes for warning in rows(read, "warnings"))
