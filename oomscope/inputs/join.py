"""Side inputs read, and joined with the incidents."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from oomscope.incident.incident import Incident, Note
from oomscope.inputs.cgroup_files import cgroup_facts
from oomscope.inputs.incident_times import Clock, tie
from oomscope.inputs.lifetimes import Starts, latest, lives_by_key, started_lives
from oomscope.inputs.pod_info import Match
from oomscope.inputs.pod_names import match_incidents, name_incidents
from oomscope.inputs.pods import read_pods
from oomscope.inputs.side_inputs import Life, Side, SideFiles
from oomscope.read import InputWarning

if TYPE_CHECKING:
    from oomscope.inputs.events import Event
    from oomscope.inputs.kubectl import Cluster
    from oomscope.series.reading import Finding

Known = float | int | str | bool
Facts = Mapping[str, Mapping[str, Known]]
Warnings = tuple[tuple[int, InputWarning], ...]


def join(files: SideFiles, incidents: Sequence[Incident], log: Side, starts: Starts) -> tuple[list[Incident], Side]:
    """The incidents with their names, and what else the inputs say; `starts` are those that the log itself tells.

    Raises InputError for a file that cannot be read and for a server that does not answer.
    """
    cluster = _cluster(files) if incidents else None
    pods = [*(pod for path in files.pods for pod in read_pods(path)), *(cluster.pods if cluster else ())]
    matches = match_incidents(incidents, pods)
    named = name_incidents(incidents, matches)
    clock = tie(named, matches)
    findings, measured, asked, warnings = _series(files, named, matches, clock)
    named, facts = _facts(files, named, matches, cluster)
    facts = _both(log.facts, facts)
    notes: list[Mapping[str, Note]] = [asked]
    lives: list[dict[str, Life]] = [started_lives(named, starts, "log")]
    if events := _events(files, cluster):
        from oomscope.inputs.event_findings import told

        said = told(events, named, matches, clock)
        facts = _both(facts, said.facts)
        notes.append(said.notes)
        began = {i.id: start for i in named if (start := latest(said.starts.get(i.id, ()), clock.wall(i))) is not None}
        lives.insert(0, started_lives(named, began, "events"))
    lives.append({id_: Life(id_, seconds, "series") for id_, seconds in measured.items()})
    missed = cluster.missed if cluster else ()
    warnings += tuple((0, InputWarning("kubectl-did-not-say", text)) for text in missed)
    side = Side(matches, lives_by_key(named, matches, lives), findings, facts, warnings)
    return _with_notes(named, notes), side


def _cluster(files: SideFiles) -> "Cluster | None":
    if not files.kubectl:
        return None
    from oomscope.inputs.kubectl import ask_cluster

    return ask_cluster(files.kubectl_context)


def _series(
    files: SideFiles, incidents: Sequence[Incident], matches: Mapping[str, Match], clock: Clock
) -> tuple[dict[str, "Finding"], dict[str, float], Mapping[str, Note], Warnings]:
    """What series say, of files and of a server; numpy is imported for no less."""
    if not files.metrics and files.prometheus is None:
        return {}, {}, {}, ()
    from oomscope.inputs.metrics import measure

    if files.prometheus is None:
        return *measure(files.metrics, incidents, matches, clock), {}, ()
    from oomscope.inputs.prometheus import ask

    asked = ask(files.prometheus, incidents, matches, clock)
    return *measure(files.metrics, incidents, matches, clock, asked.series), asked.notes, asked.warnings


def _facts(
    files: SideFiles, named: list[Incident], matches: Mapping[str, Match], cluster: "Cluster | None"
) -> tuple[list[Incident], Facts]:
    """Facts of copied cgroup files and of nodes, which tell requests in bytes as well."""
    facts: Facts = cgroup_facts(files.cgroups, named) if files.cgroups else {}
    if not files.nodes and not (cluster and cluster.nodes):
        return named, facts
    from oomscope.inputs.nodes import read_nodes, with_nodes

    nodes = [*(node for path in files.nodes for node in read_nodes(path)), *(cluster.nodes if cluster else ())]
    named, told = with_nodes(named, matches, nodes)
    return named, _both(facts, told)


def _events(files: SideFiles, cluster: "Cluster | None") -> "list[Event]":
    if not files.events:
        return list(cluster.events) if cluster else []
    from oomscope.inputs.events import read_events

    return [*(event for path in files.events for event in read_events(path)), *(cluster.events if cluster else ())]


def _both(some: Facts, more: Facts) -> Facts:
    return {id_: {**some.get(id_, {}), **more.get(id_, {})} for id_ in dict.fromkeys((*some, *more))}


def _with_notes(incidents: Sequence[Incident], notes: Sequence[Mapping[str, Note]]) -> list[Incident]:
    added = {i.id: tuple(of[i.id] for of in notes if i.id in of) for i in incidents}
    return [i._replace(notes=(*i.notes, *added[i.id])) if added[i.id] else i for i in incidents]
