"""Records to the kills of other programs; the kernel's own lines pass through unread."""

from collections.abc import Iterable

from oomscope.killers.nohang import Nohang
from oomscope.killers.other_kill import Corroboration, Killed, OtherKill, seconds_between
from oomscope.killers.single import READERS
from oomscope.killers.systemd import Oomd, all_kills
from oomscope.killers.witness import witness
from oomscope.patterns import lazy
from oomscope.read.record import Record

# Literals for `log` to find the regions by. Each costs a pass over the bytes, so one stands for all wordings that hold it.
MARKERS: tuple[bytes, ...] = (
    b"oomd", b"due to memory ", b"VmRSS", b"SIGKILL to cgroup", b"lowmemorykiller", b"lmkd", b"sigkill to", b"viction manager",
    b"OOM", b"oom_kill", b"/oom", b"to the victim",
)  # fmt: skip

# A program's name before its words, where the transport has not taken it off: lines written to /dev/kmsg.
_IDENT = lazy(r"(?P<ident>[\w.\-@()]{1,64})(?:\[(?P<pid>\d{1,10})\])?: (?=\S)")
_STAMP = lazy(r"[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d: ")  # of a program that writes its own
_FAILED = lazy(r"kill failed: ")
_SAME_KILL_SECONDS = 5.0
_WORDS = (
    "oomd", "due to memory ", "VmRSS", "to the victim", "badness: ", "cached victim", "Cannot send", "SIGKILL to cgroup", "lowmemorykiller", "lmkd", "sigkill to", "viction manager",
    "OOM killer", "OOM Killed", "TaskOOM", "System OOM", "/oom", "oom_kill event", "oom-kill'", "Memory pressure for",
    "to process ", "illing process ", "Failed to kill any", "kill failed: ", "Killed /", "Kill '", "sysrq-trigger", "nvoking oom",
)  # fmt: skip


def find(records: Iterable[Record]) -> Killed:
    """All kills of user-space killers in these records, and all lines that bear witness to the kernel's."""
    kills: list[OtherKill] = []
    seen: list[Corroboration] = []
    machines: dict[tuple[str | None, str | None], Oomd] = {}
    nohangs: dict[tuple[str | None, str | None], Nohang] = {}
    records = tuple(records)
    everything = "\n".join(record.text for record in records)
    words = [word for word in _WORDS if word in everything]
    for record in records if words else ():
        if not any(word in record.text for word in words):
            continue
        text = _words(record.text)
        machine = machines.setdefault((record.host, record.boot_id), Oomd())
        if machine.feed(record, text) or nohangs.setdefault((record.host, record.boot_id), Nohang()).feed(record):
            continue
        said = witness(record, text)
        if said is not None:
            seen.append(said)
        elif _FAILED.match(text):
            _failed(kills, record)
        else:
            _single(kills, record, text)
    kills.extend(all_kills(machines))
    kills.extend(kill for nohang in nohangs.values() for kill in nohang.kills)
    return Killed(tuple(sorted(kills, key=lambda k: (k.line, k.last_line))), tuple(seen))


def _words(text: str) -> str:
    """What a program says, without its name and its own clock in front."""
    first = text.split("\n", 1)[0]
    if stamp := _STAMP.match(first):
        first = first[stamp.end() :]
    ident = _IDENT.match(first)
    if ident is not None and (ident["pid"] is not None or ident["ident"] in _PROGRAMS):
        return first[ident.end() :]
    return first


_PROGRAMS = ("systemd", "systemd-oomd", "earlyoom", "nohang", "oomd", "kubelet", "containerd", "lmkd")


def _single(kills: list[OtherKill], record: Record, text: str) -> None:
    for word, reader in READERS:
        if word not in text:
            continue
        kill = reader(record, text)
        if kill is None:
            continue
        last = kills[-1] if kills else None
        if last is not None and _same(last, kill, record):
            kills[-1] = last._replace(last_line=kill.last_line)
        else:
            kills.append(kill)
        return


def _same(last: OtherKill, kill: OtherKill, record: Record) -> bool:
    """Whether a second signal goes to the process that the first one did not end."""
    seconds = seconds_between(last, record)
    near = seconds is None or 0 <= seconds <= _SAME_KILL_SECONDS
    return near and bool(kill.pids) and not last.attempted_only and (last.killer, last.pids, last.host) == (kill.killer, kill.pids, kill.host)  # fmt: skip


def _failed(kills: list[OtherKill], record: Record) -> None:
    """earlyoom says of its last signal that it did not end the process."""
    if kills and kills[-1].killer == "earlyoom":
        kills[-1] = kills[-1]._replace(attempted_only=True, last_line=record.last_line)
