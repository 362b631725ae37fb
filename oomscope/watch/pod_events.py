"""A Kubernetes event on the pod whose process was killed: `kubectl describe pod` shows it. The kubelet makes none."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from oomscope.errors import InputError
from oomscope.report.counting import is_kill
from oomscope.watch.cluster_api import ClusterApi, Server, Unanswered
from oomscope.watch.worker import Worker

if TYPE_CHECKING:
    from oomscope.incident import Incident
    from oomscope.inputs.pod_info import Match

_OPTION: Final = "--kubernetes-events"
_PAUSE: Final = 1.0
_AGAIN_AFTER: Final = (1.0, 4.0)  # seconds until a second and a third try
_MOST_MESSAGE: Final = 1024  # bytes, of the API's own limit
_MOST_NAME: Final = 200


class _Kill(NamedTuple):
    incident: "Incident"
    entry: dict[str, Any]


class PodEvents:
    """Posts an event for each kill in a pod of this node, at most one a second, beside the watch."""

    def __init__(self, server: Server, tell: Callable[[str], None], pause: float = _PAUSE) -> None:
        self._api, self._node, self._tell = ClusterApi(server), server.node, tell
        self._failed = False
        self._worker: Worker[_Kill] = Worker(_OPTION, self._post, tell, pause)

    def call(self, incident: "Incident", entry: dict[str, Any]) -> None:
        """Hand over an incident and its JSON. What is no kill, or is not in a pod, is passed over."""
        who = incident.workload.identity
        if is_kill(entry) and (who.pod_uid is not None or who.container_id is not None):
            self._worker.add(_Kill(incident, entry))

    def close(self, seconds: float = 5.0) -> None:
        """Let what waits be posted for so long."""
        self._worker.close(seconds)

    def _post(self, kill: _Kill) -> None:
        for pause in (*_AGAIN_AFTER, None):
            try:
                self._post_once(kill)
            except Unanswered as error:
                if pause is not None and not self._worker.stopping.wait(pause):
                    continue
                self._failure(str(error))
            except InputError as error:
                self._failure(str(error))
            else:
                self._failed = False
            return

    def _failure(self, words: str) -> None:
        """Say so, once for all failures in a row."""
        first, self._failed = not self._failed, True
        if first:
            self._tell(f"{_OPTION}: {words}; no event was posted. Further failures are not said until one succeeds")

    def _post_once(self, kill: _Kill) -> None:
        from oomscope.inputs.pod_names import match_incidents

        match = match_incidents([kill.incident], list(self._api.pods())).get(kill.incident.id)
        if match is None or not match.pod.namespace or not match.pod.name:
            who = kill.incident.workload.identity
            if who.pod_uid is not None:
                self._tell(f"{_OPTION}: no pod of {self._node} has the uid {who.pod_uid}; it may be deleted already")
            return
        self._api.create_event(match.pod.namespace, event_of(kill.entry, match, self._node))


def event_of(entry: dict[str, Any], match: "Match", node: str) -> dict[str, object]:
    """Return the event in the API's shape (core/v1). Its name is made of the incident's id: it is never there twice."""
    pod, container = match.pod, match.container
    about: dict[str, object] = {
        "apiVersion": "v1", "kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid,
    }  # fmt: skip
    if container is not None:
        kind = {"init": "initContainers", "sidecar": "initContainers", "ephemeral": "ephemeralContainers"}
        about["fieldPath"] = f"spec.{kind.get(container.kind, 'containers')}{{{container.name}}}"
    at = _moment(entry)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": pod.namespace, "name": f"{(pod.name or '')[:_MOST_NAME].rstrip('.-')}.{entry['id']}"},
        "involvedObject": about,
        "reason": "OOMKilled",
        "message": _message(entry),
        "type": "Warning",
        "source": {"component": "oomscope", "host": node},
        "reportingComponent": "oomscope",
        "reportingInstance": node,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }


def _message(entry: dict[str, Any]) -> str:
    victims = ", ".join(f"{one.get('comm')} (pid {one.get('pid')})" for one in entry["victims"][:4])
    words = f"{entry['verdict']['headline']}. Killed: {victims}." if victims else f"{entry['verdict']['headline']}."
    return words.encode("utf-8", "replace")[:_MOST_MESSAGE].decode("utf-8", "ignore")


def _moment(entry: dict[str, Any]) -> str:
    """Return when it was in whole seconds, as the API wants it; a ring buffer has no time of day, so there it is now."""
    wall = entry["time"]["wall"]
    at = datetime.fromisoformat(wall) if isinstance(wall, str) else datetime.now(UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
