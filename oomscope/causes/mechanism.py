"""What filled what: read from the log, so it is certain or it is absent, and it carries no odds.

The mechanism comes before the cause. `php-fpm filled its container's limit with its own anonymous memory` stands in the
log; whether that is a leak or a limit that is too low does not.
"""

from typing import NamedTuple

from oomscope.causes.mechanism_words import Words
from oomscope.facts import FactTable
from oomscope.incident import Incident
from oomscope.units import share

MOST = 0.5
"""The share from which one part is what filled the whole."""
ONE = 0.7
"""The share of the anonymous memory from which one process is what filled it."""
_NEARLY_ALL = 0.7
_WORTH = 0.1  # a second part that is worth a word
_LOCKED = 0.5
_SWAPPED = 0.05
_SWAP_LEFT = 0.05
_MUCH_FREE = 0.3
_HOLDER_OF_RAM = 0.3

Lines = tuple[int, int]


class Mechanism(NamedTuple):
    """What filled what, in one sentence without its full stop."""

    id: str
    says: str
    lines: Lines | None = None
    share: float | None = None  # of the limit, or of the node's RAM
    bytes: int | None = None


def mechanism_of(facts: FactTable, incident: Incident) -> Mechanism | None:
    """Return what the log says about what filled the limit or the node; None where it does not say.

    Of the incident only its scope, its outcome and what a slimmed one keeps are read.
    """
    if incident.killer != "kernel":
        return None
    if facts.values.get("sysrq"):
        return Mechanism("asked_for", "Somebody asked the kernel for a kill (SysRq-f)", facts.lines.get("sysrq"))
    return _of_limit(facts, incident) or _of_node(facts, incident) or _victim_only(facts, incident)


# -- the limit of a cgroup ---------------------------------------------------------------------------------------------


def _of_limit(facts: FactTable, incident: Incident) -> Mechanism | None:
    if incident.event.is_memcg is not True:
        return None
    words = Words(facts, incident)
    return (
        _still_full(facts, words)
        or _lowered(facts, words)
        or _swap(facts, words)
        or _kernel_limit(facts, words)
        or _locked(facts, words)
        or _largest_part(facts, words)
        or _one_process(facts, words)
    )


def _still_full(facts: FactTable, words: Words) -> Mechanism | None:
    first = facts.values.get("aftershock_of")
    if not first:
        return None
    says = f"{words.limit_subject()} was still full with the memory of {words.code(first)}, killed just before"
    return Mechanism("aftershock", says, facts.lines.get("usage_bytes"))


def _lowered(facts: FactTable, words: Words) -> Mechanism | None:
    if not facts.values.get("trace_limit_write"):
        return None
    used, limit = facts.whole("usage_bytes"), facts.whole("limit_bytes")
    to = f" to {words.size(limit)}" if limit else ""
    held = f" while {words.size(used)} were in use" if used else " while more was in use"
    return Mechanism("limit_lowered", f"{words.limit_subject()} was lowered{to}{held}", facts.lines.get("usage_bytes"))


def _swap(facts: FactTable, words: Words) -> Mechanism | None:
    """Memory and swap are both used up; both have a limit of their own on v2, and one together on v1."""
    swapped = facts.number("swap_used_share") or 0.0
    name = next((n for n in ("memsw_at_limit", "swap_at_limit") if facts.values.get(n)), None)
    if name is None or swapped < _SWAPPED:
        return None
    which = "memory+swap limit" if name == "memsw_at_limit" else "memory limit and its swap limit"
    swap = facts.whole("swap_used_bytes")
    in_swap = f", {words.size(swap)} of it in swap" if swap else ""
    return Mechanism(
        "swap_limit", f"{words.filler()} filled {words.owner(which, sized=False)}{in_swap}", facts.lines.get(name), None, swap
    )  # fmt: skip


def _kernel_limit(facts: FactTable, words: Words) -> Mechanism | None:
    if not facts.values.get("kmem_at_limit"):
        return None
    says = f"Kernel memory filled {words.owner('limit of kernel memory (kmem)', False, 'the')}"
    return Mechanism("kernel", says, facts.lines.get("kmem_at_limit"))


def _locked(facts: FactTable, words: Words) -> Mechanism | None:
    part = facts.number("unevictable_share")
    if part is None or part < _LOCKED:
        return None
    held = facts.whole("unevictable_bytes")
    says = f"Locked memory (mlock) filled {words.owner(whose='the')} ({share(min(part, 1.0))})"
    return Mechanism("locked", says, facts.lines.get("unevictable_share"), min(part, 1.0), held)


_PARTS = ("anon", "shmem", "file", "kernel", "sock")


def _largest_part(facts: FactTable, words: Words) -> Mechanism | None:
    """The largest part of what was in use, by memory.stat."""
    parts = {name: facts.number(f"{name}_share") or 0.0 for name in _PARTS}
    parts["kernel"] += parts.pop("sock")
    if (facts.number("anon_share") is None and max(parts.values()) < MOST) or not any(parts.values()):
        return None
    ranked = sorted(parts, key=lambda one: -parts[one])
    name, second = ranked[0], ranked[1]
    part = min(parts[name], 1.0)
    other = min(parts[second], 1.0 - part)
    beside = f", beside {share(other)} {words.part(second)}" if part < _NEARLY_ALL and other > _WORTH else ""
    lines, held = facts.lines.get(f"{name}_share"), facts.whole(f"{name}_bytes")
    if part < MOST:
        rest = "; what the rest is, the log does not say" if sum(parts.values()) < MOST else ""
        says = f"{words.limit_subject(sized=True)} was full: {share(part)} {words.part(name)}{beside}{rest}"
        return Mechanism(words.part_id(name), says, lines, part, held)
    if name == "anon":
        return _anonymous(facts, words, part, beside)
    says = f"{words.whole_part(name)} filled {words.owner(whose='the')} ({share(part)}{beside})"
    return Mechanism(words.part_id(name), says, lines, part, held)


def _anonymous(facts: FactTable, words: Words, part: float, beside: str) -> Mechanism:
    one = _one_process(facts, words, part, beside)
    if one is not None:
        return one
    held, lines = facts.whole("anon_bytes"), facts.lines.get("anon_share")
    number, comm = facts.whole("tasks"), facts.values.get("largest_task_comm")
    largest = facts.number("largest_task_share")
    if number is None or comm is None or largest is None:
        says = f"Anonymous memory filled {words.owner(whose='the')} ({share(part)}{beside})"
    else:
        crowd = words.crowd(number)
        own = facts.number("same_comm_of_usage")
        if own is not None and " named " in crowd and MOST <= own < part:  # more than all: they share pages
            part, held = own, int(own * (facts.whole("usage_bytes") or 0))
        says = f"{crowd} filled {words.owner(whose='their')} with anonymous memory ({share(part)}{beside})"
        if number > 1:
            which = "the largest of them" if words.code(comm) in crowd else f"the largest task, {words.code(comm)},"
            says += f"; {which} held {share(largest)} of what the tasks hold together"
    return Mechanism("anon_many_processes", says, lines, part, held)


def _one_process(facts: FactTable, words: Words, anon: float = 1.0, beside: str = "") -> Mechanism | None:
    """One process that holds most of the anonymous memory: by the task table, for want of one by the kill line."""
    usage = facts.whole("usage_bytes")
    part, comm, name = (
        facts.number("largest_task_of_usage"),
        facts.values.get("largest_task_comm"),
        "largest_task_of_usage",
    )
    if part is None and usage and "tasks" not in facts.values:
        held = facts.whole("victim_bytes")
        part, comm, name = held / usage if held else None, facts.values.get("victim_comm"), "victim_bytes"
    if part is None or comm is None or part < ONE * anon or part < MOST:
        return None
    part = min(part, 1.0)
    says = f"{words.code(comm)} filled {words.owner()} with its own anonymous memory ({share(part)}{beside})"
    return Mechanism("anon_one_process", says, facts.lines.get(name), part, int(part * usage) if usage else None)


# -- the node ----------------------------------------------------------------------------------------------------------


def _of_node(facts: FactTable, incident: Incident) -> Mechanism | None:
    if incident.event.is_memcg is not False:
        return None
    words = Words(facts, incident)
    return _no_block(facts, words) or _numa(facts, words, incident) or _full(facts, words)


def _no_block(facts: FactTable, words: Words) -> Mechanism | None:
    if not (facts.values.get("blocks_missing") and facts.values.get("usable_zone_above_high")):
        return None
    order, free = facts.whole("order"), facts.whole("free_bytes")
    although = f", although {words.size(free)} were free" if free else ""
    return Mechanism(
        "no_block_of_order", f"No free block of order {order}{words.block(order)} was left{although}",
        facts.lines.get("blocks_missing"), None, free,
    )  # fmt: skip


def _numa(facts: FactTable, words: Words, incident: Incident) -> Mechanism | None:
    if incident.scope not in ("cpuset", "mempolicy"):
        return None
    by = "its cpuset" if incident.scope == "cpuset" else "its memory policy"
    comm, nodes = facts.values.get("invoker_comm"), facts.values.get("allowed_nodes")
    who = words.code(comm) if comm else "the task that asked for memory"
    free, of_ram = facts.number("other_nodes_free_share"), facts.number("free_share")
    although = f", while {share(of_ram)} of the RAM was free" if of_ram else ""
    although = f", while {share(free)} of the other nodes' memory was free" if free else although
    named = f" ({nodes})" if nodes else ""
    says = f"The NUMA nodes that {who} may use by {by}{named} were full{although}"
    return Mechanism("numa_node_full", says, facts.lines.get("allowed_nodes") or facts.lines.get("constraint"))


_OF_NODE = (
    ("hugetlb_share", "reserved_huge_pages", "Reserved huge pages hold"),
    ("node_kernel_share", "kernel", "Kernel memory holds"),
    ("node_shmem_share", "tmpfs", "Files on tmpfs or shared memory hold"),
    ("node_unevictable_share", "locked", "Locked memory holds"),
)


def _full(facts: FactTable, words: Words) -> Mechanism | None:
    """What holds the node's RAM: a part that no process has of its own, one holder, or many."""
    ram = facts.whole("ram_bytes")
    if ram is None:
        return _by_table(facts, words)
    name, id_, subject = max(_OF_NODE, key=lambda one: facts.number(one[0]) or 0.0)
    part = facts.number(name) or 0.0
    holder = facts.number("largest_group_of_ram") or 0.0
    holder_bytes = facts.whole("largest_group_bytes") or int(holder * ram)
    lead = words.node_lead()
    if part >= MOST or (part >= _HOLDER_OF_RAM and part > holder):
        says = f"{lead}: {subject[:1].lower()}{subject[1:]} {words.of(int(part * ram), ram)}"
        return Mechanism(id_, says, facts.lines.get(name), part, int(part * ram))
    comm = facts.values.get("largest_group_comm")
    if comm is not None and (facts.number("largest_group_share") or 0.0) >= MOST and holder >= _HOLDER_OF_RAM:
        swapped = facts.whole("largest_group_swap_bytes") or 0
        resident = min(max(holder_bytes - swapped, 0), ram)  # a footprint counts what is swapped out
        held = words.of(resident, ram) + (
            f" and {words.size(swapped)} of swap" if swapped > _SWAPPED * holder_bytes else ""
        )
        says = f"{lead}: {words.holder(comm)} held {held}"
        return Mechanism(
            "node_full_one_holder", says, facts.lines.get("largest_group_of_ram"), resident / ram, resident
        )
    hidden = facts.number("node_unaccounted_share") or 0.0
    lines = facts.lines.get("ram_bytes")
    if hidden >= _HOLDER_OF_RAM and hidden > holder:
        says = f"{lead}: {words.of(int(hidden * ram), ram)} are on no list of the report (a driver, a balloon, ZFS)"
        return Mechanism("node_full", says, facts.lines.get("node_unaccounted_share"), hidden, int(hidden * ram))
    if (facts.number("free_share") or 0.0) >= _MUCH_FREE:
        says = f"The zones that the allocation may use were full, although {words.of(facts.whole('free_bytes') or 0, ram)} were free"
        return Mechanism("node_full", says, facts.lines.get("free_share") or lines)
    if comm is None or not holder:
        return Mechanism("node_full", f"{lead} ({words.size(ram)} of RAM)", lines)
    says = f"{lead}: no single program held most of it, the largest was {words.code(comm)} with {words.of(holder_bytes, ram)}"
    return Mechanism("node_full", says, facts.lines.get("largest_group_of_ram"), holder, holder_bytes)


def _by_table(facts: FactTable, words: Words) -> Mechanism | None:
    """The task table alone: its shares are of what all processes hold."""
    comm, part = facts.values.get("largest_group_comm"), facts.number("largest_group_share")
    if comm is None or part is None:
        return None
    says = f"{words.node_lead()}; of the processes, {words.holder(comm)} held most ({share(part)} of what all of them held)"
    return Mechanism("node_full", says, facts.lines.get("largest_group_share"))


# -- the kill line -----------------------------------------------------------------------------------------------------


def _victim_only(facts: FactTable, incident: Incident) -> Mechanism | None:
    """What the victim held, where the log does not say what filled the limit."""
    victim = incident.event.victims[0] if incident.event.victims else None
    if victim is None or incident.outcome != "killed":
        return None
    words = Words(facts, incident)
    held = victim.anon_rss_bytes
    if not held:
        return None
    who, size = words.code(words.victim), words.size(held)
    missing = "the report around it is not in the log" if facts.values.get("kill_line_only") else words.missing()
    if incident.event.is_memcg is False:
        says = (
            f"The node ran out of memory and the kernel killed {who}, which held {size} of anonymous memory; {missing}"
        )
    else:
        says = f"{who} was OOM-killed{words.at_limit()} with {size} of anonymous memory; {missing}"
    return Mechanism("victim_only", says, (victim.line, victim.line), None, held)
