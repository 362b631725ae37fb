"""The headline of every view: outcome and mechanism, and the cause where it is decided, in one plain sentence."""

from oomscope.causes.mechanism import Mechanism
from oomscope.causes.mechanism_words import Words, code
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import FactTable
from oomscope.incident import Incident

_SAID = {
    "tmpfs_fill": ("tmpfs",),
    "shared_memory": ("shared_segments", "tmpfs"),
    "page_cache": ("page_cache_unreclaimable",),
    "unevictable": ("locked",),
    "kernel_memory": ("kernel",),
    "process_proliferation": ("anon_many_processes",),
    "numa_constraint": ("numa_node_full",),
    "hugetlb_reservation": ("reserved_huge_pages",),
    "swap_exhausted": ("swap_limit",),
    "fragmentation": ("no_block_of_order",),
    "manual": ("asked_for",),
}
"""Causes that say no more than these mechanisms do."""

_NO_HOLDER = ("numa_node_full", "no_block_of_order")
"""These name who asked for memory, not who held it."""

_WITHOUT_A_KILL = {
    "no_killable": "The kernel found no process that it may kill",
    "spared": "The kernel killed nobody: the process it chose was exiting already",
}


def headline(
    facts: FactTable,
    incident: Incident,
    mechanism: Mechanism | None,
    verdict: Verdict,
    kills: int = 1,
    alike: bool = True,
) -> str:
    """Return the sentence. `kills` counts those of its workload; where they are not `alike`, it is about one of them."""
    says = _outcome(facts, incident, mechanism)
    times = "" if kills < 2 else f"; {kills:,} kills" if alike else f"; one of {kills:,} kills"
    return f"{says}{times}{_cause(mechanism, verdict)}"


def _outcome(facts: FactTable, incident: Incident, mechanism: Mechanism | None) -> str:
    if incident.killer == "lowmemorykiller":
        return f"The kernel's lowmemorykiller driver killed {_victims(incident)}"
    if incident.killer != "kernel":
        return f"{code(incident.killer)} killed {_victims(incident)}; the kernel did not"
    if incident.outcome == "killed":
        return _killed(facts, incident, mechanism)
    if incident.outcome == "panicked":
        ordered = "panic_on_oom" in (incident.event.panic or "")
        lead = (
            "The kernel panicked instead of killing (panic_on_oom)"
            if ordered
            else "The kernel panicked: nothing was left that it may kill"
        )
    elif incident.outcome == "spared" and "Would have killed" in (incident.event.spared or ""):
        lead = "The kernel was set to report only and killed nobody"
    elif incident.outcome == "unknown":
        return f"{mechanism.says}; {_chosen(incident)}" if mechanism is not None else _invoked(facts, incident)
    else:
        lead = _WITHOUT_A_KILL[incident.outcome]
    return f"{lead}; {_inside(mechanism.says)}" if mechanism is not None else lead


def _chosen(incident: Incident) -> str:
    selected = incident.event.selected
    if selected is None or not selected.comm:
        return "who was killed is not in the log"
    return f"the kernel chose {code(selected.comm)} (pid {selected.pid}); the line that says it was killed is not in the log"


def _invoked(facts: FactTable, incident: Incident) -> str:
    comm = facts.values.get("invoker_comm")
    lead = f"{code(comm)} asked for memory and invoked the oom-killer" if comm else "The oom-killer was invoked"
    return f"{lead}; {_chosen(incident)}"


def _inside(says: str) -> str:
    """A sentence behind a semicolon."""
    return says if says[:1] == "`" else says[:1].lower() + says[1:]


def _killed(facts: FactTable, incident: Incident, mechanism: Mechanism | None) -> str:
    victim = _victims(incident)
    if mechanism is None:
        if incident.event.is_memcg is False and incident.event.mem_info is not None:
            return f"The node ran out of memory and the kernel killed {victim}; who held the memory is not in the log"
        at = Words(facts, incident).at_limit()
        return f"{victim} was OOM-killed{at}; what filled the memory is not in the log"
    if mechanism.id == "victim_only":
        return mechanism.says
    if mechanism.id == "asked_for":
        return f"{mechanism.says}, and it killed {victim}"
    if incident.event.oom_group is not None and len(incident.event.victims) > 1:
        return f"{mechanism.says}; memory.oom.group killed {len(incident.event.victims)} processes"
    if victim in mechanism.says and mechanism.id not in _NO_HOLDER:
        return f"{mechanism.says}; the kernel killed it" if mechanism.id == "node_full" else mechanism.says
    return f"{mechanism.says}; the kernel killed {victim}{_reason(facts)}"


def _reason(facts: FactTable) -> str:
    """Why the victim, where it was not the largest and the facts say why."""
    if facts.values.get("kill_allocating"):
        return ", which was asking for memory (vm.oom_kill_allocating_task)"
    adj, largest = facts.whole("victim_adj"), facts.whole("largest_adj")
    if (
        facts.values.get("victim_is_largest") is False
        and adj is not None
        and adj > 0
        and (largest is None or adj > largest)
    ):
        return f" because of its oom_score_adj of {adj}"
    return ""


def _victims(incident: Incident) -> str:
    victims, who = incident.event.victims, incident.workload.identity
    place = who.unit or who.name
    if not victims:
        return f"the processes of {code(place)}" if place else "a process"
    if not victims[0].comm:
        return f"a process (pid {victims[0].pid})" + (f" of {code(place)}" if place else "")
    return code(victims[0].comm)


def _cause(mechanism: Mechanism | None, verdict: Verdict) -> str:
    if not verdict.is_decided or verdict.branch == "decided":
        return ""
    if mechanism is not None and mechanism.id in _SAID.get(verdict.cause, ()):
        return ""
    name = next((one.name for one in verdict.ranked if one.cause == verdict.cause), verdict.cause)
    return f"; {'possible' if verdict.words == 'leaning' else verdict.words} cause: {name}"
