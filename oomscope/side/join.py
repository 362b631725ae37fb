"""Side files read, and joined with the incidents."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from oomscope.incident.shape import Incident
from oomscope.side.cgroupfs import cgroup_facts
from oomscope.side.clock import tie
from oomscope.side.lives import lives_by_key
from oomscope.side.names import match_incidents, name_incidents
from oomscope.side.shape import Side, SideFiles
from oomscope.workload.inventory import read_pods
from oomscope.workload.pods import PodInfo

if TYPE_CHECKING:
    from oomscope.series.reading import Finding


def join(files: SideFiles, incidents: Sequence[Incident]) -> tuple[list[Incident], Side]:
    """The incidents with their names, and what else the files say. Raises InputError for a file that cannot be read."""
    pods: list[PodInfo] = [pod for path in files.pods for pod in read_pods(path)]
    matches = match_incidents(incidents, pods)
    named = name_incidents(incidents, matches)
    clock = tie(named, matches)
    findings: dict[str, Finding] = {}
    measured: dict[str, float] = {}
    if files.metrics:
        from oomscope.side.measured import measure

        findings, measured = measure(files.metrics, named, matches, clock)
    facts = cgroup_facts(files.cgroups, named) if files.cgroups else {}
    if files.nodes:
        from oomscope.side.nodes import read_nodes, with_nodes

        named, told = with_nodes(named, matches, [node for path in files.nodes for node in read_nodes(path)])
        facts = {id_: {**facts.get(id_, {}), **told.get(id_, {})} for id_ in {*facts, *told}}
    return named, Side(matches=matches, lives=lives_by_key(named, matches, measured), series=findings, facts=facts)
