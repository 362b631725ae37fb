"""The same event in several renderings, or several times in one log, is one incident: the fullest of them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from oomscope.incident.incident import Incident
from oomscope.kernel.event import OomEvent
from oomscope.read.clock.same_lines import MINUTE_SECONDS
from oomscope.read.clock.times import COARSE
from oomscope.read.record import TRUST_RANK

SAME_EVENT_SECONDS = 2.0
_MOST_ALIKE = 64
"""So many earlier incidents of the same words are compared."""

Place = tuple[int, int]
"""Number of an input, number of a boot in it."""


def content_of(event: OomEvent) -> str:
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


def fullness_of(event: OomEvent) -> tuple[int, ...]:
    """How much of a report a rendering holds, to be compared: its sections, its trust, its clock."""
    sections = (event.invoker, event.memcg, event.mem_info, event.tasks, event.summary)
    which = sum(1 << n for n, section in enumerate(sections) if section is not None)
    return which.bit_count(), TRUST_RANK[event.trust], event.monotonic_seconds is not None, which


def without_twins(incidents: Iterable[Incident]) -> list[Incident]:
    """Each of the incidents once, with its id; two are one only on one machine."""
    kept: list[Incident] = []
    of_content: dict[tuple[int, str], list[int]] = {}
    for incident in incidents:
        alike = of_content.setdefault((incident.machine, incident.content), [])
        twin = next((n for n in alike[-_MOST_ALIKE:] if _same(kept[n], incident)), None)
        if twin is None:
            alike.append(len(kept))
            kept.append(incident)
        else:
            kept[twin] = _merged(kept[twin], incident)
    return list(_named(kept))


def _named(incidents: Iterable[Incident]) -> Iterator[Incident]:
    seen: dict[str, int] = {}
    for incident in incidents:
        content = incident.content
        seen[content] = seen.get(content, 0) + 1
        yield incident._replace(
            content="", fullness=(), id=hashlib.sha256(_bytes(f"{content}#{seen[content]}")).hexdigest()[:12]
        )


def timeless_twins(incidents: Sequence[Incident]) -> Iterator[tuple[Place, Place]]:
    """Pairs of boots, given as (input, boot), that have one kill in common and of which one log has no clock at all."""
    of_content: dict[str, Place] = {}
    timeless: list[Incident] = []
    for incident in incidents:
        event = incident.event
        if event.victims:
            of_content.setdefault(incident.content, (incident.input, event.boot))
            if event.monotonic_seconds is None and event.wall_seconds is None:
                timeless.append(incident)
    for incident in timeless:
        place = (incident.input, incident.event.boot)
        if of_content[incident.content] != place:
            yield of_content[incident.content], place


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which only JSON's \\u escapes can write
        return text.encode("utf-8", "surrogatepass")


def _same(one: Incident, other: Incident) -> bool:
    """True if equal content is one event: a pid with the very same sizes dies once, unless the clocks say otherwise."""
    a, b = one.event, other.event
    coarse = _is_exact(a) != _is_exact(b) and None not in (a.wall_seconds, b.wall_seconds)
    for x, y in ((a.monotonic_seconds, b.monotonic_seconds), (a.wall_seconds, b.wall_seconds)):
        if x is not None and y is not None:
            return abs(x - y) <= (MINUTE_SECONDS if coarse else SAME_EVENT_SECONDS)
    if a.victims:
        return True
    return one.fullness[-1] != other.fullness[-1] or bool(one.fullness[-1])  # two panics without a clock may be two


def _merged(one: Incident, other: Incident) -> Incident:
    """Return the fuller of the two, with the place of the other."""
    fuller, less = (other, one) if other.fullness[:-1] > one.fullness[:-1] else (one, other)
    seen = (*one.also_seen, (less.input, less.event.lines[0]))
    return fuller._replace(event=_with_clock(fuller.event, less.event), also_seen=seen)


def _with_clock(event: OomEvent, other: OomEvent) -> OomEvent:
    """Return the event with the exact date of its other rendering, where its own is missing or in whole minutes."""
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
