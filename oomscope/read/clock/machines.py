"""Which host and which boot a record is of, settled before anything is grouped, dated or compared.

Within one input the boots are numbered as they come (`Record.boot`). Afterwards `settle` says which of them, over all
inputs, are one machine: one host in one boot. Only evidence joins two: a boot id, the very same records with the same
stamps, or one host name with clocks that agree. Without evidence each input is a machine of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from oomscope.read.clock.same_lines import AGREE_SECONDS, Place, SameLines, Tie, ties
from oomscope.read.record import InputWarning, Record

REBOOT_SECONDS = 5.0
"""printk stamps of two CPUs may cross by microseconds; a fall by this much is another boot."""
MAX_WARNINGS = 20
BANNER = "Linux version "
_MOST_STARTS = 64
_LINES_BEFORE_BANNER = 5


class Boot(NamedTuple):
    """One boot of one host, as one input shows it."""

    input: int
    number: int  # within the input
    host: str | None
    boot_id: str | None
    kernel_release: str | None
    uptimes: bool  # whether its lines have printk's clock
    began: float | None  # epoch seconds of its start, where the log has both clocks
    began_lines: int = 0  # lines that say so
    began_source: str = ""  # what their wall times rest on

    @property
    def place(self) -> Place:
        """Number of the input, number of the boot in it."""
        return self.input, self.number


class Machine(NamedTuple):
    """One host in one boot."""

    host: str | None
    boot_id: str | None
    boot: int  # among the boots of this host in what was read, from 0
    kernel_release: str | None
    inputs: tuple[int, ...]
    how: str  # what joins its inputs: boot id | same records | host name | --same-machine | this input alone


class _Seen:
    """What has been seen of one boot."""

    __slots__ = ("boot_id", "host", "last", "records", "release", "source", "starts")

    def __init__(self, host: str | None, boot_id: str | None) -> None:
        self.host, self.boot_id = host, boot_id
        self.release: str | None = None
        self.last: float | None = None  # newest uptime
        self.records = 0
        self.starts: list[float] = []  # wall time minus uptime, of a few records
        self.source = ""


_NOBODY = _Seen(None, None)


class BootCounter:
    """Numbers the boots of one input while its records go by."""

    def __init__(self) -> None:
        self._of_id: dict[tuple[str | None, str], int] = {}
        self._of_host: dict[str | None, int] = {}
        self._ided: set[str | None] = set()  # hosts with a boot id
        self._seen: list[_Seen] = []
        self._has_own = False  # lines that are not a container's: a stranger's clock says nothing of their boot
        self._now: tuple[int, str | None, str | None, int, float] = (-1, None, None, 0, 0.0)
        self.warnings: list[InputWarning] = []

    def number(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the same records with their boot's number, for the number of remarks of another boot before them."""
        moved = self._now[0] > 0
        numbers = []
        number, host, boot_id, remark, last = self._now
        seen = self._seen[number] if number >= 0 else _NOBODY
        for record in records:
            uptime = record.monotonic_seconds
            if uptime == last and record.host is host and record.boot_id is boot_id and last > 1.0 and number >= 0:
                seen.records += 1  # one more line of the same moment
                numbers.append(number)
                continue
            if record.contained and self._has_own:
                numbers.append(number)
                moved = moved or number > 0
                continue
            self._has_own = not record.contained
            if (
                record.host != host
                or record.boot_id != boot_id
                or record.boot != remark
                or (uptime is not None and uptime < last - REBOOT_SECONDS)
                or (record.text.startswith(BANNER) and not record.borrowed)
                or number < 0
            ):
                if record.boot != remark:
                    self._of_host.clear()
                number = self._number(record)
                seen, host, boot_id, remark = self._seen[number], record.host, record.boot_id, record.boot
            if uptime is not None:
                last = seen.last = uptime
                if record.wall_seconds is not None and len(seen.starts) < _MOST_STARTS:
                    seen.starts.append(record.wall_seconds - uptime)
                    seen.source = record.wall_source or ""
            else:
                last = seen.last or 0.0
            seen.records += 1
            numbers.append(number)
            moved = moved or number > 0
        self._now = number, host, boot_id, remark, last
        if not moved and not remark:
            return records
        new = tuple.__new__
        return [
            record if record[-1] == n else new(Record, (*record[:-1], n))  # the boot is the last field
            for record, n in zip(records, numbers, strict=True)
        ]

    def boots(self, number: int) -> list[Boot]:
        """Return the boots that were seen, of input `number`."""
        return [
            Boot(number, n, one.host, one.boot_id, one.release, one.last is not None, _middle(one.starts), len(one.starts), one.source)
            for n, one in enumerate(self._seen)
        ]  # fmt: skip

    def _number(self, record: Record) -> int:
        """Return the number of the record's boot, which may be new."""
        host, banner = record.host, record.text.startswith(BANNER) and not record.borrowed
        known = self._of_host.get(host)
        if record.boot_id:
            number = self._of_id.get((host, record.boot_id), -1)
            if number < 0:
                if host in self._ided:
                    self._warn("the log goes on in another boot", record)
                self._ided.add(host)
                number = self._of_id[host, record.boot_id] = self._new(record)
        elif known is None:
            number = self._new(record)
        elif (fell := self._fall(known, record)) is not None:
            self._warn(
                f"printk's clock falls from {fell:.0f} s to {record.monotonic_seconds:.0f} s: another boot, or another machine",
                record,
            )
            number = self._new(record)
        else:
            number = self._new(record) if banner and self._starts_anew(known, record) else known
        self._of_host[host] = number
        if banner:
            self._seen[number].release = record.text[len(BANNER) :].split(" ", 1)[0][:100]
        return number

    def _fall(self, number: int, record: Record) -> float | None:
        """Return the uptime before, if the record's is below it."""
        before, now = self._seen[number].last, record.monotonic_seconds
        return before if before is not None and now is not None and now < before - REBOOT_SECONDS else None

    def _starts_anew(self, number: int, record: Record) -> bool:
        """Whether a banner is of another boot: a few lines of its own boot may stand before it."""
        before, now = self._seen[number].last, record.monotonic_seconds
        if before is not None and now is not None:
            return before > now
        return self._seen[number].records > _LINES_BEFORE_BANNER

    def _new(self, record: Record) -> int:
        self._seen.append(_Seen(record.host, record.boot_id))
        return len(self._seen) - 1

    def _warn(self, words: str, record: Record) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(InputWarning("reboot", words, record.line))


def _middle(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None


class Settled(NamedTuple):
    """Which machine each boot of each input is of, and when a boot began by another log's dates."""

    machines: tuple[Machine, ...]
    of: Mapping[Place, int]
    dates: Mapping[int, Tie]  # by machine: what dates the uptimes of those inputs that have no dates


def settle(
    boots: Sequence[Boot],
    lines: Sequence[SameLines],
    alike: Iterable[tuple[Place, Place]] = (),
    *,
    same_machine: bool = False,
) -> Settled:
    """Return the machines behind all boots of all inputs.

    `alike`: pairs that are known to hold the same records. `same_machine`: the user says that all inputs are of one host.
    """
    groups = _Groups(boots)
    by_id: dict[str, Place] = {}
    for boot in boots:
        if boot.boot_id is not None:
            groups.join(by_id.setdefault(boot.boot_id, boot.place), boot.place, "boot id")
    found = ties(lines) if len(boots) > 1 or _mixed(lines) else {}
    for a, b in (*found, *alike):
        groups.join(a, b, "same records")
    for a, b in _one_host(boots):
        groups.join(a, b, "host name")
    for a, b in _unnamed(boots):
        groups.join(a, b, "the same input")
    if same_machine:
        for a, b in pairwise(boot.place for boot in boots if boot.number == 0):
            groups.join(a, b, "--same-machine")
    machines, of = groups.machines()
    dates: dict[int, Tie] = {}
    for boot in boots:
        if boot.began is not None:
            dates.setdefault(of[boot.place], Tie(boot.began, boot.began_lines, boot.began_source))
    for (a, b), tie in found.items():
        if tie.began is not None and of[a] == of[b] and (of[a] not in dates or dates[of[a]].lines < tie.lines):
            dates[of[a]] = tie
    return Settled(machines, of, dates)


def _mixed(lines: Sequence[SameLines]) -> bool:
    """Whether one input holds both uptimes and dates, as `dmesg` and `dmesg -T` one after the other."""
    return any(one.uptimes and one.dates for one in lines)


def _one_host(boots: Sequence[Boot]) -> Iterator[tuple[Place, Place]]:
    """Boots of one host name whose beginnings agree; logs without uptimes go with any log of their host."""
    of_host: dict[str, list[Boot]] = {}
    for boot in boots:
        if boot.host is not None:
            of_host.setdefault(boot.host, []).append(boot)
    for same in of_host.values():
        began = sorted((boot for boot in same if boot.began is not None), key=lambda boot: boot.began or 0.0)
        for a, b in pairwise(began):
            if (b.began or 0.0) - (a.began or 0.0) <= AGREE_SECONDS:
                yield a.place, b.place
        rest = [boot for boot in same if boot.began is None and not boot.uptimes]
        for a, b in pairwise(rest):
            if a.input != b.input:
                yield a.place, b.place


def _unnamed(boots: Sequence[Boot]) -> Iterator[tuple[Place, Place]]:
    """Lines without a host name in an input whose other lines name one host, which was booted once."""
    of_input: dict[int, list[Boot]] = {}
    for boot in boots:
        of_input.setdefault(boot.input, []).append(boot)
    for same in of_input.values():
        named = [boot for boot in same if boot.host is not None]
        bare = [boot for boot in same if boot.host is None]
        if len(named) == len(bare) == 1:
            yield named[0].place, bare[0].place


class _Groups:
    """Boots that are joined step by step, never against a host name or a boot id that says otherwise."""

    def __init__(self, boots: Sequence[Boot]) -> None:
        self._boots = {boot.place: boot for boot in boots}
        self._parent = {boot.place: boot.place for boot in boots}
        self._hosts = {boot.place: boot.host for boot in boots}
        self._ids = {boot.place: boot.boot_id for boot in boots}
        self._how: dict[Place, str] = {}

    def _root(self, place: Place) -> Place:
        while self._parent[place] != place:
            self._parent[place] = place = self._parent[self._parent[place]]
        return place

    def join(self, a: Place, b: Place, how: str) -> None:
        """Make two boots one machine, unless they name different hosts or boots."""
        first, second = sorted((self._root(a), self._root(b)))
        if first == second:
            return
        for names in (self._hosts, self._ids):
            x, y = names[first], names[second]
            if x is not None and y is not None and x != y and x.split(".")[0] != y.split(".")[0]:
                return
        for names in (self._hosts, self._ids):
            names[first] = names[first] if names[first] is not None else names[second]
        self._parent[second] = first
        self._how[first] = self._how.get(first) or self._how.get(second) or how

    def machines(self) -> tuple[tuple[Machine, ...], dict[Place, int]]:
        """Return the machines in the order of their first lines, and which of them each boot is."""
        order: dict[Place, int] = {}
        of = {place: order.setdefault(self._root(place), len(order)) for place in sorted(self._parent)}
        members: list[list[Boot]] = [[] for _ in order]
        for place, number in of.items():
            members[number].append(self._boots[place])
        nth: dict[str | int, int] = {}
        out = []
        for root, boots in zip(order, members, strict=True):
            who = self._hosts[root] or boots[0].input
            nth[who] = nth.get(who, -1) + 1
            release = next((boot.kernel_release for boot in boots if boot.kernel_release), None)
            inputs = tuple(sorted({boot.input for boot in boots}))
            how = self._how.get(root, "this input alone")
            out.append(Machine(self._hosts[root], self._ids[root], nth[who], release, inputs, how))
        return tuple(out), of
