"""`kubernetes_outcome` of the document: what became of the victim's container."""

from typing import TYPE_CHECKING

from oomscope.incident import Incident
from oomscope.incident.kubernetes_outcome import Status, kubernetes_outcome
from oomscope.report.document.incident_body import Json

if TYPE_CHECKING:
    from oomscope.inputs.pod_info import Match


def kubernetes_json(incident: Incident, match: "Match | None", killed_again: bool) -> Json | None:
    """Return whether the container ended and was restarted, and what its status shows; null outside Kubernetes."""
    found = kubernetes_outcome(incident, killed_again, _status(incident, match))
    if found is None:
        return None
    return {
        "container_ended": found.container_ended,
        "container_restarted": found.container_restarted,
        "status_shows": found.status_shows,
        "why": found.why,
    }


def _status(incident: Incident, match: "Match | None") -> Status | None:
    if match is None or match.container is None:
        return None
    container, id_ = match.container, incident.workload.identity.container_id
    ended = next((t for t in container.terminations if id_ is not None and t.container_id == id_), None)
    over = container.state == "terminated" and ended is not None and bool(container.ids) and container.ids[0] == id_
    return Status(ended.reason if ended is not None else None, over, container.restart_count)
