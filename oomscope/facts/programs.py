"""What is known of a program by its name: what bounds its memory, how to ask, and what it usually does.

The table is `rules/programs.toml`; `rules/programs.json` is made of it, for TOML takes long to read. A name is what the
program calls itself, so it never decides a cause: it caps one, and asks.
"""

import json
from functools import lru_cache
from typing import NamedTuple

from oomscope.bundled import bundled
from oomscope.fact import Fact, declared
from oomscope.facts.table import FactTable
from oomscope.facts.task_rows import TaskRows
from oomscope.facts.topic import OwnTopic
from oomscope.incident.incident import Incident

FACTS = declared(
    "tasks",
    Fact("program", "text", "what the program of the largest task is, by its name", "rules/programs.toml"),
    Fact("program_fills", "text", "always: it grows to a size of its own by design; when set: it grows unless a setting bounds it; follows: its memory follows its work", "rules/programs.toml"),
    Fact("program_job", "truth", "it is started, does one thing and ends: the time between kills is not how long it ran", "rules/programs.toml"),
    Fact("program_forks", "truth", "it saves its data from a fork, which shares the pages of the process that goes on", "rules/programs.toml"),
    Fact("program_usually", "text", "what such a program usually does with memory", "rules/programs.toml"),
    Fact("program_asks", "text", "what to ask about such a program's memory", "rules/programs.toml"),
    Fact("program_command", "command", "the command that asks it", "rules/programs.toml"),
    Fact("program_bound", "text", "how such a program is bounded below a limit", "rules/programs.toml"),
)  # fmt: skip


class Program(NamedTuple):
    """One entry of the table."""

    name: str
    fills: str
    usually: str
    asks: str
    command: str
    bound: str
    job: bool = False
    forks: bool = False


class _Programs(NamedTuple):
    by_comm: dict[str, Program]
    by_prefix: tuple[tuple[str, Program], ...]  # the longest first


def programs_text(toml: bytes) -> str:
    """Return `rules/programs.json` for the text of `rules/programs.toml`."""
    import tomllib

    wanted = ("comms", *Program._fields)
    kept = [{key: one[key] for key in wanted if key in one} for one in tomllib.loads(toml.decode())["program"]]
    return json.dumps(kept, separators=(",", ":")) + "\n"


@lru_cache(maxsize=1)
def _programs() -> _Programs:
    by_comm: dict[str, Program] = {}
    by_prefix: dict[str, Program] = {}
    for entry in json.loads((bundled("rules") / "programs.json").read_bytes()):
        program = Program(**{key: entry[key] for key in entry if key != "comms"})
        for comm in entry["comms"]:
            if comm.endswith("*"):
                by_prefix[comm[:-1]] = program
            else:
                by_comm[comm] = program
    return _Programs(by_comm, tuple(sorted(by_prefix.items(), key=lambda pair: -len(pair[0]))))


@lru_cache(maxsize=512)
def program_of(comm: str) -> Program | None:
    """Return what is known of a program by the name that the kernel prints."""
    programs = _programs()
    found = programs.by_comm.get(comm)
    return found or next((one for prefix, one in programs.by_prefix if comm.startswith(prefix)), None)


def put(table: FactTable, incident: Incident, rows: TaskRows | None) -> None:
    """Put what is known of the largest task's program; for want of a task table, of the victim's."""
    comm = table.values.get("largest_task_comm")
    if comm is None and incident.event.victims:
        comm = incident.event.victims[0].comm
    program = program_of(comm) if isinstance(comm, str) else None
    if program is None:
        return
    place = table.lines.get("largest_task_comm")
    table.put("program", program.name, place)
    for name in ("fills", "job", "forks", "usually", "asks", "command", "bound"):
        table.put(f"program_{name}", getattr(program, name), place)


TOPIC = OwnTopic(FACTS, put, needs=("largest_task_comm",))
