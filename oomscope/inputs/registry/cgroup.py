"""--cgroup: the memory files of a cgroup, copied or printed: settings and counters that no log prints."""

from typing import TYPE_CHECKING

from oomscope.inputs.side_input import LOG, NOTHING, Asked, Findings, Known, Option, SideInput
from oomscope.safe_text import quoted, safe_line

if TYPE_CHECKING:
    from oomscope.fact import Fact
    from oomscope.inputs.side_files import SideFiles


def _tell(files: "SideFiles", known: Known) -> Findings:
    if not files.files("cgroups"):
        return NOTHING
    from oomscope.inputs.cgroup_files import cgroup_facts, note_of

    facts = cgroup_facts(files.files("cgroups"), known.incidents)
    notes = {id_: note for id_, values in facts.items() if (note := note_of(values)) is not None}
    return Findings(facts=facts, notes=notes)


def _facts() -> "tuple[Fact, ...]":
    from oomscope.inputs.cgroup_files import FACTS

    return FACTS


def _command(asked: Asked) -> str:
    root = "/sys/fs/cgroup" if asked.version != 1 else "/sys/fs/cgroup/memory"
    folder = root + quoted(asked.cgroup) if asked.cgroup and safe_line(asked.cgroup) == asked.cgroup else "CGROUP"
    return f"grep -s . {folder}/memory.* > cgroup.txt; oomscope analyze {LOG} --cgroup cgroup.txt"


CGROUP = SideInput(
    options=(
        Option(
            "cgroups",
            "--cgroup",
            "The memory.* files of a cgroup, copied or printed by grep . memory.*. Repeatable.",
            "DIR|FILE",
        ),
    ),
    gives=("cgroup",),
    origin_words="the memory files of its cgroup",
    title="The memory files of its cgroup (--cgroup)",
    command=_command,
    tell=_tell,
    facts=_facts,
)
