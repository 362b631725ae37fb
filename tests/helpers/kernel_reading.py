"""Text to events, through the reader of logs or past it."""

import io
from collections.abc import Iterable
from typing import Any

from helpers.whole_reading import read_whole
from oomscope.kernel import BRIDGES, MARKERS, Assembly, OomEvent, assemble
from oomscope.read import ReadOptions, Record

NOW = 1_795_000_000.0


def events_of(text: str | bytes) -> tuple[OomEvent, ...]:
    return assembly_of(text).events


def assembly_of(text: str | bytes) -> Assembly:
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    (reading,) = read_whole("-", MARKERS, options=ReadOptions(bridges=BRIDGES, now=NOW), stdin=io.BytesIO(data))
    return assemble(reading.records)


def records_of(
    lines: Iterable[str], seconds: float = 1000.0, caller: str | None = None, first: int = 1, step: float = 0.000007
) -> list[Record]:
    """One record a text, each with a stamp of its own."""
    return [
        Record(text, first + n, first + n, monotonic_seconds=seconds + n * step, caller=caller)
        for n, text in enumerate(lines)
    ]


def event_of(lines: Iterable[str]) -> OomEvent:
    """The one event of these records, each with a stamp of its own."""
    (event,) = assemble(records_of(lines)).events
    return event


def pasted(*texts: str) -> list[Record]:
    """Lines that have lost their stamps, as a forum shows them."""
    return [r._replace(monotonic_seconds=None) for r in records_of(texts)]


def whole(*texts: str) -> OomEvent:
    """The one event of such lines."""
    (event,) = assemble(pasted(*texts)).events
    return event


def facts(event: OomEvent) -> dict[str, Any]:
    """The fields that `Report.expected` knows."""
    victim = event.victims[0] if event.victims else None
    memory = event.memcg.memory if event.memcg else None
    stat = dict(event.memcg.stat) if event.memcg else {}
    summary, tasks = event.summary, event.tasks.tasks if event.tasks else ()
    return {
        "pid": victim.pid if victim else None,
        "comm": victim.comm if victim else None,
        "invoker": event.invoker.comm if event.invoker else None,
        "is_memcg": event.is_memcg,
        "oom_memcg": summary.oom_memcg if summary else None,
        "task_memcg": summary.task_memcg if summary else None,
        "usage": memory.usage_bytes if memory else None,
        "limit": memory.limit_bytes if memory else None,
        "total_vm": victim.total_vm_bytes if victim else None,
        "pids": [t.pid for t in tasks],
        "rss": [t.rss_pages for t in tasks],
        "anon": stat.get("anon", stat.get("rss")),
        "free_swap": event.mem_info.swap_free_bytes if event.mem_info else None,
        "release": event.machine.release,
    }


def bare(event: OomEvent) -> OomEvent:
    """The event without what says where in the log it stood and what stood between its lines."""

    def placeless(value: object) -> object:
        if not isinstance(value, tuple):
            return value
        if not hasattr(value, "_fields"):
            return tuple(placeless(v) for v in value)
        fields = {}
        for name in value._fields:
            if name in ("line", "ram_line", "swap_line", "counters_line"):
                fields[name] = 0
            elif name in ("lines", "stat_lines", "slab_lines"):
                fields[name] = None
            elif name == "stat_line_of":
                fields[name] = ()
            else:
                fields[name] = placeless(getattr(value, name))
        return value._replace(**fields)

    return placeless(event)._replace(line_runs=(), unknown=(), gaps=(), trace=(), lines=(0, 0))


def numbers_of(event: OomEvent) -> list[int]:
    """The numbers of the lines that belong to the report."""
    return [number for first, last in event.line_runs for number in range(first, last + 1)]
