"""Findings that are read or computed, not weighed: what a reader must know whatever the cause turns out to be."""

from oomscope.incident.incident import Incident, Note
from oomscope.units import size


def notes_of(incident: Incident) -> list[Note]:
    """The notes of one incident, the most consequential first."""
    event = incident.event
    notes = [Note(*finding[:2], (finding[2], finding[2]) if finding[2] else None) for finding in event.findings]
    notes += (
        _death(incident)
        + _status(incident)
        + _limits(incident)
        + _unaccounted(incident)
        + _trust(incident)
        + _strangers(incident)
    )
    if event.oom_group:
        notes.append(
            Note(
                "group-kill",
                f"memory.oom.group is set on {event.oom_group}: its tasks die together, one incident with {len(event.victims)} victims",
            )
        )
    if event.no_killable:
        notes.append(
            Note(
                "no-killable",
                "the kernel found no task that it may kill: all are at oom_score_adj -1000 or already dying",
            )
        )
    if event.panic:
        notes.append(Note("panic", f"the kernel panicked: {event.panic}"))
    if event.unknown:
        first, last = event.unknown[0][0], event.unknown[-1][0]
        notes.append(
            Note(
                "unknown-lines",
                f"{len(event.unknown)} lines inside the report were not understood; they are kept with the raw lines",
                (first, last),
            )
        )
    if event.summary is not None and event.summary.ambiguous:
        notes.append(
            Note(
                "ambiguous-path",
                "a cgroup name holds what looks like a separator of the oom-kill line: the paths may be read in two ways",
                event.summary.lines,
            )
        )
    return notes


def _death(incident: Incident) -> list[Note]:
    notes = []
    for victim, init in zip(incident.event.victims, incident.is_init, strict=True):
        if init is None or victim.group or incident.workload.identity.container_id is None:
            continue
        place = (victim.line, victim.line)
        if init:
            notes.append(
                Note(
                    "init-died",
                    f"{victim.comm} (pid {victim.pid}) is the oldest process of the container: with it the container ends and is restarted",
                    place,
                )
            )
        else:
            notes.append(
                Note(
                    "child-died",
                    f"only a child died ({victim.comm}, pid {victim.pid}): the container keeps running, and Kubernetes reports nothing",
                    place,
                )
            )
        break
    return notes


_RUNTIME_INIT = ("runc:[1:CHILD]", "runc:[2:INIT]", "runc:[0:PARENT]", "crun", "youki:[2:INIT]")


def _status(incident: Incident) -> list[Note]:
    """What Kubernetes shows for it, where that is not what one looks for."""
    victims = incident.event.victims
    if victims and victims[0].comm in _RUNTIME_INIT:
        place = (victims[0].line, victims[0].line)
        said = (
            f"{victims[0].comm} is the container's runtime: the limit is too small even to start the container, and Kubernetes "
            'shows "container init was OOM-killed (memory limit too low?)", or StartError'
        )
        return [Note("runtime-died", said, place)]
    if incident.scope == "pod" and incident.workload.identity.orchestrator == "kubernetes":
        said = "the limit is the pod's, and the runtime watches the container's: its status may read Error instead of OOMKilled"
        return [Note("pod-limit-status", said, incident.event.summary.lines if incident.event.summary else None)]
    return []


def _limits(incident: Incident) -> list[Note]:
    memcg = incident.event.memcg
    if memcg is None or memcg.memory is None:
        return []
    memory, notes = memcg.memory, []
    place = (memory.line, memory.line)
    if memory.unlimited:
        notes.append(
            Note(
                "no-limit",
                "the cgroup named as over its limit prints no limit: an ancestor's limit or another controller decided",
                place,
            )
        )
    elif memory.usage_bytes < 0.97 * memory.limit_bytes:
        for counter, words in ((memcg.memsw, "memory+swap"), (memcg.kmem, "kmem")):
            if counter is not None and not counter.unlimited and counter.usage_bytes >= 0.97 * counter.limit_bytes:
                notes.append(
                    Note(
                        "other-counter-full",
                        f"it is the {words} limit ({size(counter.limit_bytes)}) that was hit, not the memory limit",
                        (counter.line, counter.line),
                    )
                )
                break
    hierarchical = dict(memcg.stat).get("hierarchical_memory_limit")
    if hierarchical is not None and not memory.unlimited and hierarchical < memory.limit_bytes:
        notes.append(Note("ancestor-tighter", f"an ancestor allows only {size(hierarchical)}", place))
    return notes


def _unaccounted(incident: Incident) -> list[Note]:
    accounting = incident.accounting
    if accounting is None or not incident.event.is_memcg or accounting.total_bytes <= 0:
        return []
    rest = accounting.unaccounted_bytes
    if rest > max(0.1 * accounting.total_bytes, 16 << 20):
        return [
            Note(
                "unaccounted", f"{size(rest)} of the charge stands under no key of memory.stat that this kernel prints"
            )
        ]
    return []


def _trust(incident: Incident) -> list[Note]:
    event = incident.event
    if event.trust == "tag":
        return [
            Note(
                "trust-tag",
                "the lines carry only a syslog tag, which any local user can write; the journal or dmesg would attest them",
            )
        ]
    return []


def _strangers(incident: Incident) -> list[Note]:
    event = incident.event
    pids = {t.pid for t in event.tasks.tasks} if event.tasks else set()
    strangers = (
        [
            v
            for v in event.victims
            if v.evidence == "killed"
            and pids
            and v.pid not in pids
            and v.pid not in {t.tgid for t in event.tasks.tasks}
        ]
        if event.tasks
        else []
    )
    if strangers and len(strangers) == len(event.victims):
        names = ", ".join(f"{v.comm} (pid {v.pid})" for v in strangers[:3])
        return [
            Note(
                "victim-not-in-table",
                f"{names} is not in the task table: the table is incomplete, a thread was named, or the line was forged",
                (strangers[0].line, strangers[0].line),
            )
        ]
    return []
