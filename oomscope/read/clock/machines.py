"""Which host and which boot a record is of, settled before anything is grouped, dated or compared.

Within one input the boots are numbered as they come: see boots.py. Afterwards `settle` says which of them, over all
inputs, are one machine: one host in one boot. Only evidence joins two: a boot id, the very same records with the same
stamps, or one host name with clocks that agree. Without evidence each input is a machine of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from oomscope.read.clock.boots import Boot
from oomscope.read.clock.same_lines import AGREE_SECONDS, Place, SameLines, Tie, ties


class Machine(NamedTuple):
    """One host in one boot."""

    host: str | None
    boot_id: str | None
    boot: int  # among the boots of this host in what was read, from 0
    kernel_release: str | None
    inputs: tuple[int, ...]
    how: str  # what joins its inputs: boot id | same records | host name | --same-machine | this input alone


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
