"""What is still open, by the input that would tell it: how far each answer moves the odds, and the command that asks."""

from collections.abc import Sequence
from typing import Any

from oomscope.causes.weighing.shapes import OpenAnswer
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import FactTable
from oomscope.facts.origins import ORIGINS, origin_of
from oomscope.incident import Incident
from oomscope.inputs.registry import ORIGINS as SIDE_ORIGINS
from oomscope.inputs.registry import command_for
from oomscope.inputs.side_input import Asked

Json = dict[str, Any]

_MOST = 6  # answers that would change the verdict
_ONLY_KUBERNETES = frozenset(name for name, one in SIDE_ORIGINS.items() if one.only_kubernetes)
_ONLY_V1 = frozenset({"kmem_at_limit", "memsw_at_limit"})


def asked(incident: Incident, facts: FactTable | None = None) -> Asked:
    """Return what the commands about `incident` need to know; `facts` tell which inputs beside the log were given."""
    who, summary, memcg = incident.workload, incident.event.summary, incident.event.memcg
    known = who.identity.orchestrator or (summary.task_memcg if summary else None)
    owner = (summary.oom_memcg or summary.task_memcg) if summary else None
    return Asked(
        kubernetes=True if who.identity.orchestrator == "kubernetes" else _on_kubernetes(incident, known),
        version=memcg.version if memcg else None,
        cgroup=owner,
        named=who.pod is not None,
        timed=incident.event.wall_seconds is not None,
        given=_given(incident) | _beside(incident, facts),
    )


def _given(incident: Incident) -> frozenset[str]:
    """Return the parts of the report that are there and whole: what they do not tell, they would not tell again."""
    event = incident.event
    cut = {gap.section for gap in event.gaps}
    memory = event.memcg is not None and event.memcg.memory is not None
    held = {
        "head": event.victims and event.summary is not None and not cut & {"invocation", "oom-kill line", "kill"},
        "trace": event.trace,
        "memory": memory and not cut & {"memory", "counters", "stat"},
        "node": event.mem_info is not None and "memory" not in cut,
        "tasks": event.tasks is not None and not cut & {"tasks", "task header"},
    }
    return frozenset(name for name, is_held in held.items() if is_held)


_TELLS = {"series_samples": "metrics", "settings_source": "settings"}


def _beside(incident: Incident, facts: FactTable | None) -> frozenset[str]:
    """Return the inputs beside the log that were given and hold this workload: they are not asked for again."""
    told = {origin for fact, origin in _TELLS.items() if facts is not None and facts.values.get(fact)}
    return frozenset(told | {"pods"} if incident.workload.names_source == "pods" else told)


def _on_kubernetes(incident: Incident, known: str | None) -> bool | None:
    """True if a kubelet runs on the node; None where neither a path nor a task tells."""
    table = incident.event.tasks
    if table is not None and any(task.comm == "kubelet" for task in table.tasks):
        return True
    return None if known is None else False


def wanted_json(verdict: Verdict, who: Asked) -> list[Json]:
    """One entry per input that could move the odds, the one that moves them most first."""
    groups: dict[str, list[OpenAnswer]] = {}
    for answer in verdict.open_answers:
        if (origin := _origin(answer.missing, who)) is not None:
            groups.setdefault(origin, []).append(answer)
    return [_wanted(origin, answers, who) for origin, answers in groups.items()]


def changes_json(verdict: Verdict, who: Asked) -> list[Json]:
    """The answers that would change the verdict: another cause, or another word."""
    found = [(answer, _origin(answer.missing, who)) for answer in verdict.open_answers if answer.decides]
    told = [(answer, origin) for answer, origin in found if origin is not None]
    return [{**_moved(answer), "input": origin} for answer, origin in told[:_MOST]]


def undecided_json(verdict: Verdict, who: Asked) -> list[Json]:
    """Every clue that could not be judged, with the input that would tell it; null where none can."""
    return [
        {"id": u.id, "cause": u.cause, "missing": list(u.missing), "weight": u.weight, "says": u.says, "input": _origin(u.missing, who)}
        for u in verdict.undecided
    ]  # fmt: skip


def _origin(missing: Sequence[str], who: Asked) -> str | None:
    """The input of the first fact that is missing; None where nothing of the kind exists here, or it was given."""
    if not missing or (who.version == 2 and missing[0] in _ONLY_V1):
        return None
    origin = origin_of(missing[0])
    if origin in who.given or (origin in _ONLY_KUBERNETES and not who.kubernetes):
        return None
    return origin


def _moved(answer: OpenAnswer) -> Json:
    return {
        "id": answer.id, "says": answer.says, "missing": list(answer.missing), "cause": answer.cause, "lead": answer.lead,
        "probability": round(answer.probability, 4), "words": answer.words, "before": round(answer.before, 4),
        "after": round(answer.after, 4), "nats": round(answer.nats, 2),
    }  # fmt: skip


def _wanted(origin: str, answers: Sequence[OpenAnswer], who: Asked) -> Json:
    """`up` and `down` are the answers that move the odds of the leading cause most."""
    up = max((s for s in answers if s.nats > 0), key=lambda s: s.nats, default=None)
    down = min((s for s in answers if s.nats < 0), key=lambda s: s.nats, default=None)
    return {
        "input": origin,
        "what": ORIGINS[origin],
        "clues": len(answers),
        "nats": round(max(abs(s.nats) for s in answers), 2),
        "up": _moved(up) if up else None,
        "down": _moved(down) if down else None,
        "command": command(origin, who),
    }


def command(origin: str, who: Asked) -> str:
    """Return what to type: fetch the input, and analyse once more with it. `LOG` stands for the log."""
    beside = command_for(origin, who)
    if beside is not None:
        return beside
    if origin == "history":
        # Not -k: what containerd, kubelet and systemd say of their starts tells how long each victim lived.
        return "journalctl -o short-iso --since=-30d > node.log && oomscope analyze node.log"
    return "journalctl -k -b all -o short-iso > kernel.log && oomscope analyze kernel.log"
