"""The JSON document: everything else is a view of it. Names and meanings are those of the published schema."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from oomscope import __version__
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import FactTable, Repeats
from oomscope.incident import Incident
from oomscope.incident.incident import Note
from oomscope.inputs.side_input import Asked
from oomscope.read import InputSummary
from oomscope.read.clock.machines import Machine
from oomscope.report.document.headlines import LOOKED_AT, Told, in_figures_of, mechanism_json, told_of, told_of_workload
from oomscope.report.document.incident_body import Json, note_json
from oomscope.report.document.kubernetes import kubernetes_json
from oomscope.report.document.open_questions import asked, changes_json, undecided_json, wanted_json

if TYPE_CHECKING:
    from oomscope.inputs.pod_info import Match
    from oomscope.series.drawing import Drawn

SCHEMA_VERSION = "1.1"


def document(
    inputs: Sequence[InputSummary], machines: Sequence[Machine], incidents: Iterable[Json], workloads: Iterable[Json],
    text_findings: Sequence[Json], rules_hash: str, more_incidents: Sequence[Json] = (),
) -> Json:  # fmt: skip
    """The whole analysis. The same input and options give the same document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "oomscope_version": __version__,
        "rules_hash": rules_hash,
        "inputs": [_input(one) for one in inputs],
        "machines": [_machine(n, one) for n, one in enumerate(machines)],
        "more_incidents": list(more_incidents),
        "incidents": list(incidents),
        "workloads": list(workloads),
        "text_findings": list(text_findings),
    }


def iso(seconds: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC, with microseconds; None stays None, and so does what no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return None


def _input(one: InputSummary) -> Json:
    return {
        "path": one.path,
        "member": one.member,
        "format": one.format,
        "bytes": one.bytes,
        "lines": one.lines,
        "sha256": one.sha256,
        "first_time": one.first_time,
        "last_time": one.last_time,
        "warnings": [{"code": w.code, "message": w.message, "line": w.line} for w in one.warnings],
    }


def _machine(number: int, one: Machine) -> Json:
    return {
        "id": number,
        "host": one.host,
        "boot_id": one.boot_id,
        "boot": one.boot,
        "kernel_release": one.kernel_release,
        "inputs": list(one.inputs),
        "how": one.how,
    }


class Beside(NamedTuple):
    """What is known of one incident beside its report and its verdict."""

    facts: FactTable
    source: InputSummary
    match: "Match | None" = None  # its container in an inventory of pods
    killed_again: bool = False  # a process of the same container was killed later
    known: tuple[Note, ...] = ()  # issues of kernels and runtimes that are worth checking


def incident_json(incident: Incident, body: Json, verdict: Verdict, beside: Beside) -> Json:
    """One incident: what its own report tells, which is `body`, with what is known of it beside the others."""
    notes = body["notes"] if incident.listed is None else [*body["notes"], *map(note_json, incident.notes)]
    many = incident.place >= MOST_ASKED
    return {
        **_which(incident, beside),
        **body,
        "gaps": [*body["gaps"], _UNASKED] if many else body["gaps"],
        "workload": _workload(incident),
        "kubernetes_outcome": kubernetes_json(incident, beside.match, beside.killed_again),
        "notes": [*notes, *map(note_json, beside.known)],
        "also_seen": [{"input": i, "line": line} for i, line in incident.also_seen],
        "verdict": verdict_json(
            verdict, asked(incident, beside.facts), told_of(incident, beside.facts, verdict), answered=many
        ),
    }


def line_json(incident: Incident, verdict: Verdict, beside: Beside) -> Json:
    """One incident for a line of its own, without what its report tells: facts, and the verdict without its ledger."""
    told = told_of(incident, beside.facts, verdict)
    return {
        "schema_version": SCHEMA_VERSION,
        **_which(incident, beside),
        "workload": _workload(incident),
        "kubernetes_outcome": kubernetes_json(incident, beside.match, beside.killed_again),
        "facts": beside.facts.values,
        "more_notes": [*map(note_json, (*(() if incident.listed is None else incident.notes), *beside.known))],
        "verdict": {
            "headline": told.headline,
            "mechanism": mechanism_json(told.mechanism),
            "cause": verdict.cause,
            "probability": round(verdict.probability, 4),
            "words": verdict.words,
            "ranked": [{"cause": r.cause, "probability": round(r.probability, 4)} for r in verdict.ranked],
            "evidence": [
                {"id": e.id, "cause": e.cause, "weight": e.weight, "lines": list(e.lines) if e.lines else None}
                for e in verdict.evidence
            ],
        },
    }


def _which(incident: Incident, beside: Beside) -> Json:
    """Which incident it is: what every form of it begins with."""
    return {
        "id": incident.id,
        "input": incident.input,
        "machine": incident.machine,
        "outcome": incident.outcome,
        "source": _source(beside.source, incident),
        "time": _time(incident),
    }


def _source(one: InputSummary, incident: Incident) -> Json:
    """The place as a person would quote it."""
    return {"path": one.path, "member": one.member, "lines": list(incident.event.lines)}


def _time(incident: Incident) -> Json:
    event = incident.event
    return {
        "monotonic_seconds": event.monotonic_seconds,
        "wall": iso(event.wall_seconds),
        "wall_source": event.wall_source,
        "assumed": [word for word, sign in _GUESSES if sign in (event.wall_source or "")],
    }


_GUESSES = (("year", "inferred year"), ("zone", "zone assumed"))


def _workload(incident: Incident) -> Json:
    who = incident.workload
    path = who.identity
    memcg = incident.event.memcg
    return {
        "orchestrator": path.orchestrator,
        "runtime": path.runtime,
        "cgroup_driver": path.cgroup_driver,
        "cgroup_version": memcg.version if memcg and incident.event.is_memcg else None,
        "pod_uid": path.pod_uid,
        "container_id": path.container_id,
        "qos_class": who.qos_class,
        "qos_source": who.qos_source,
        "namespace": who.namespace,
        "pod": who.pod,
        "container": who.container,
        "image": who.image,
        "owner": who.owner,
        "names_source": who.names_source,
        "unit": path.unit,
        "name": path.name,
        "memory_request_bytes": who.memory_request_bytes,
        "memory_request_source": who.memory_request_source,
        "memory_request_share": list(who.request_share) if who.request_share else None,
        "memory_limit_bytes": who.memory_limit_bytes,
        "key": who.key,
    }


MOST_ASKED = 500
"""Incidents whose open questions are listed: those of a small report take more room than the report itself."""
_UNASKED: Json = {
    "section": "open questions",
    "reason": f"left out: they are listed for the first {MOST_ASKED} incidents of a run",
}


def verdict_json(verdict: Verdict, who: Asked, told: Told, *, answered: bool = False) -> Json:
    """A verdict with its whole ledger; `answered`: without the questions that are still open."""
    return {
        "headline": told.headline,
        "mechanism": mechanism_json(told.mechanism),
        "cause": verdict.cause,
        "probability": round(verdict.probability, 4),
        "words": verdict.words,
        "title": verdict.title,
        "summary": verdict.summary,
        "branch": verdict.branch,
        "ranked": [{"cause": r.cause, "probability": round(r.probability, 4), "name": r.name} for r in verdict.ranked],
        "evidence": [
            {
                "id": e.id, "cause": e.cause, "weight": e.weight, "group": e.group, "says": e.says,
                "lines": list(e.lines) if e.lines else None, "source": e.source,
            }
            for e in verdict.evidence
        ],
        "undecided": [] if answered else undecided_json(verdict, who),
        "would_change": [] if answered else changes_json(verdict, who),
        "wanted": [] if answered else wanted_json(verdict, who),
        "remedies": [{"action": r.action, "detail": r.detail, "command": r.command} for r in verdict.remedies],
        "remedies_if": [
            {"cause": a.cause, "action": a.remedy.action, "detail": a.remedy.detail, "command": a.remedy.command} for a in verdict.alternatives
        ],
        "would_settle": [{"question": q.question, "command": q.command} for q in verdict.would_settle],
    }  # fmt: skip


def workload_json(
    repeats: Repeats,
    verdict: Verdict,
    judged: Callable[[Incident], tuple[FactTable, Verdict]],
    drawn: "Drawn | None" = None,
) -> Json:
    """One workload with all its incidents, and the samples of its memory where a series was given.

    `judged` gives facts and verdict of one incident: a figure is that of the kill that the headline is about.
    """
    members = repeats.incidents
    walls = [iso(m.event.wall_seconds) for m in members]
    known = sorted(w for w in walls if w)
    told = told_of_workload(members, lambda one: judged(one)[0], verdict)
    example = next(one for one in members if one.id == told.example)
    others = (one for one in reversed(members[-LOOKED_AT:]) if one is not example)
    said = verdict_json(verdict, asked(example, judged(example)[0]), told, answered=members[0].place >= MOST_ASKED)
    return {
        "key": repeats.key,
        "machine": repeats.machine,
        "incidents": [m.id for m in members],
        "example": told.example,
        "kills": sum(m.outcome == "killed" for m in members),
        "first": known[0] if known else None,
        "last": known[-1] if known else None,
        "lifetimes_seconds": list(repeats.lifetimes_seconds),
        "lifetimes_source": repeats.lifetimes_source,
        "interval_seconds": list(repeats.intervals_seconds),
        "series": _series(drawn),
        "verdict": said if len(members) == 1 else in_figures_of(said, (judged(one)[1] for one in (example, *others))),
    }


def _series(drawn: "Drawn | None") -> Json | None:
    """Samples of a workload's memory, thinned for a chart."""
    if drawn is None:
        return None
    return {
        "measure": drawn.measure,
        "clock": "epoch" if drawn.epoch else "boot",
        "runs": [[[round(at, 3), round(value)] for at, value in run.points] for run in drawn.runs],
        "kills": [{"incident": name, "at": round(at, 3)} for name, at in drawn.kills],
    }
