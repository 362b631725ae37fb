"""Kills that are not the kernel's, and lines that bear witness to the kernel's, as frozen shapes."""

from typing import NamedTuple

from oomscope.read.record import Record, Trust


class OtherKill(NamedTuple):
    """One act of a user-space killer."""

    killer: str  # systemd-oomd | earlyoom | nohang | oomd | talos | lowmemorykiller | lmkd | kubelet
    pids: tuple[int, ...]
    comms: tuple[str, ...]
    cgroup: str | None
    processes: int | None  # how many died, where only a number is given
    reason: str | None
    attempted_only: bool  # it says itself that nobody died, or never says that somebody did
    line: int
    last_line: int
    monotonic_seconds: float | None
    wall_seconds: float | None
    host: str | None
    boot_id: str | None
    trust: Trust  # tag where the words are the killer's own; text where another program, or nobody, wrote them
    text: str
    boot: int = 0  # number of the boot among those in the input


class Corroboration(NamedTuple):
    """A line of another program that speaks of a kernel kill: never a kill of its own."""

    kind: str  # unit-oom-killed | unit-result-oom-kill | task-oom | system-oom | kubernetes-event | pod-status | slurm-oom | asked
    unit: str | None
    container: str | None
    pid: int | None
    comm: str | None
    line: int
    monotonic_seconds: float | None
    wall_seconds: float | None
    host: str | None
    boot_id: str | None
    trust: Trust
    text: str
    boot: int = 0


class Killed(NamedTuple):
    """Everything that `find` found, in the order of the log."""

    kills: tuple[OtherKill, ...]
    corroborations: tuple[Corroboration, ...]


def kill_of(
    record: Record, killer: str, *, pids: tuple[int, ...] = (), comms: tuple[str, ...] = (), cgroup: str | None = None,
    processes: int | None = None, reason: str | None = None, attempted_only: bool = False,
) -> OtherKill:  # fmt: skip
    """A kill with the place, time and trust of the record that tells of it."""
    return OtherKill(
        killer, pids, comms, cgroup, processes, reason, attempted_only, record.line, record.last_line,
        record.monotonic_seconds, record.wall_seconds, record.host, record.boot_id, record.trust, record.text, record.boot,
    )  # fmt: skip


def seconds_between(kill: OtherKill, record: Record) -> float | None:
    """From the kill to the record by a clock that both have; None where they share none."""
    for a, b in ((kill.monotonic_seconds, record.monotonic_seconds), (kill.wall_seconds, record.wall_seconds)):
        if a is not None and b is not None:
            return b - a
    return None
