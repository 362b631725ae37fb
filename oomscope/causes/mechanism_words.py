"""The words of a mechanism: whose limit, which part, how much. Names of programs stand in backticks."""

from oomscope.facts import FactTable
from oomscope.incident import Incident
from oomscope.safe_text import safe_line
from oomscope.units import share, size

_FULL_SWAP = 0.05  # of the swap is left
_MAPPED, _UNMAPPED = 0.5, 0.1  # of shmem, at the least: segments are mapped, files on a tmpfs mostly are not
_OWNERS = {
    "container": "container's",
    "pod": "pod's",
    "service": "unit's",
}
_BOUND = {
    "qos": "the {limit} over all pods of its QoS class",
    "kubepods": "the {limit} over all pods of the node",
}
_PARTS = {
    "anon": "anonymous memory",
    "shmem": "tmpfs files or shared memory",
    "file": "page cache",
    "kernel": "kernel memory",
}


def short_size(n: int | float) -> str:
    """Return a size without a decimal that is zero: `512 MiB`, `6.1 GiB`."""
    return size(n).replace(".0 ", " ")


def code(word: object) -> str:
    """Return a name of the log in backticks, on one line."""
    return "`" + safe_line(str(word)).replace("`", "'") + "`"


class Words:
    """Pieces of sentences about one incident."""

    def __init__(self, facts: FactTable, incident: Incident) -> None:
        self._facts, self._incident = facts, incident
        self.size, self.code = short_size, code

    @property
    def victim(self) -> str:
        """The first victim's name."""
        victims = self._incident.event.victims
        return victims[0].comm or f"pid {victims[0].pid}" if victims else "the victim"

    def owner(self, what: str = "limit", sized: bool = True, whose: str = "its") -> str:
        """Return `its container's 512 MiB limit`; `whose` is "the" where no process is the subject."""
        limit = self._facts.whole("limit_bytes") if sized else None
        named = f"{short_size(limit)} {what}" if limit else what
        scope = str(self._incident.scope)
        if scope in _BOUND:
            return _BOUND[scope].format(limit=named)
        unit = self._facts.values.get("limit_unit")
        if unit:
            return f"the {named} of {code(unit)}"
        if scope in _OWNERS:
            return f"{whose} {_OWNERS[scope]} {named}"
        name = self._facts.values.get("limit_owner")
        return f"the {named} of the cgroup {code(name)}" if name else f"the {named} of {whose} cgroup"

    def limit_subject(self, sized: bool = False) -> str:
        """Return the limit as the beginning of a sentence."""
        said = self.owner(sized=sized, whose="the")
        return said[:1].upper() + said[1:]

    def at_limit(self) -> str:
        """Return ` at its container's limit` where the log says whose limit it was."""
        scope = self._incident.scope
        if not self._incident.event.is_memcg or scope is None:
            return ""
        if scope == "cgroup" and not self._facts.values.get("limit_owner"):
            return " at the limit of its cgroup"
        return f" at {self.owner()}"

    def missing(self) -> str:
        """Return what part of the report would say more."""
        event = self._incident.event
        if event.is_memcg:
            return "the counters that say what filled the limit are not in the log"
        return "the part of the report that says who held the memory is not in the log"

    def filler(self) -> str:
        """Return who filled a limit: one process, or several."""
        comm, part = self._facts.values.get("largest_task_comm"), self._facts.number("largest_task_share")
        if comm is not None and part is not None and part >= 0.7:
            return code(comm)
        number = self._facts.whole("tasks")
        return self.crowd(number) if number else code(self.victim)

    def crowd(self, number: int) -> str:
        """Return `257 processes`, by name where one name is most of them."""
        same, comm = self._facts.whole("same_comm_tasks"), self._facts.values.get("same_comm")
        weight = self._facts.number("same_comm_share") or 0.0
        if number == 1:
            return "One process"
        if same and comm is not None and same > 1 and weight >= 0.7:
            return f"{same} processes named {code(comm)}"
        return f"{number} processes together"

    def holder(self, comm: object) -> str:
        """Return a name, with how many processes carry it where there are several."""
        number = self._facts.whole("same_comm_tasks")
        if number and number > 1 and self._facts.values.get("same_comm") == comm:
            return f"{number} processes named {code(comm)}"
        return code(comm)

    def part(self, name: str) -> str:
        """Return what a part of memory.stat is called."""
        return _PARTS[name]

    def whole_part(self, name: str) -> str:
        """Return a part as the beginning of a sentence, with what it mostly is."""
        if name == "shmem":
            mapped = self._facts.number("mapped_shmem_share")
            if mapped is None or _UNMAPPED < mapped < _MAPPED:
                return "Files on tmpfs, or shared memory,"
            return "Shared memory segments" if mapped >= _MAPPED else "Files on tmpfs"
        if name == "file":
            dirty = self._facts.number("dirty_share") or 0.0
            return (
                "Page cache that is dirty or being written"
                if dirty >= 0.3
                else "Page cache that could not be given back"
            )
        kinds = (
            ("slab", "slab_share"),
            ("page tables", "pagetables_share"),
            ("kernel stacks", "kernel_stack_share"),
            ("per-CPU memory", "percpu_share"),
            ("socket buffers", "sock_share"),
        )
        known = [(self._facts.number(fact) or 0.0, kind) for kind, fact in kinds]
        most, kind = max(known)
        whole = (self._facts.number("kernel_share") or 0.0) + (self._facts.number("sock_share") or 0.0)
        return f"Kernel memory, mostly {kind}," if whole and most >= whole / 2 else "Kernel memory"

    def part_id(self, name: str) -> str:
        """Return the mechanism's id for a part that is not anonymous memory."""
        if name == "shmem":
            return "shared_segments" if (self._facts.number("mapped_shmem_share") or 0.0) >= _MAPPED else "tmpfs"
        return {"file": "page_cache_unreclaimable", "kernel": "kernel", "anon": "anon_many_processes"}[name]

    def block(self, order: int | None) -> str:
        """Return ` (16 KiB in one piece)`."""
        page = self._incident.event.page_size_bytes
        return f" ({short_size(page << order)} in one piece)" if page and order and 0 < order < 20 else ""

    def of(self, part: int, whole: int) -> str:
        """Return `6.1 of 7.6 GiB (80 %)`, with the unit once where it is the same."""
        one, other = short_size(part), short_size(whole)
        same = one.rpartition(" ")[2] == other.rpartition(" ")[2]
        held = f"{one.rpartition(' ')[0]} of {other}" if same else f"{one} of {other}"
        return f"{held} RAM ({share(part / whole)})" if whole else held

    def node_lead(self) -> str:
        """Return that the node was full, with its swap where it has some and that was used up."""
        left = self._facts.number("swap_free_share")
        swap = self._facts.whole("swap_total_bytes")
        return (
            "The node ran out of memory and swap"
            if swap and left is not None and left < _FULL_SWAP
            else "The node ran out of memory"
        )
