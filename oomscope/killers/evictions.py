"""Node-pressure evictions by the kubelet: which of them were for want of memory (pkg/kubelet/eviction/eviction_manager.go)."""

from oomscope.killers.other_kill import OtherKill, kill_of, seconds_between
from oomscope.patterns import lazy
from oomscope.read.record import Record

_EVICTED = lazy(
    r".{0,400}?(?:eviction manager: pods? (?P<pod>.{1,512}?) (?:is |are )?(?:successfully )?evicted|"
    r"\"Eviction manager: pods evicted, waiting for pod to be cleaned up\" pods=(?P<pods>.{1,1024})|"
    r"\"Eviction manager: pod is evicted successfully\" pod=(?P<one>\S{1,512}))"
)
_RESOURCE = lazy(
    r".{0,400}?[Ee]viction manager: (?:must evict pod\(s\) to reclaim|attempting to reclaim)\"?(?: resourceName=)?\s?\"?(?P<what>[\w.-]{1,40})"
)
_MEMORY = ("memory", "allocatableMemory.available", "memory.available")
_ONE_ACT_SECONDS = 600.0


class Evictions:
    """The kubelet of one machine. It names the resource in one line and the pods in a later one."""

    def __init__(self) -> None:
        self._resource: str | None = None
        self._last: OtherKill | None = None
        self._named: OtherKill | None = None  # the place and time of the line that named the resource

    def feed(self, record: Record, text: str) -> OtherKill | None:
        """Return an eviction for want of memory; None for another line, or another resource.

        sample::

            "Eviction manager: must evict pod(s) to reclaim" resourceName="ephemeral-storage"
            eviction manager: pods web-7d4b9_shop(ceb06323-be34-45be-ae42-386a69731d8f) evicted, waiting for pod to be cleaned up
        """
        if found := _RESOURCE.match(text):
            self._resource, self._named = found["what"], kill_of(record, "kubelet")
            return None
        found = _EVICTED.match(text)
        if found is None or not self._is_for_memory(record):
            return None
        names = (found["pod"] or found["pods"] or found["one"]).strip()
        if self._last is not None and _names(names) == _names(self._last.reason or ""):
            return None  # it says so once for the pod, and once when all are gone
        self._last = kill_of(record, "kubelet", reason=names)
        return self._last._replace(reason=f"node-pressure eviction of {names}")

    def _is_for_memory(self, record: Record) -> bool:
        """True if the resource that was named last is memory, or none was: then the kubelet's words are all there is."""
        named = self._named
        if named is None or self._resource is None or abs(seconds_between(named, record) or 0.0) > _ONE_ACT_SECONDS:
            return True
        return self._resource in _MEMORY


def _names(text: str) -> str:
    return text.strip('[]"')
