"""The same event in several renderings, or several times in one log, is one event: the fullest of them."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oomscope.kernel.event import OomEvent
from oomscope.read.clock.same_lines import MINUTE_SECONDS
from oomscope.read.clock.times import COARSE
from oomscope.read.record import TRUST_RANK

SAME_EVENT_SECONDS = 2.0

Place = tuple[int, int]
"""Number of the input, first line."""


class Found(NamedTuple):
    """One event, where it was found, and by which id it is known."""

    id: str
    input: int
    machine: int
    event: OomEvent
    also_seen: tuple[Place, ...]  # the same event elsewhere


class _Kept:
    """An event while further renderings of it may come."""

    __slots__ = ("content", "event", "input", "machine", "places")

    def __init__(self, number: int, machine: int, event: OomEvent, content: str) -> None:
        self.input, self.machine, self.event, self.content = number, machine, event, content
        self.places: list[Place] = []


def without_twins(events: Iterable[tuple[int, int, OomEvent]]) -> Iterator[Found]:
    """Each of the events, given as (input, machine, event), once; two are one only on one machine."""
    kept: list[_Kept] = []
    of_content: dict[tuple[int, str], list[_Kept]] = {}
    for number, machine, event in events:
        content = _content(event)
        alike = of_content.setdefault((machine, content), [])
        twin = next((one for one in alike[-_MOST_ALIKE:] if _same(one.event, event)), None)
        if twin is None:
            one = _Kept(number, machine, event, content)
            alike.append(one)
            kept.append(one)
        elif _fullness(event) > _fullness(twin.event):
            twin.places.append((twin.input, twin.event.lines[0]))
            twin.input, twin.event = number, _with_clock(event, twin.event)
        else:
            twin.places.append((number, event.lines[0]))
            twin.event = _with_clock(twin.event, event)
    seen: dict[str, int] = {}
    for one in kept:
        seen[one.content] = seen.get(one.content, 0) + 1
        name = hashlib.sha256(_bytes(f"{one.content}#{seen[one.content]}")).hexdigest()[:12]
        yield Found(name, one.input, one.machine, one.event, tuple(one.places))


_MOST_ALIKE = 64
"""So many earlier events of the same words are compared."""


def timeless_twins(events: Iterable[tuple[Place, OomEvent]]) -> Iterator[tuple[Place, Place]]:
    """Pairs of boots, given as (input, boot), that have one kill in common and of which one log has no clock at all."""
    of_content: dict[str, Place] = {}
    timeless: list[tuple[Place, str]] = []
    for place, event in events:
        if not event.victims:
            continue
        if event.monotonic_seconds is None and event.wall_seconds is None:
            timeless.append((place, _content(event)))
        of_content.setdefault(_content(event), place)
    for place, content in timeless:
        if of_content[content] != place:
            yield of_content[content], place


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which only JSON's \\u escapes can write
        return text.encode("utf-8", "surrogatepass")


def _content(event: OomEvent) -> str:
    """What names an event in every rendering: its kill lines, else its oom-kill line, else its head and counters."""
    if event.victims and event.victims[0].evidence != "oom-kill":
        first = event.victims[0]
        return f"kill {first.pid} {first.comm} {first.total_vm_bytes} {first.anon_rss_bytes} {first.file_rss_bytes}"
    if event.summary is not None and event.summary.pid is not None:
        return f"oom-kill {event.summary.pid} {event.summary.comm} {event.summary.task_memcg}"
    head = f"{event.invoker.comm} {event.invoker.gfp_mask} {event.invoker.order}" if event.invoker else ""
    memory = event.memcg.memory if event.memcg else None
    ram = event.mem_info.counters_pages if event.mem_info else ()
    tasks = [(t.pid, t.rss_pages) for t in event.tasks.tasks[:50]] if event.tasks else []
    return f"report {head} {memory.usage_bytes if memory else ''} {ram} {tasks} {event.panic}"


def _same(a: OomEvent, b: OomEvent) -> bool:
    """Whether equal content is one event: a pid with the very same sizes dies once, unless the clocks say otherwise."""
    coarse = _is_exact(a) != _is_exact(b) and None not in (a.wall_seconds, b.wall_seconds)
    for x, y in ((a.monotonic_seconds, b.monotonic_seconds), (a.wall_seconds, b.wall_seconds)):
        if x is not None and y is not None:
            return abs(x - y) <= (MINUTE_SECONDS if coarse else SAME_EVENT_SECONDS)
    if a.victims:
        return True
    return _sections(a) != _sections(b) or any(_sections(a))  # two panics without a clock may be two


def _with_clock(event: OomEvent, other: OomEvent) -> OomEvent:
    """The event with the exact date of its other rendering, where its own is missing or in whole minutes."""
    if _is_exact(event) or not _is_exact(other):
        return event
    victims = tuple(
        victim._replace(wall_seconds=twin.wall_seconds)
        for victim, twin in zip(event.victims, other.victims, strict=False)
    )
    return event._replace(
        wall_seconds=other.wall_seconds,
        wall_source=other.wall_source,
        victims=(*victims, *event.victims[len(victims) :]),
    )


def _is_exact(event: OomEvent) -> bool:
    return event.wall_seconds is not None and COARSE not in (event.wall_source or "")


def _sections(event: OomEvent) -> tuple[bool, ...]:
    return (
        event.invoker is not None,
        event.memcg is not None,
        event.mem_info is not None,
        event.tasks is not None,
        event.summary is not None,
    )


def _fullness(event: OomEvent) -> tuple[int, int, int]:
    return (sum(_sections(event)), TRUST_RANK[event.trust], event.monotonic_seconds is not None)
