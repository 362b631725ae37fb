"""The lines that name the dead: Killed process, Kill process, the group line, the reaper, panics, SysRq."""

import re
from typing import NamedTuple

from oomscope.kernel.event import Reaped
from oomscope.kernel.numbers import comm_fits, kb
from oomscope.patterns import lazy

# "Out of Memory" in 2.6.9; what stands in brackets may be new or a vendor's.
_MESSAGE = r"(?P<message>(?:Memory cgroup o|O)ut of [Mm]emory(?: \([\w ]{1,40}\)| in UB \d{1,10})?|No available memory (?:\(MPOL_BIND\)|in cpuset))"
_KILLED = lazy(
    rf"(?:{_MESSAGE}: )?(?P<verb>OOM k|K|k)illed process (?P<pid>\d{{1,10}})(?:, UID (?P<uid0>\d{{1,10}}),)? \((?P<rest>.*)",
    re.DOTALL,
)
# The sizes are bound from the right: a comm may hold ") total-vm:1kB".
_SIZES = lazy(
    r"(?:, UID (?P<uid1>-?\d{1,10}),)? (?:total-vm|score \d+ vm):(?P<vm>\d{1,20})kB"
    r"(?:, (?:anon-rss|rss):(?P<anon>\d{1,20})kB)?(?:, file-rss:(?P<file>\d{1,20})kB)?(?:, shmem-rss:(?P<shmem>\d{1,20})kB)?"
    r"(?:, swap:\d{1,20}kB)?"
    r"(?:, ?UID:(?P<uid2>\d{1,10}))?(?: ?pgtables:(?P<pgtables>\d{1,20})kB)?(?: ?oom_score_adj:(?P<adj>-?\d{1,5}))?(?P<over>.{0,3})"
)
_UID_LESS = lazy(r"\)(?:, UID (?P<uid>-?\d{1,10}),?)?[\s.`*>]*$")
_SELECTED = lazy(
    rf"(?:{_MESSAGE}: )?[Kk]ill process (?P<pid>\d{{1,10}}) \((?P<comm>.{{0,66}}?)\)(?: score (?P<score>-?\d{{1,18}}))?"
    r"(?P<kind>\s+or\s+sacrifice\s+child|\s+or\s+a\s+child|\s+or\b|\s*$| sharing same memory)",
    re.DOTALL,
)
_GROUP = lazy(r"Tasks in (?P<path>.{1,4096}?) are going to be killed(?: due to memory\.oom\.group set)?")
_REAPED = lazy(
    r"oom_reaper: reaped process (?P<pid>\d{1,10}) \((?P<comm>.{0,66}?)\), now anon-rss:(?P<anon>\d{1,20})kB, file-rss:(?P<file>\d{1,20})kB"
    r"(?:, shmem-rss:(?P<shmem>\d{1,20})kB)?"
)
_UNREAPED = lazy(r"oom_reaper: (?:unable to reap|giving up) pid:(?P<pid>\d{1,10}) \((?P<comm>.{0,66}?)\)")
_PANIC = lazy(
    r"(?:---\[ end )?Kernel panic - not syncing: (?P<text>(?:Out of memory|out of memory|System is deadlocked on memory).{0,80})"
)
_SYSRQ = lazy(r"(?:sysrq|SysRq) ?: (?:SysRq : )?Manual OOM execution")


class KillLine(NamedTuple):
    pid: int
    comm: str
    uid: int | None
    message: str | None
    total_vm_bytes: int | None = None
    anon_rss_bytes: int | None = None
    file_rss_bytes: int | None = None
    shmem_rss_bytes: int | None = None
    pgtables_bytes: int | None = None
    oom_score_adj: int | None = None

    @property
    def goodness(self) -> int:
        """How far the line was read: a reading that reaches oom_score_adj is whole."""
        parts = (
            self.total_vm_bytes, self.anon_rss_bytes, self.file_rss_bytes, self.shmem_rss_bytes,
            self.uid, self.pgtables_bytes, self.oom_score_adj,
        )  # fmt: skip
        return sum(p is not None for p in parts)


def parse_killed(text: str) -> KillLine | None:
    """A `Killed process` line of any era, or None if it does not begin like one (another program's quotation).

    sample::

        Memory cgroup out of memory: Killed process 10690 (dotnet) total-vm:160148kB, anon-rss:152960kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:344kB oom_score_adj:854
        Killed process 40738, UID 27, (mysqld) total-vm:6424316kB, anon-rss:13128kB, file-rss:4kB
        Killed process 5790 (SABnzbd.py)
    """
    found = _KILLED.match(text)
    if found is None:
        return None
    rest = found["rest"]
    if found["verb"] == "k" and " score " not in rest:  # OpenVZ's "OOM killed process", wrapped before "killed"
        return None
    at = max(rest.rfind(") total-vm:"), rest.rfind(") score "), _before_uid(rest))
    sizes = _SIZES.match(rest, at + 1) if at >= 0 else None
    if sizes is None:
        end = _UID_LESS.search(rest)
        comm = rest[: end.start()] if end else rest.split(")")[0]
        if not comm_fits(comm):
            return None
        uid = found["uid0"] or (end["uid"] if end else None)
        return KillLine(int(found["pid"]), comm, int(uid) if uid else None, found["message"])
    if not comm_fits(rest[:at]):
        return None
    uid = found["uid0"] or sizes["uid1"] or sizes["uid2"]
    return KillLine(
        pid=int(found["pid"]),
        comm=rest[:at],
        uid=int(uid) if uid else None,
        message=found["message"],
        total_vm_bytes=kb(sizes["vm"]),
        anon_rss_bytes=kb(sizes["anon"]),
        file_rss_bytes=kb(sizes["file"]),
        shmem_rss_bytes=kb(sizes["shmem"]),
        pgtables_bytes=kb(sizes["pgtables"]),
        oom_score_adj=int(sizes["adj"]) if sizes["adj"] else None,
    )


def _before_uid(rest: str) -> int:
    """Late RHEL 7: `(comm), UID 27, total-vm:...`; where the closing bracket is, or -1."""
    at = rest.rfind("), UID ")
    return at if at >= 0 and " total-vm:" in rest[at:] else -1


class SelectLine(NamedTuple):
    pid: int
    comm: str
    score: int | None
    message: str
    sharing: bool

    @property
    def goodness(self) -> int:
        """1, and 1 more with the score."""
        return 1 + (self.score is not None)


def parse_selected(text: str) -> SelectLine | None:
    """`Kill process` of kernels before 5.2: the choice, not yet the death.

    sample::

        Out of memory: Kill process 40738 (mysqld) score 16 or sacrifice child
    """
    found = _SELECTED.match(text)
    if found is None:
        return None
    score = found["score"]
    sharing = "sharing" in found["kind"]
    return SelectLine(int(found["pid"]), found["comm"], int(score) if score else None, found["message"] or "", sharing)


def parse_group(text: str) -> str | None:
    """The path of `Tasks in PATH are going to be killed due to memory.oom.group set` (4.19+, 3d8b38eb81ca)."""
    found = _GROUP.match(text)
    return found["path"] if found else None


def parse_reaped(text: str, line: int) -> Reaped | None:
    """What the oom_reaper (4.6+, bc448e897b6d) left of a victim.

    sample::

        oom_reaper: reaped process 292673 (pahole), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
        oom_reaper: unable to reap pid:7 (x)
    """
    found = _REAPED.match(text)
    if found:
        sizes = (kb(found["anon"]), kb(found["file"]), kb(found["shmem"]))
        return Reaped(int(found["pid"]), found["comm"], *sizes, done=True, line=line)
    failed = _UNREAPED.match(text)
    return Reaped(int(failed["pid"]), failed["comm"], None, None, None, done=False, line=line) if failed else None


def parse_panic(text: str) -> str | None:
    """The reason of a panic that an OOM caused; the "end Kernel panic" line repeats it."""
    found = _PANIC.match(text)
    return found["text"].split(" ]---")[0].strip() if found else None


def is_no_killable(text: str) -> bool:
    """`Out of memory and no killable processes...`; 4.19+ warns, before that it was the panic's text."""
    return text.startswith("Out of memory and no killable processes")


_SPARED = lazy(
    r"(?:(?:Memory cgroup o|O)ut of memory[^:]{0,60}: )?OOM victim \d{1,10} \(.{0,66}?\) is already exiting|"
    r"Would have killed process \d{1,10} \(.{0,66}?\)\. But continuing",
    re.DOTALL,
)


def parse_spared(text: str) -> str | None:
    """The kernel's own words where a report ends without a kill.

    sample::

        Out of memory: OOM victim 70 (java) is already exiting. Skip killing the task
        Would have killed process 70 (java). But continuing instead.
    """
    return text.strip() if _SPARED.match(text) else None


def is_refused(text: str) -> bool:
    """Whether a SysRq-f found nobody to kill, or the killer switched off."""
    return "OOM request ignored" in text


def is_sysrq_oom(text: str) -> bool:
    """Whether somebody asked for an OOM kill by Alt-SysRq-f or /proc/sysrq-trigger."""
    return _SYSRQ.match(text) is not None
