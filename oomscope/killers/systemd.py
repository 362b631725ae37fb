"""systemd-oomd says what it does in several lines, and PID 1 says how many died of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from oomscope.killers.other_kill import OtherKill, kill_of, seconds_between
from oomscope.patterns import lazy
from oomscope.read.record import Record

ONE_ACT_SECONDS = 60.0
_PATH = r"(?P<path>/.{0,4096}?)"
_PRESSURE = lazy(
    r"Memory pressure for (?P<of>/.{0,4096}?) is (?P<is>[\d.]{1,32})% > (?P<limit>[\d.]{1,8})% for > (?P<time>[\w ]{1,20}?)(?: with reclaim activity)?\s*$"
)
_TRY = lazy(r"oomd attempting to kill (?P<pid>\d{1,10}) with (?P<signal>\w{1,10})")
_BY_PRESSURE = lazy(
    rf"(?:Killed {_PATH}|Marked (?P<marked>/.{{0,4096}}?) for killing) due to memory pressure for (?P<of>/.{{0,4096}}?) being "
    r"(?P<is>[\d.]{1,32})% > (?P<limit>[\d.]{1,8})% for > (?P<time>[\w ]{1,20}?)(?: with reclaim activity)?\s*$"
)
_BY_SWAP = lazy(
    rf"(?:Killed {_PATH}|Marked (?P<marked>/.{{0,4096}}?) for killing) due to memory used \((?P<used>\w{{1,24}})\) / total \((?P<total>\w{{1,24}})\) "
    r"and swap used \((?P<swap>\w{1,24})\) / total \((?P<swaps>\w{1,24})\) being more than (?P<limit>[\d.]{1,8})%"
)
_FAILED = lazy(r"Failed to kill any cgroup\(?s?\)?")
_UNIT = lazy(r"(?P<unit>\S{1,256}): systemd-oomd killed (?P<count>\d{1,9}) process(?:\(es\)|es)? in this unit")


@dataclass(slots=True)
class Oomd:
    """Lines of systemd-oomd and of PID 1 on one machine; `kills` grows as acts come to their end."""

    kills: list[OtherKill] = field(default_factory=list)
    open: OtherKill | None = None  # processes tried, and nothing said of it yet
    pressure: str | None = None

    def feed(self, record: Record, text: str) -> bool:
        """Take one line; False if it is neither's."""
        if self.open is not None and (seconds_between(self.open, record) or 0.0) > ONE_ACT_SECONDS:
            self.finish()
        if found := _PRESSURE.match(text):
            self.pressure = _pressure_words(found)
        elif found := _TRY.match(text):
            self._tried(record, int(found["pid"]))
        elif found := _BY_PRESSURE.match(text):
            self._killed(record, found["path"] or found["marked"], _pressure_words(found))
        elif found := _BY_SWAP.match(text):
            words = f"memory used {found['used']} of {found['total']} and swap used {found['swap']} of {found['swaps']}, more than {found['limit']}%"
            self._killed(record, found["path"] or found["marked"], words)
        elif found := _UNIT.match(text):
            self._counted(record, found["unit"], int(found["count"]))
        elif _FAILED.match(text):
            self.finish(record)
        else:
            return False
        return True

    def finish(self, record: Record | None = None) -> None:
        """What was tried and never said to have killed stays an attempt."""
        if self.open is not None:
            self.kills.append(self.open._replace(last_line=record.last_line) if record else self.open)
            self.open = None

    def _tried(self, record: Record, pid: int) -> None:
        if self.open is None:
            self.open = kill_of(record, "systemd-oomd", pids=(pid,), reason=self.pressure, attempted_only=True)
        elif pid not in self.open.pids:
            self.open = self.open._replace(pids=(*self.open.pids, pid), last_line=record.last_line)

    def _killed(self, record: Record, cgroup: str, reason: str) -> None:
        kill = kill_of(record, "systemd-oomd", cgroup=cgroup, reason=reason)
        if self.open is not None:
            kill = kill._replace(pids=self.open.pids, line=min(self.open.line, kill.line))
            self.open = None
        self.kills.append(kill)

    def _counted(self, record: Record, unit: str, count: int) -> None:
        """PID 1 counts the dead of a unit that was named just before, or is the only one to tell of them."""
        for n, kill in reversed(list(enumerate(self.kills[-20:], max(len(self.kills) - 20, 0)))):
            near = abs(seconds_between(kill, record) or 0.0) <= ONE_ACT_SECONDS
            if near and kill.processes is None and (kill.cgroup or "").rsplit("/", 1)[-1] == unit:
                self.kills[n] = kill._replace(processes=count, last_line=max(kill.last_line, record.last_line))
                return
        self.kills.append(kill_of(record, "systemd-oomd", cgroup=unit, processes=count))


def _pressure_words(found: re.Match[str]) -> str:
    words = f"memory pressure of {found['of']} {found['is']}% > {found['limit']}% for > {found['time']}"
    whole = found["is"].partition(".")[0]
    if len(whole) > 3 or int(whole or 0) > 100:
        words += " (a share of time cannot be above 100 %: systemd-oomd reported a wrong number)"
    return words


def all_kills(machine: Oomd) -> Sequence[OtherKill]:
    """Every act, also one that the log ends in the middle of."""
    machine.finish()
    return machine.kills
