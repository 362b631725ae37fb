"""Samples every cgroup into memory and into the ring, more often where it matters."""

import csv
import io
import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from oomscope.errors import InputError
from oomscope.record.counters import COLUMNS, Files, Row, mounted, pressure, row_of
from oomscope.record.history import History, Moment
from oomscope.record.holders import Holders, holders_of
from oomscope.record.ring import Ring, texts
from oomscope.record.tree import MOST_CGROUPS, Cgroup, Tree
from oomscope.safe_text import safe_line
from oomscope.units import duration, size

HEAD: Final = ",".join(("boot", "t", "time", "cgroup", *COLUMNS)) + "\n"
DEFAULT_BYTES: Final = 50 << 20

_TICK = 1.0
_FLUSH = 30.0
_FLUSH_BYTES = 256 << 10
_PRESSED = 5.0  # percent of ten seconds that some task waited for memory
_HOLDERS_EVERY = 5.0
_MOST_HOLDERS = 1000


class Seen(NamedTuple):
    """Who held a cgroup's memory, and when (seconds since boot)."""

    at: float
    holders: Holders


class Recorder:
    """One recorder of this machine; `tick` is called as often as one likes. Raises InputError where it cannot record.

    `now` gives seconds since boot, as the kernel's log has them, and since the epoch.
    """

    def __init__(
        self,
        folder: str,
        boot: str,
        most_bytes: int = DEFAULT_BYTES,
        mount: tuple[Path, Files] | None = None,
        now: Callable[[], Moment] = lambda: (time.monotonic(), time.time()),
    ) -> None:
        where = mount or next(iter(mounted()), None)
        if where is None:
            raise InputError("--record: no memory cgroup is mounted here; mount one, or record on another machine")
        self._files = where[1]
        self._tree = Tree(str(where[0]), where[1], lambda cgroup: None)
        self._ring = Ring(folder, most_bytes)
        self._boot, self._now = boot, now
        self._history = History()
        self._recall(folder)
        self._seen: dict[str, Seen] = {}
        self._rows, self._said = io.StringIO(), io.StringIO()
        self._ticked = self._flushed = -math.inf
        self._failed = self._told_full = False

    def tick(self) -> str | None:
        """Look at every cgroup, at most once a second. Returns a sentence where something is not recorded."""
        at = self._now()
        if at[0] - self._ticked < _TICK:
            return None
        self._ticked = at[0]
        for cgroup in self._tree.due(at[0]):
            self._sample(cgroup, at)
        if self._tree.is_full and not self._told_full:
            self._told_full = True
            return f"--record: there are more than {MOST_CGROUPS:,} cgroups; the others are not sampled"
        if at[0] - self._flushed >= _FLUSH or self._rows.tell() >= _FLUSH_BYTES:
            return self.flush()
        return None

    def flush(self) -> str | None:
        """Write what is held back. Returns a sentence where that failed for the first time in a row."""
        self._flushed = self._now()[0]
        try:
            for kind, held, head in (("samples", self._rows, HEAD), ("holders", self._said, "")):
                if held.tell():
                    self._ring.append(kind, held.getvalue(), head)
                    held.seek(0)
                    held.truncate()
        except InputError as error:
            self._rows, self._said = io.StringIO(), io.StringIO()  # what is held must not grow
            first, self._failed = not self._failed, True
            return f"{error}; what is sampled stays in memory only" if first else None
        self._failed = False
        return None

    def close(self) -> None:
        """Write the rest, and let go of everything."""
        self.flush()
        self._ring.close()
        self._tree.close()

    def metrics(self, cgroups: Iterable[str], *, epoch: bool) -> str:
        """Return the samples of these cgroups as `--metrics` reads them; empty without any.

        Times are seconds since the epoch, or since boot.
        """
        lines = []
        for cgroup in cgroups:
            for at, row in self._history.rows(cgroup):
                lines.append((f"{at[1 if epoch else 0]:.3f}", cgroup, *_texts(row)))
        if not lines:
            return ""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([("t", "cgroup", *COLUMNS), *lines])
        return out.getvalue()

    def seen(self, cgroup: str) -> Seen | None:
        """Return who held the memory of a cgroup when it was last looked at near its limit."""
        return self._seen.get(cgroup)

    def _sample(self, cgroup: Cgroup, at: Moment) -> None:
        row = row_of(cgroup.folder, self._files, self._tree.limit_again(cgroup))
        if row is None:
            return
        cgroup.sampled_at, cgroup.sampled_usage = at[0], cgroup.usage
        cgroup.pressed = pressure(cgroup.folder) >= _PRESSED
        self._history.add(cgroup.path, at, row)
        writer = csv.writer(self._rows, lineterminator="\n")
        writer.writerow((self._boot, f"{at[0]:.3f}", f"{at[1]:.3f}", cgroup.path, *_texts(row)))
        if cgroup.near():
            self._look(cgroup, at, row[COLUMNS.index("shmem")])

    def _look(self, cgroup: Cgroup, at: Moment, shmem: int | None) -> None:
        before = self._seen.get(cgroup.path)
        if before is not None and at[0] - before.at < _HOLDERS_EVERY:
            return
        found = holders_of(cgroup.folder)
        if not shmem:  # what lies on the mounts that it sees is charged to others
            found = found._replace(tmpfs=())
        seen = self._seen[cgroup.path] = Seen(at[0], found)
        if len(self._seen) > _MOST_HOLDERS:
            del self._seen[next(iter(self._seen))]
        line = {
            "boot": self._boot,
            "t": round(at[0], 3),
            "time": round(at[1], 3),
            "cgroup": cgroup.path,
            "processes": [one._asdict() for one in seen.holders.processes],
            "tmpfs": [one._asdict() for one in seen.holders.tmpfs],
        }
        self._said.write(json.dumps(line) + "\n")

    def _recall(self, folder: str) -> None:
        """Take up what an earlier run of this boot has recorded."""
        for boot, at, cgroup, row in recorded(folder):
            if boot == self._boot:
                self._history.add(cgroup, at, row)


def said(seen: Seen, now: float) -> str:
    """Return a sentence about who held a cgroup's memory; empty where nobody was seen."""
    held = seen.holders
    parts = [f"{safe_line(one.comm)} ({one.pid}) {size(one.anon + one.shmem + one.swap)}" for one in held.processes]
    parts += [
        f"{size(one.used)} lie on the tmpfs {safe_line(one.mount)}, whoever is charged for it" for one in held.tmpfs
    ]
    return f"Recorded {duration(max(now - seen.at, 0.0))} before: {', '.join(parts)}." if parts else ""


def recorded(folder: str) -> Iterable[tuple[str, Moment, str, Row]]:
    """Yield boot, time, cgroup and counters of every sample in a ring. Raises InputError where it cannot be read."""
    for text in texts(folder, "samples"):
        for fields in csv.reader(text.splitlines()):
            if len(fields) == len(COLUMNS) + 4 and fields[0] != "boot":
                try:
                    moment = float(fields[1]), float(fields[2])
                    row = tuple(int(value) if value else None for value in fields[4:])
                except ValueError:
                    continue  # nothing of ours
                yield fields[0], moment, fields[3], row


def _texts(row: Sequence[int | None]) -> list[str]:
    return ["" if value is None else str(value) for value in row]
