"""What PID 1, container runtimes and node agents say about a kill of the kernel's."""

from oomscope.killers.other_kill import Corroboration
from oomscope.patterns import lazy
from oomscope.read.record import Record

_UNIT = r"(?P<unit>[^\s:]{1,256}): "
_LINES = (
    ("unit-oom-killed", lazy(rf"{_UNIT}A process of this unit has been killed by the OOM killer")),
    ("unit-result-oom-kill", lazy(rf"{_UNIT}(?:Failed with result '?oom-kill'?|Unit entered failed state.{{0,40}}oom-kill)")),
    ("task-oom", lazy(r'.{0,400}?TaskOOM (?:event )?.{0,80}?(?:container_id|ContainerID)[:=]\s?\\?"?(?P<container>[0-9a-f]{12,64})')),
    ("task-oom", lazy(r'.{0,400}?topic=\\?"?/tasks/oom')),
    ("task-oom", lazy(r".{0,400}?TaskOOM\b")),
    ("system-oom", lazy(r".{0,200}?System OOM encountered(?:, victim process: (?P<comm>.{0,64}?), pid: (?P<pid>\d{1,10}))?")),
    ("asked", lazy(r"Invoking oom killer:|.{0,1000}?\bsysrq-trigger\b")),  # earlyoom -k of 2014 to 2018; sudo, audit
    ("kubernetes-event", lazy(r".{0,1000}?\bOOMKilling\b.{0,400}?[Oo]ut of memory: Kill(?:ed)? process (?P<pid>\d{1,10}) \((?P<comm>[^()]{0,64})\)")),
    ("kubernetes-event", lazy(r"""\s{0,40}(?:- )?\\?"?message\\?"?: ?\\?["']?(?:Memory cgroup )?[Oo]ut of memory: Kill(?:ed)? process (?P<pid>\d{1,10}) \((?P<comm>[^()]{0,64})\)""")),
    ("pod-status", lazy(r'\s{0,40}(?:Reason:\s{1,40}|\\?"reason\\?": ?\\?"|(?P<unit>\S{1,253})\s{1,40}\d{1,4}/\d{1,4}\s{1,40})OOMKilled(?:[\s",\\]|$)')),
    ("slurm-oom", lazy(r".{0,100}?Detected \d{1,9} oom[_-]kill event(?:\(s\)|s)? in (?P<unit>\S{1,80})")),
)  # fmt: skip
WORDS = (
    "OOMKill",
    "message",
    "Invoking oom killer",
    "sysrq-trigger",
    "OOM killer",
    "oom-kill",
    "TaskOOM",
    "/tasks/oom",
    "System OOM",
    "oom_kill event",
)


def witness(record: Record, text: str) -> Corroboration | None:
    """sample:: `nginx.service: A process of this unit has been killed by the OOM killer.`"""
    if not any(word in text for word in WORDS):
        return None
    for kind, pattern in _LINES:
        found = pattern.match(text)
        if found is not None:
            said = found.groupdict()
            pid = said.get("pid")
            return Corroboration(
                kind, said.get("unit"), said.get("container"), int(pid) if pid else None, said.get("comm"), record.line,
                record.monotonic_seconds, record.wall_seconds, record.host, record.boot_id, record.trust, record.text, record.boot,
            )  # fmt: skip
    return None
