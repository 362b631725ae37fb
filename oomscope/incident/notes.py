"""Findings that are read or computed, not weighed: what a reader must know whatever the cause turns out to be."""

from oomscope.incident.incident import Incident, Note
from oomscope.incident.kubernetes_outcome import RUNTIME_INIT, starting
from oomscope.units import size


def notes_of(incident: Incident) -> list[Note]:
    """The notes of one incident, the most consequential first."""
    event = incident.event
    notes = [Note(*finding[:2], (finding[2], finding[2]) if finding[2] else None) for finding in event.findings]
    notes += (
        _death(incident)
        + _starting(incident)
        + _limits(incident)
        + _unaccounted(incident)
        + _trust(incident)
        + _strangers(incident)
    )
    if event.oom_group:
        notes.append(
            Note(
                "group-kill",
                f"memory.oom.group is set on {event.oom_group}: all of its processes are killed together ({len(event.victims)} here)",
            )
        )
    if event.no_killable:
        notes.append(
            Note(
                "no-killable",
                "the kernel found no process that it may kill: all have oom_score_adj -1000 or are exiting already",
            )
        )
    if event.panic:
        notes.append(Note("panic", f"the kernel panicked: {event.panic}"))
    if event.unknown:
        first, last = event.unknown[0][0], event.unknown[-1][0]
        notes.append(
            Note(
                "unknown-lines",
                _not_understood(len(event.unknown)),
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


def _not_understood(number: int) -> str:
    lines, were = ("1 line", "was") if number == 1 else (f"{number} lines", "were")
    return f"{lines} inside the report {were} not understood"


def _death(incident: Incident) -> list[Note]:
    """Whether a container outside Kubernetes lost its main process; in Kubernetes, `kubernetes_outcome` says more."""
    who = incident.workload.identity
    if who.container_id is None or who.orchestrator == "kubernetes":
        return []
    for victim, init in zip(incident.event.victims, incident.is_init, strict=True):
        if init is None or victim.group:
            continue
        place = (victim.line, victim.line)
        if init:
            said = f"{victim.comm} (pid {victim.pid}) was the container's main process, so the container stopped"
            return [Note("init-died", said, place)]
        said = f"{victim.comm} (pid {victim.pid}) was a child process: the container keeps running"
        return [Note("child-died", said, place)]
    return []


def _starting(incident: Incident) -> list[Note]:
    """The runtime was hit while it started a container, as victim or as the task that asked for memory."""
    victims, invoker = incident.event.victims, incident.event.invoker
    if victims and victims[0].comm in RUNTIME_INIT:
        return [Note("runtime-died", starting(incident, victims[0].comm), (victims[0].line, victims[0].line))]
    if invoker is not None and invoker.comm in RUNTIME_INIT and incident.event.is_memcg:
        return [Note("runtime-died", starting(incident, invoker.comm), (invoker.line, invoker.line))]
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
        return [Note("unaccounted", f"memory.stat explains all but {size(rest)} of what was in use")]
    return []


def _trust(incident: Incident) -> list[Note]:
    event = incident.event
    if event.trust == "tag":
        return [
            Note(
                "trust-tag",
                "the lines carry only a syslog tag, which any local user can write; check them against the journal or dmesg",
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
