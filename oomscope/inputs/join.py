"""Side inputs asked in turn, and what they say joined with the incidents."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from oomscope.errors import InputError
from oomscope.fact import Value
from oomscope.incident.incident import Incident
from oomscope.inputs.boot_times import boot_times
from oomscope.inputs.lifetimes import Starts, lives_by_key, started_lives
from oomscope.inputs.pod_names import match_incidents, name_incidents
from oomscope.inputs.pods import read_pods
from oomscope.inputs.registry import SIDE_INPUTS
from oomscope.inputs.side_files import SideFiles
from oomscope.inputs.side_input import Findings, Known, without
from oomscope.inputs.side_inputs import LIFE_SOURCES, Life, Side
from oomscope.read import InputWarning

if TYPE_CHECKING:
    from oomscope.inputs.kubectl import Cluster


def join(files: SideFiles, incidents: Sequence[Incident], log: Side, starts: Starts) -> tuple[list[Incident], Side]:
    """Return the incidents with their names, and what else the inputs say; `starts` are those that the log itself tells.

    Raises InputError for a file that cannot be read; a server or a cluster that does not answer is a warning.
    """
    cluster, refused = _cluster(files) if incidents else (None, ())
    pods = [*(pod for path in files.files("pods") for pod in read_pods(path)), *(cluster.pods if cluster else ())]
    matches = match_incidents(incidents, pods)
    named = name_incidents(incidents, matches)
    known = Known(named, matches, boot_times(named, matches), cluster)
    said = [Findings(facts=log.facts, lives=started_lives(named, starts, "log"))]
    said += [one.tell(files, known) for one in SIDE_INPUTS if one.tell is not None]
    missed = cluster.missed if cluster else ()
    side = Side(
        matches=matches,
        lives=lives_by_key(named, matches, _by_trust(said)),
        series={key: finding for one in said for key, finding in one.series.items()},
        facts=_facts(said),
        flags={id_: flags for one in said for id_, flags in one.flags.items()},
        warnings=(
            *(warning for one in said for warning in one.warnings),
            *((0, warning) for warning in refused),
            *((0, InputWarning("kubectl-did-not-say", text)) for text in missed),
        ),
    )
    return _told(named, said), side


def _cluster(files: SideFiles) -> "tuple[Cluster | None, tuple[InputWarning, ...]]":
    context = files.text("kubectl_context")
    if not files.is_on("kubectl") and context is None:
        return None, ()
    from oomscope.inputs.kubectl import ask_cluster

    try:
        return ask_cluster(context), ()
    except InputError as error:
        return None, (without(error),)


def _facts(said: Iterable[Findings]) -> dict[str, dict[str, Value]]:
    """Return the facts of all inputs by incident id; of one that two of them tell, the later's."""
    found: dict[str, dict[str, Value]] = {}
    for one in said:
        for id_, facts in one.facts.items():
            found.setdefault(id_, {}).update(facts)
    return found


def _by_trust(said: Iterable[Findings]) -> list[Mapping[str, Life]]:
    """Return the lives that each input tells, the most trusted source first."""
    known = [one.lives for one in said if one.lives]
    return sorted(known, key=lambda lives: LIFE_SOURCES.index(next(iter(lives.values())).source))


def _told(incidents: Sequence[Incident], said: Sequence[Findings]) -> list[Incident]:
    """Return the incidents with the notes and memory requests that the inputs have for them."""
    return [_with_request(_with_notes(incident, said), said) for incident in incidents]


def _with_notes(incident: Incident, said: Sequence[Findings]) -> Incident:
    notes = tuple(one.notes[incident.id] for one in said if incident.id in one.notes)
    return incident._replace(notes=(*incident.notes, *notes)) if notes else incident


def _with_request(incident: Incident, said: Sequence[Findings]) -> Incident:
    request = next((one.requests[incident.id] for one in said if incident.id in one.requests), None)
    if request is None:
        return incident
    who = incident.workload._replace(memory_request_bytes=request, memory_request_source="oom_score_adj")
    return incident._replace(workload=who)
