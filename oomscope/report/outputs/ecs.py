"""Elastic Common Schema (ECS 8.17) as JSON lines: one event an incident, for Filebeat, Logstash or a bulk request.

What ECS has no field for stands below `oomscope`. Where the log has no time of day there is no `@timestamp`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from oomscope.report.counting import is_kill
from oomscope.report.fields import Doc, rows, sub, text
from oomscope.report.json import render_line

VERSION: Final = "8.17.0"


def render_ecs(doc: Doc) -> Iterator[str]:
    """One line an incident. Sizes are bytes; a field that the log does not say is left out."""
    version = text(doc, "oomscope_version")
    for incident in rows(doc, "incidents"):
        yield render_line(_event(incident, version))


def _event(incident: Doc, version: str) -> dict[str, Any]:
    verdict, time, load = sub(incident, "verdict"), sub(incident, "time"), sub(incident, "workload")
    source, victim = sub(incident, "source"), next(iter(rows(incident, "victims")), {})
    place = "/".join(part for part in (text(source, "path"), text(source, "member")) if part)
    killed = is_kill(incident)
    return known(
        {
            "@timestamp": time.get("wall"),
            "ecs": {"version": VERSION},
            "message": verdict.get("headline"),
            "event": {
                "kind": "event",
                "category": ["process"],
                "type": ["end"] if killed else ["info"],
                "action": "oom-kill" if killed else "oom-killer-invoked",
                "id": incident.get("id"),
                "provider": "oomscope",
                "module": "oomscope",
                "dataset": "oomscope.incident",
            },
            "observer": {"product": "oomscope", "version": version},
            "log": {"level": "error" if killed else "warning", "file": {"path": place}},
            "host": {
                "hostname": incident.get("host"),
                "architecture": incident.get("architecture"),
                "boot": {"id": incident.get("boot_id")},
                "os": {"type": "linux", "kernel": incident.get("kernel_release")},
            },
            "process": {
                "pid": victim.get("pid"),
                "name": victim.get("comm"),
                "user": {"id": None if victim.get("uid") is None else str(victim["uid"])},
            },
            "container": {
                "id": load.get("container_id"),
                "name": load.get("container"),
                "runtime": load.get("runtime"),
                "image": {"name": load.get("image")},
            },
            "orchestrator": {
                "type": load.get("orchestrator"),
                "namespace": load.get("namespace"),
                "resource": {"name": load.get("pod"), "type": "pod" if load.get("pod") else None},
            },
            "oomscope": {**figures(incident), "lines": incident.get("lines")},
        }
    )


def figures(incident: Doc) -> dict[str, Any]:
    """Return what no common schema has a name for: whose limit, what filled it, the victim's memory and the verdict."""
    verdict, memcg, load = sub(incident, "verdict"), sub(incident, "memcg"), sub(incident, "workload")
    victim = next(iter(rows(incident, "victims")), {})
    return {
        **{name: incident.get(name) for name in ("outcome", "scope", "constraint", "trust", "killer", "oom_memcg", "task_memcg")},
        **{name: memcg.get(name) for name in ("usage_bytes", "limit_bytes")},
        **{name: victim.get(name) for name in ("anon_rss_bytes", "file_rss_bytes", "shmem_rss_bytes", "oom_score_adj")},
        "monotonic_seconds": sub(incident, "time").get("monotonic_seconds"),
        "unit": load.get("unit"),
        "workload": load.get("key"),
        "mechanism": sub(verdict, "mechanism").get("id"),
        **{name: verdict.get(name) for name in ("cause", "probability", "words")},
    }  # fmt: skip


def known(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object without what is None or empty, at any depth."""
    kept = {key: known(value) if isinstance(value, Mapping) else value for key, value in found.items()}
    return {key: value for key, value in kept.items() if value is not None and value != {} and value != ""}
