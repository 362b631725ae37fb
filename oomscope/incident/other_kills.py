"""Kills by other programs as incidents, and what others say about the kernel's kills as notes."""

import hashlib
from collections.abc import Mapping, Sequence

from oomscope.incident.incident import Incident, Note, WorkloadRef
from oomscope.kernel.event import Gap, Machine, OomEvent, Victim
from oomscope.killers import Corroboration, Killed, OtherKill
from oomscope.safe_text import safe_line
from oomscope.workload import identify, workload_key

NEAR_SECONDS = 30.0
_SAYS = {
    "unit-oom-killed": "systemd saw a process of {who} killed by the oom-killer",
    "unit-result-oom-kill": "systemd ended {who} with the result oom-kill",
    "task-oom": "the container runtime reported an OOM in {who}",
    "system-oom": "kubelet reported that the node ran out of memory and the kernel killed {who}",
    "slurm-oom": "Slurm reported an OOM in {who}",
    "kubernetes-event": "a Kubernetes event tells that the kernel killed {who}",
    "pod-status": "the status of {who} is OOMKilled",
    "asked": "a line beside it tells of somebody who asked for a kill by hand",
}


def with_others(
    incidents: Sequence[Incident], found: Sequence[Killed], machine_of: Mapping[tuple[int, int], int]
) -> list[Incident]:
    """All incidents in the order of inputs and lines: the kernel's, with their witnesses, and those of other killers.

    `machine_of` has the machine of each boot: by input and number of the boot in it.
    """
    witnesses = [_Witnesses(killed.corroborations) for killed in found]
    kernel = [_witnessed(i, witnesses[i.input]) for i in incidents]
    others = [
        _incident(n, machine_of.get((n, kill.boot), 0), kill, ordinal)
        for n, killed in enumerate(found)
        for ordinal, kill in enumerate(k for k in killed.kills if not k.attempted_only)
    ]
    return sorted([*kernel, *others], key=lambda i: (i.input, i.event.lines))


_ASKED = ("asked",)


class _Witnesses:
    """Corroborations of one input, by what may tie them to an incident."""

    def __init__(self, said: Sequence[Corroboration]) -> None:
        self._of: dict[object, list[tuple[int, Corroboration]]] = {}
        for n, one in enumerate(said):
            names = (
                one.pid,
                one.container[:12] if one.container else None,
                one.unit,
                _ASKED if one.kind == "asked" else None,
            )
            for name in {name for name in names if name is not None}:
                self._of.setdefault(name, []).append((n, one))

    def about(self, incident: Incident) -> list[Corroboration]:
        """Those about the incident, in the order of the log."""
        if not self._of:
            return []
        who = incident.workload.identity
        names = {v.pid for v in incident.event.victims} | {who.unit, (who.container_id or "")[:12], _ASKED}
        near = {n: one for name in names for n, one in self._of.get(name, ()) if _about(one, incident)}
        return [near[n] for n in sorted(near)]


def attempts(found: Sequence[Killed]) -> list[dict[str, object]]:
    """Kills that a program tried and did not report done: shown, never counted."""
    return [
        {
            "input": n,
            "line": k.line,
            "text": k.text,
            "ident": k.killer,
            "reason": "tried to kill; nothing says that it did",
        }
        for n, killed in enumerate(found)
        for k in killed.kills
        if k.attempted_only
    ]


def unseen(found: Sequence[Killed], incidents: Sequence[Incident]) -> list[dict[str, object]]:
    """What witnesses say of kernel kills in an input that holds no report of any: the kernel log itself is needed."""
    told = {i.input for i in incidents if i.killer == "kernel"}
    return [
        {
            "input": n,
            "line": c.line,
            "text": c.text,
            "ident": None,
            "reason": f"{_words_of(c)}; the report is not in this log",
        }
        for n, killed in enumerate(found)
        if n not in told
        for c in killed.corroborations
    ]


def _incident(number: int, machine: int, kill: OtherKill, ordinal: int) -> Incident:
    who = identify(kill.cgroup)
    comms = kill.comms or ("",) * len(kill.pids)
    victims = tuple(
        Victim(
            pid, comm, None, None, None, None, None, None, None, kill.line, "killed", kill.killer, kill.monotonic_seconds, kill.wall_seconds
        )
        for pid, comm in zip(kill.pids, comms, strict=False)
    )  # fmt: skip
    event = OomEvent(
        lines=(kill.line, kill.last_line), trust=kill.trust,
        monotonic_seconds=kill.monotonic_seconds, wall_seconds=kill.wall_seconds,
        wall_source="prefix" if kill.wall_seconds is not None else None, boot_id=kill.boot_id, host=kill.host,
        invoker=None, machine=Machine(), architecture=None, page_size_bytes=None, page_size_source=None, summary=None,
        memcg=None, mem_info=None, tasks=None, selected=None, victims=victims, oom_group=None, no_killable=False, panic=None,
        sysrq=False, trace=(), gaps=() if victims else (Gap("victims", "the killer names the cgroup, not its processes"),),
        unknown=(),
    )  # fmt: skip
    place = f"@{kill.host}" if kill.host else ""
    comm = comms[0] if comms and comms[0] else kill.killer
    key = workload_key(who, kill.cgroup) + place if kill.cgroup else f"{kill.killer}/{comm}{place}"
    notes = (
        [Note("reason", f"it gives as its reason: {safe_line(kill.reason)}", (kill.line, kill.last_line))]
        if kill.reason
        else []
    )
    if kill.processes is not None and kill.processes > len(victims):
        notes.append(Note("processes", f"it killed {kill.processes} processes", (kill.line, kill.last_line)))
    content = (
        f"{kill.killer} {kill.pids} {kill.comms} {kill.cgroup} {kill.reason}#{ordinal}"  # the same in every rendering
    )
    why = tuple(f"chosen by {kill.killer}" for _ in victims)
    return Incident(
        id=hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:12], input=number, machine=machine, outcome="killed", killer=kill.killer, event=event,
        scope=None, replay=None, accounting=None, working_set_bytes=None, workload=WorkloadRef(who, key),
        is_init=(None,) * len(victims), why_chosen=why, notes=tuple(notes),
    )  # fmt: skip


def _witnessed(incident: Incident, witnesses: _Witnesses) -> Incident:
    notes = [_note(one) for one in witnesses.about(incident)[:3]]
    return incident._replace(notes=(*incident.notes, *notes)) if notes else incident


def _note(one: Corroboration) -> Note:
    return Note("asked-by" if one.kind == "asked" else "corroborated", _words_of(one), (one.line, one.line))


def _words_of(one: Corroboration) -> str:
    """Return what a witness says: what happened, to whom."""
    process = f"pid {one.pid}" if one.pid else ""
    if one.comm and process:
        process = f"{one.comm} ({process})"
    who = one.unit or one.container or process or ("a container" if one.kind == "pod-status" else "this workload")
    return _SAYS.get(one.kind, "another program saw the kill of {who}").format(who=safe_line(who)[:80])


def _about(one: Corroboration, incident: Incident) -> bool:
    event, who = incident.event, incident.workload.identity
    for said, seen in ((one.monotonic_seconds, event.monotonic_seconds), (one.wall_seconds, event.wall_seconds)):
        if said is not None and seen is not None and abs(said - seen) > NEAR_SECONDS:
            return False
    if one.kind == "asked":
        return event.sysrq
    if one.pid is not None and one.pid in {v.pid for v in event.victims}:
        return True
    if one.container and who.container_id:
        return who.container_id.startswith(one.container) or one.container.startswith(who.container_id)
    return bool(one.unit and who.unit and one.unit == who.unit)
