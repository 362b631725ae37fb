"""Settings of programs as they were started: `docker inspect`, `systemctl cat`, `ps`, a copy of /proc/PID/cmdline.

Only sizes and counts are taken (see `memory_flags`); every other word of a command line or an environment is let go.
A setting belongs to an incident by the container's id, by the unit's name, by the pid, or by the program's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.fact import Fact, Value, declared
from oomscope.incident.incident import Incident
from oomscope.inputs.memory_flags import MemoryFlag, from_environment, from_words
from oomscope.inputs.side_input import Findings
from oomscope.inputs.untrusted_file import read_text
from oomscope.inputs.untrusted_json import documents, rows, texts, word
from oomscope.patterns import lazy
from oomscope.safe_text import safe_line

FACTS = declared(
    "settings",
    Fact("settings_source", "text", "where the program's settings come from: docker inspect, a unit file, ps or a command line"),
)  # fmt: skip

_MAX_BYTES = 64 << 20
_EXPECTED = "the output of docker inspect, systemctl cat, ps -eo pid,args, or a copy of /proc/PID/cmdline"
_UNIT_NAME = lazy(r"#\s*\S*?/([^/\s]+\.(?:service|scope))(?:\.d/\S*)?\s*")
_SETTING = lazy(r"\s*(ExecStart|Environment)\s*=\s*(.*)")
_PS_HEAD = lazy(r"\s*(?:\S+\s+)*?(?:PID|UID|USER)\b.*\b(?:COMMAND|CMD|ARGS)\s*")
_INTERPRETER = lazy(r"(?:python|pypy|ruby|perl|node|php|bash|sh)[0-9.]*")


class Started(NamedTuple):
    """How one program was started."""

    source: str
    flags: tuple[MemoryFlag, ...]
    container_id: str | None = None
    unit: str | None = None
    pid: int | None = None
    program: str | None = None  # its file's name
    script: str | None = None  # of an interpreter: the file that it runs, after which the kernel names a script


def read_settings(path: str) -> tuple[Started, ...]:
    """Return the programs in a file. Raises InputError if it is none of what is expected."""
    text = read_text(path, "hand over the programs of one machine", _MAX_BYTES)
    found = tuple(_read(text, path))
    if not found:
        raise InputError(f"{safe_line(path)}: no program's command line in it; expected {_EXPECTED}")
    return found


def _read(text: str, path: str) -> Iterator[Started]:
    start = text.lstrip()[:1]
    if start and start in "[{" and not text.lstrip().startswith("[Unit]") and not text.lstrip().startswith("[Service]"):
        yield from _inspected(text, path)
    elif "\0" in text:
        yield from _command_line(text)
    elif "ExecStart" in text:
        yield from _units(text, PurePosixPath(path).name)
    else:
        yield from _processes(text)


def _inspected(text: str, path: str) -> Iterator[Started]:
    """docker inspect and podman inspect print a list of containers; crictl inspect prints one."""
    for document in documents(text, path, _EXPECTED):
        for one in rows({"all": document}, "all") if isinstance(document, list) else [document]:
            id_ = word(one, "Id") or word(one, "ID") or word(one, "status", "id")
            if not isinstance(one, dict) or id_ is None:
                continue
            environment = [*texts(one, "Config", "Env"), *texts(one, "info", "runtimeSpec", "process", "env")]
            words = [word(one, "Path") or "", *texts(one, "Args")]
            if not words[0]:
                words = texts(one, "info", "runtimeSpec", "process", "args") or texts(one, "Config", "Cmd")
            flags = [flag for variable in environment for flag in from_environment(*variable.partition("=")[::2])]
            yield Started("docker inspect", (*flags, *from_words(words, "args")), container_id=id_)


def _command_line(text: str) -> Iterator[Started]:
    words = [part for part in text.split("\0") if part]
    if words:
        yield Started("a command line", tuple(from_words(words, "args")), None, None, None, *_names(words))


def _units(text: str, name: str) -> Iterator[Started]:
    """systemctl cat prints `# /lib/systemd/system/NAME` above each file; a copied file is named after its unit."""
    unit = name if name.endswith((".service", ".scope")) else None
    flags: dict[str, list[MemoryFlag]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if found := _UNIT_NAME.fullmatch(line):
            unit = found[1]
        elif unit and (found := _SETTING.fullmatch(line)):
            flags.setdefault(unit, []).extend(_of_setting(found[1], found[2]))
    for one, of_unit in flags.items():
        yield Started("a unit file", tuple(of_unit), unit=one)


def _of_setting(key: str, value: str) -> Iterator[MemoryFlag]:
    try:
        import shlex

        words = shlex.split(value)
    except ValueError:
        words = value.split()
    if key == "ExecStart":
        yield from from_words(words, "ExecStart")
        return
    for variable in words:
        yield from from_environment(*variable.partition("=")[::2])


def _processes(text: str) -> Iterator[Started]:
    """ps prints columns below a head; the last column is the whole command line."""
    lines = text.splitlines()
    head = next((n for n, line in enumerate(lines) if _PS_HEAD.fullmatch(line)), None)
    if head is None:
        return
    names = lines[head].split()
    columns = len(names)
    at = names.index("PID") if "PID" in names else None
    for line in lines[head + 1 :]:
        cells = line.split(None, columns - 1)
        if len(cells) < columns:
            continue
        words = cells[-1].split()
        pid = int(cells[at]) if at is not None and cells[at].isdecimal() and len(cells[at]) <= 10 else None
        yield Started("ps", tuple(from_words(words, "args")), None, None, pid, *_names(words))


def _names(words: Sequence[str]) -> tuple[str, str | None]:
    """Return the name of the program's file, and that of the script which it runs: `python3 /usr/bin/gunicorn`."""
    program = PurePosixPath(words[0].rstrip(":")).name
    runs = _INTERPRETER.fullmatch(program) is not None and len(words) > 1 and not words[1].startswith("-")
    return program, PurePosixPath(words[1]).name if runs else None


def settings_of(started: Sequence[Started], incidents: Sequence[Incident]) -> Findings:
    """Return the settings of each incident's program, and where they come from."""
    facts: dict[str, Mapping[str, Value]] = {}
    flags: dict[str, tuple[MemoryFlag, ...]] = {}
    for incident in incidents:
        found = _of_incident(started, incident)
        if found is not None and found.flags:
            flags[incident.id] = found.flags
            facts[incident.id] = {"settings_source": found.source}
    return Findings(facts=facts, flags=flags)


def _of_incident(started: Sequence[Started], incident: Incident) -> Started | None:
    who, victims = incident.workload.identity, incident.event.victims
    pids = {victim.pid for victim in victims}
    for one in started:
        by_id = one.container_id and who.container_id and one.container_id.startswith(who.container_id[:12])
        if by_id or (one.unit and one.unit == who.unit) or (one.pid in pids and _is_of(one, incident)):
            return one
    named = [one for one in started if one.flags and not one.unit and not one.container_id and _is_of(one, incident)]
    return named[0] if len({one.flags for one in named}) == 1 else None  # several that differ: nobody knows which


def _is_of(one: Started, incident: Incident) -> bool:
    """Return True if a program's file, or the script that it runs, has the name of a victim, as the kernel cuts it."""
    names = {name[:15] for name in (one.program, one.script) if name}
    return any(victim.comm in names for victim in incident.event.victims)
