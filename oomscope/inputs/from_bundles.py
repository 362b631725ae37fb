"""Side inputs that lie in the bundles with the logs: handed on as if a user had named them, and said to be used.

Each is read by its own reader first. What that refuses is none of them, and is left alone.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from oomscope.errors import InputError
from oomscope.incident.incident import Incident, Note
from oomscope.inputs.events import parse_events
from oomscope.inputs.nodes import parse_nodes
from oomscope.inputs.pod_names import match_incidents
from oomscope.inputs.pods import parse_pods
from oomscope.inputs.untrusted_file import decoded
from oomscope.patterns import lazy
from oomscope.read import Aside
from oomscope.safe_text import safe_line

_LEAF = lazy(r"[\w.@:\\-]{1,255}")
_UNIQUE = lazy(r"[0-9a-f]{64}|[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}")
_TOTAL = lazy(r"MemTotal: +(\d{1,15}) kB")
_MOST_NAMED = 3


class Bundled(NamedTuple):
    """Files by option, and a note for each incident that they tell about, by its id."""

    files: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, Note]


def from_bundles(
    aside: Mapping[str, Sequence[Aside]], by_path: Mapping[str, Sequence[Incident]], folder: str
) -> Bundled:
    """Write to `folder` what tells something about the incidents of the bundles, both by the bundle's path.

    The names of the files are made here; nothing of an archive decides where anything is written.
    """
    found = _Found(Path(folder))
    for path, members in aside.items():
        incidents = by_path.get(path, ())
        if incidents:
            others = [one for other, some in by_path.items() if other != path for one in some]
            _of_bundle(found, members, incidents, others)
    notes = {
        id_: Note("bundle-files", f"used beside the log, from the same bundle: {_named(names)}")
        for id_, names in found.used.items()
    }
    return Bundled({kind: tuple(paths) for kind, paths in found.files.items()}, notes)


class _Found:
    """The files that were written, and the members that tell about each incident."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.files: dict[str, list[str]] = defaultdict(list)
        self.used: dict[str, list[str]] = defaultdict(list)

    def place(self) -> Path:
        self._count += 1
        return self._folder / str(self._count)

    def add(self, kind: str, path: Path, member: str, incidents: Sequence[Incident]) -> None:
        self.files[kind].append(str(path))
        for incident in incidents:
            self.used[incident.id].append(member)

    def add_text(self, kind: str, text: str, member: str, incidents: Sequence[Incident]) -> None:
        place = self.place()
        place.write_text(text, encoding="utf-8", errors="surrogateescape")
        self.add(kind, place, member, incidents)


def _of_bundle(
    found: _Found, members: Sequence[Aside], incidents: Sequence[Incident], others: Sequence[Incident]
) -> None:
    for one in members:
        if one.kind in _READERS:
            text = decoded(one.data)
            try:
                told = _READERS[one.kind](text, incidents)
            except InputError:
                continue
            if told:
                found.add_text(one.kind, text, one.member, told)
    _cgroups(found, [one for one in members if one.kind == "cgroups"], incidents, others)
    if "nodes" not in {one.kind for one in members}:
        _capacity(found, [one for one in members if one.kind == "meminfo"], incidents)


def _pods(text: str, incidents: Sequence[Incident]) -> list[Incident]:
    """Return the incidents that the pods are of."""
    matches = match_incidents(incidents, parse_pods(text))
    return [one for one in incidents if one.id in matches]


def _nodes(text: str, incidents: Sequence[Incident]) -> list[Incident]:
    names = {node.name.split(".")[0] for node in parse_nodes(text, "the nodes")}
    return [one for one in incidents if one.event.host is not None and one.event.host.split(".")[0] in names]


def _events(text: str, incidents: Sequence[Incident]) -> list[Incident]:
    uids = {event.uid for event in parse_events(text, "the events")} - {None}
    return [one for one in incidents if one.workload.identity.pod_uid in uids]


_READERS = {"pods": _pods, "nodes": _nodes, "events": _events}


def _cgroups(
    found: _Found, members: Sequence[Aside], incidents: Sequence[Incident], others: Sequence[Incident]
) -> None:
    """Write the memory files of the cgroups that the incidents name, each cgroup's into a folder of its name.

    A name that kills of another bundle have as well tells nothing, unless it holds an id.
    """
    mine, theirs = _leaves(incidents), _leaves(others)
    folders: dict[str, list[Aside]] = defaultdict(list)
    for one in members:
        folders[one.member.rpartition("/")[0]].append(one)
    for path, files in folders.items():
        leaf = path.rpartition("/")[2]
        about = mine.get(leaf, [])
        if (
            not about
            or not _LEAF.fullmatch(leaf)
            or leaf in (".", "..")
            or (leaf in theirs and not _UNIQUE.search(leaf))
        ):
            continue
        target = found.place() / leaf
        target.mkdir(parents=True)
        for one in files:
            (target / one.member.rpartition("/")[2]).write_bytes(one.data)
        found.add("cgroups", target, path, about)
    if len(found.files["cgroups"]) == 1:  # a single one is matched by its limit too, which is not meant here
        found.files["cgroups"] *= 2


def _leaves(incidents: Sequence[Incident]) -> dict[str, list[Incident]]:
    """Return the incidents by the last parts of the paths of their cgroups."""
    out: dict[str, list[Incident]] = defaultdict(list)
    for incident in incidents:
        summary = incident.event.summary
        paths = (summary.oom_memcg, summary.task_memcg) if summary else ()
        for leaf in {path.rstrip("/").rpartition("/")[2] for path in paths if path} - {""}:
            out[leaf].append(incident)
    return out


def _capacity(found: _Found, members: Sequence[Aside], incidents: Sequence[Incident]) -> None:
    """Hand on the memory of the machine, as the kubelet counts it, where one machine's logs are in the bundle."""
    hosts = {one.event.host for one in incidents}
    host = next(iter(hosts))
    total = _TOTAL.search(decoded(members[0].data)) if len(members) == 1 else None
    if total is None or len(hosts) > 1 or host is None:
        return
    node = {"kind": "Node", "metadata": {"name": host}, "status": {"capacity": {"memory": f"{total[1]}Ki"}}}
    found.add_text("nodes", json.dumps(node), members[0].member, incidents)


def _named(members: Sequence[str]) -> str:
    names = [safe_line(name)[:200] for name in dict.fromkeys(members)]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
