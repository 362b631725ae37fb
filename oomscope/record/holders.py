"""Who holds the memory of a cgroup that is nearly full: its largest processes, and what lies on its tmpfs mounts."""

import os
import re
import stat
from pathlib import Path
from typing import Final, NamedTuple

_MOST_PIDS: Final = 500
_MOST_NAMED: Final = 5
_LEAST: Final = 1 << 20  # bytes that are worth a word
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_ROLLUP: Final = re.compile(r"^(Pss_Anon|Pss_Shmem|Pss|SwapPss):\s+(\d{1,18}) kB$", re.MULTILINE)


class Process(NamedTuple):
    """Bytes, as /proc/PID/smaps_rollup has them; shared pages count by their share."""

    pid: int
    comm: str
    anon: int
    shmem: int
    swap: int


class Tmpfs(NamedTuple):
    """A tmpfs mount that the processes see, and how many bytes lie on it; others may have put them there."""

    mount: str
    used: int


class Holders(NamedTuple):
    """The largest of each, the largest first."""

    processes: tuple[Process, ...]
    tmpfs: tuple[Tmpfs, ...]


def holders_of(folder: str) -> Holders:
    """Return who holds the memory of a cgroup; nobody where it is gone."""
    pids = _pids(folder)
    sized = sorted(((_resident(pid), pid) for pid in pids), reverse=True)[:_MOST_NAMED]
    found = [one for _, pid in sized if (one := _process(pid)) is not None]
    return Holders(tuple(found), _tmpfs(pids[0]) if pids else ())


def _pids(folder: str) -> list[int]:
    found: list[int] = []
    for at, _, _ in os.walk(folder):
        try:
            found += [int(pid) for pid in Path(at, "cgroup.procs").read_text().split()]
        except (OSError, ValueError):
            continue
        if len(found) >= _MOST_PIDS:
            break
    return found[:_MOST_PIDS]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _process(pid: int) -> Process | None:
    try:
        rollup = dict(_ROLLUP.findall(Path(f"/proc/{pid}/smaps_rollup").read_text()))
        comm = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return None
    anon, shmem, swap = (int(rollup.get(key, 0)) << 10 for key in ("Pss_Anon", "Pss_Shmem", "SwapPss"))
    return Process(pid, comm, anon, shmem, swap) if anon + shmem + swap >= _LEAST else None


def _tmpfs(pid: int) -> tuple[Tmpfs, ...]:
    """Return the tmpfs mounts in the mount namespace of a process. One that cannot be reached is left out."""
    try:
        lines = Path(f"/proc/{pid}/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return ()
    found: dict[int, Tmpfs] = {}
    for line in lines[:4096]:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if not after.startswith("tmpfs ") or len(fields) < 5:
            continue
        mount = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        place = f"/proc/{pid}/root{mount}"
        try:
            here = Path(place).stat()
            sizes = os.statvfs(place)
        except OSError:
            continue
        used = (sizes.f_blocks - sizes.f_bfree) * sizes.f_frsize
        if stat.S_ISDIR(here.st_mode) and used >= _LEAST:
            found.setdefault(here.st_dev, Tmpfs(mount, used))
    return tuple(sorted(found.values(), key=lambda one: -one.used)[:_MOST_NAMED])
