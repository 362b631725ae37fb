"""Records to the kills of other programs; the kernel's own lines pass through unread."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from oomscope.killers.nohang import Nohang
from oomscope.killers.other_kill import Corroboration, Killed, OtherKill, seconds_between
from oomscope.killers.single import READERS
from oomscope.killers.speaker import trust_in_words, words_of
from oomscope.killers.systemd import Oomd, all_kills
from oomscope.killers.witness import witness
from oomscope.patterns import lazy
from oomscope.read.literals import contains
from oomscope.read.record import Record, Trust

if TYPE_CHECKING:
    from oomscope.killers.evictions import Evictions

# Literals for `log` to find the regions by. Each costs a pass over the bytes, so one stands for all wordings that hold it.
MARKERS: tuple[bytes, ...] = (
    b"oomd", b"due to memory ", b"VmRSS", b"SIGKILL to cgroup", b"lowmemorykiller", b"lmkd", b"sigkill to", b"viction manager",
    b"OOM", b"oom_kill", b"/oom", b"to the victim",
)  # fmt: skip

CORE_MARKERS: tuple[bytes, ...] = (b"oom", b"OOM", b"viction manager", b"memorykiller", b"lmkd", b"nohang")
"""One of them stands in the words, or in the name, of each of these programs as they write to a journal or a syslog."""

IN_PARTS = rb"VmRSS|oomd att|SIGKILL|sigkill|to the victim|lmkd|memorykiller"
"""A line of a program that says in several lines what it does. All others say it in one."""

_FAILED = lazy(r"kill failed: ")
_SAME_KILL_SECONDS = 5.0
_WORDS = (
    b"oomd", b"due to memory ", b"VmRSS", b"to the victim", b"badness: ", b"cached victim", b"Cannot send", b"SIGKILL to cgroup", b"lowmemorykiller", b"lmkd", b"sigkill to", b"viction manager",
    b"OOM killer", b"OOMKill", b"message: ", b'message": ', b"OOM Killed", b"TaskOOM", b"System OOM", b"/oom", b"oom_kill event", b"oom-kill'", b"Memory pressure for",
    b"to process ", b"illing process ", b"Failed to kill any", b"kill failed: ", b"Killed /", b"Kill '", b"sysrq-trigger", b"nvoking oom",
)  # fmt: skip


class KillerWatch:
    """Finds kills of user-space killers, and lines that bear witness to the kernel's, while an input is read."""

    def __init__(self) -> None:
        self._kills: list[OtherKill] = []
        self._seen: list[Corroboration] = []
        self._oomds: dict[tuple[int, Trust], Oomd] = {}  # by boot, and whether the words are its own
        self._nohangs: dict[tuple[int, Trust], Nohang] = {}
        self._evictions: dict[int, Evictions] = {}  # by boot

    def look(self, data: bytes, records: Sequence[Record]) -> None:
        """Look through the records that were read from `data`."""
        words = [word.decode() for word in _WORDS if contains(data, word)]
        if not words:
            return
        for record in records:
            if any(word in record.text for word in words):
                with suppress(
                    RecursionError, ArithmeticError, MemoryError, ValueError
                ):  # of one line, never of the others
                    self._read(record)

    def found(self) -> Killed:
        """Everything, in the order of the log."""
        kills = [
            *self._kills,
            *(kill._replace(trust=trust) for (_, trust), one in self._oomds.items() for kill in all_kills(one)),
            *(kill._replace(trust=trust) for (_, trust), one in self._nohangs.items() for kill in one.kills),
        ]
        return Killed(tuple(sorted(kills, key=lambda k: (k.line, k.last_line))), tuple(self._seen))

    def _read(self, record: Record) -> None:
        text = words_of(record.text)
        oomd = self._oomds.setdefault((record.boot, trust_in_words("systemd-oomd", record)), Oomd())
        nohang = self._nohangs.setdefault((record.boot, trust_in_words("nohang", record)), Nohang())
        if oomd.feed(record, text) or nohang.feed(record):
            return
        if "viction manager" in text:
            from oomscope.killers.evictions import Evictions

            kill = self._evictions.setdefault(record.boot, Evictions()).feed(record, text)
            if kill is not None:
                self._kills.append(kill._replace(trust=trust_in_words("kubelet", record)))
            return
        said = witness(record, text)
        if said is not None:
            if not record.contained:
                self._seen.append(said)
        elif _FAILED.match(text):
            _failed(self._kills, record, trust_in_words("earlyoom", record))
        else:
            _single(self._kills, record, text)


def _single(kills: list[OtherKill], record: Record, text: str) -> None:
    for word, reader in READERS:
        if word not in text:
            continue
        kill = reader(record, text)
        if kill is None:
            continue
        kill = kill._replace(trust=trust_in_words(kill.killer, record))
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
    return near and bool(kill.pids) and not last.attempted_only and (last.killer, last.pids, last.host, last.trust) == (kill.killer, kill.pids, kill.host, kill.trust)  # fmt: skip


def _failed(kills: list[OtherKill], record: Record, trust: Trust) -> None:
    """earlyoom says of its last signal that it did not end the process."""
    if kills and (kills[-1].killer, kills[-1].trust) == ("earlyoom", trust):
        kills[-1] = kills[-1]._replace(attempted_only=True, last_line=record.last_line)
