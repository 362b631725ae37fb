"""The rendered files of the one set, and what is found in each: one line an incident in a file beside them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oomscope.api import Options, analyze
from oomscope.incident import Incident
from transports import containers, daemons, dmesg, journal, pastes
from transports.one_set import YEAR, records

HERE = Path(__file__).resolve().parents[1] / "data" / "transports" / "one_set"
EXPECTED = HERE / "found.json"
RENDERERS = {
    **dmesg.TRANSPORTS,
    **journal.TRANSPORTS,
    **daemons.TRANSPORTS,
    **containers.TRANSPORTS,
    **pastes.TRANSPORTS,
}


def path_of(name: str) -> Path:
    return HERE / f"{name}.log"


def incidents(*paths: Path) -> list[Incident]:
    """In the order of their times: a file may hold the newest first."""
    options = Options()
    read = options.read._replace(year=YEAR)
    found = analyze([str(path) for path in paths], options._replace(read=read)).incidents
    return sorted(found, key=lambda i: i.event.monotonic_seconds or i.event.wall_seconds or 0.0)


def told(incident: Incident) -> dict[str, Any]:
    """What every transport has to say alike."""
    event = incident.event
    invoker, summary, info, memcg = event.invoker, event.summary, event.mem_info, event.memcg
    return {
        "id": incident.id,
        "killed": [f"{v.pid} {v.comm}" for v in event.victims],
        "reaped": [v.reaped is not None and v.reaped.done for v in event.victims],
        "scope": incident.scope,
        "invoker": invoker.comm if invoker else None,
        "release": event.machine.release,
        "summary": [summary.oom_memcg, summary.task_memcg, summary.comm] if summary else None,
        "counters": [memcg.version, memcg.memory.usage_bytes, memcg.memory.failcnt] if memcg and memcg.memory else None,
        "stat": dict(memcg.stat) if memcg else None,
        "node": dict(info.counters_pages) | {"ram": info.ram_pages, "swap": info.swap_total_bytes} if info else None,
        "tasks": [f"{t.pid} {t.comm} {t.rss_pages}" for t in event.tasks.tasks] if event.tasks else None,
        "gaps": [f"{gap.section}: {gap.reason}" for gap in event.gaps],
        "not understood": len(event.unknown),
    }


def clocks(found: Iterable[Incident]) -> list[list[float | None]]:
    """Uptime and wall clock of each."""
    return [[i.event.monotonic_seconds, i.event.wall_seconds] for i in found]


def write() -> None:
    """Render every file again, and what is found in them."""
    HERE.mkdir(parents=True, exist_ok=True)
    kills, times = [told(i) for i in _rendered("dmesg")], {}
    for name in RENDERERS:
        times[name] = [json.dumps(pair) for pair in clocks(_rendered(name))]
    rows = ",\n".join(f"    {json.dumps(name)}: [{', '.join(pairs)}]" for name, pairs in times.items())
    said = json.dumps(kills, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    EXPECTED.write_text(f'{{\n  "kills": {said},\n  "uptime and wall clock": {{\n{rows}\n  }}\n}}\n')


def _rendered(name: str) -> list[Incident]:
    path_of(name).write_bytes(RENDERERS[name](records()))
    return incidents(path_of(name))
