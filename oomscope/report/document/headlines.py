"""Mechanism and headline of an incident, and of a workload by the kill that shows best what happened."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from oomscope.causes.files.cause import UNDETERMINED
from oomscope.causes.headline import headline
from oomscope.causes.mechanism import Mechanism, mechanism_of
from oomscope.causes.weighing.shapes import Evidence
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import FactTable
from oomscope.incident import Incident
from oomscope.report.document.incident_body import Json

LOOKED_AT = 50  # the latest kills of a workload are compared
_HOLDERS = ("largest_task_comm", "largest_group_comm", "victim_comm")


class Told(NamedTuple):
    headline: str
    mechanism: Mechanism | None
    example: str  # id of the incident that both are of


def told_of(incident: Incident, facts: FactTable, verdict: Verdict) -> Told:
    """Return what one incident is told as."""
    mechanism = mechanism_of(facts, incident)
    return Told(headline(facts, incident, mechanism, verdict), mechanism, incident.id)


def told_of_workload(members: Sequence[Incident], facts_of: Callable[[Incident], FactTable], verdict: Verdict) -> Told:
    """Return what a workload is told as: its last kill whose log says what filled what, and how many there are."""
    if len(members) == 1:
        return told_of(members[0], facts_of(members[0]), verdict)
    killed = [one for one in members if one.outcome == "killed"] or list(members)
    looked = [(one, facts := facts_of(one), mechanism_of(facts, one)) for one in killed[-LOOKED_AT:]]
    best = max(range(len(looked)), key=lambda n: (_tells(looked[n][2]), n))
    one, facts, mechanism = looked[best]
    kills = sum(member.outcome == "killed" for member in members)
    alike = len({_what(facts, mechanism) for _, facts, mechanism in looked}) == 1
    return Told(headline(facts, one, mechanism, verdict, kills, alike), mechanism, one.id)


def in_figures_of(said: Json, members: Iterable[Verdict]) -> Json:
    """Return a workload's verdict with figures and lines of its kills: for each clue the first kill for which it holds.

    The workload is weighed by medians over its kills. A median beside the headline of one kill would be a second figure
    for the same thing, two medians of one sentence may belong to no kill at all, and the line would show another figure.
    `members` are the verdicts on the kills, the one that the headline is about first; no more are read than needed.
    """
    waiting = {(clue["cause"], clue["id"]): None for clue in said["evidence"]}
    found: dict[tuple[str, str], Evidence] = {}
    same: Verdict | None = None
    for one in members:
        found.update(
            {key: clue for clue in one.evidence if (key := (clue.cause, clue.id)) in waiting and key not in found}
        )
        same = same or (one if one.is_decided and one.cause == said["cause"] else None)
        if len(found) == len(waiting) and (same is not None or said["cause"] == UNDETERMINED):
            break
    return {
        **said,
        "evidence": [_in_figures(clue, found.get((clue["cause"], clue["id"]))) for clue in said["evidence"]],
        "summary": said["summary"] if same is None else same.summary,
    }


def _in_figures(clue: Json, own: Evidence | None) -> Json:
    return clue if own is None else {**clue, "says": own.says, "lines": list(own.lines) if own.lines else None}


def mechanism_json(mechanism: Mechanism | None) -> Json | None:
    """Return the mechanism as the document has it."""
    if mechanism is None:
        return None
    return {
        "id": mechanism.id,
        "says": mechanism.says,
        "lines": list(mechanism.lines) if mechanism.lines else None,
        "share": None if mechanism.share is None else round(mechanism.share, 4),
        "bytes": mechanism.bytes,
    }


def _tells(mechanism: Mechanism | None) -> int:
    return 0 if mechanism is None else 1 if mechanism.id in ("victim_only", "aftershock") else 2


def _what(facts: FactTable, mechanism: Mechanism | None) -> tuple[object, ...]:
    """What has to be the same for one sentence to stand for several kills."""
    return (mechanism.id if mechanism else None, *(facts.values.get(name) for name in _HOLDERS))
