"""Golden files: what is to be found, a line of equals signs, and the raw log, all in one file."""

import json
import os
from pathlib import Path
from typing import Any

from helpers.kernel_reading import assembly_of

from oomscope.incident import build_incidents
from oomscope.kernel import OomEvent
from oomscope.units import size

HERE = Path(__file__).parent
CUT = b"=" * 40 + b"\n"


def files() -> list[Path]:
    return sorted(HERE.glob("*.txt"))


def parts(path: Path) -> tuple[list[str], bytes]:
    """The expectation's lines and the raw log."""
    head, _, log = path.read_bytes().partition(CUT)
    return [line for line in head.decode().splitlines() if line and not line.startswith("#")], log


def lines_of(log: bytes) -> list[str]:
    """What the log holds, a JSON line an incident and one for each text that only looks like a kill."""
    assembly = assembly_of(log)
    out = [_line(i.event, len(i.also_seen)) for i in build_incidents((0, 0, event) for event in assembly.events)]
    out += [json.dumps({"not a kill": t.line, "reason": t.reason}) for t in assembly.text_findings]
    return out


def _line(event: OomEvent, also_seen: int) -> str:
    said: dict[str, Any] = {
        "lines": list(event.lines),
        "killed": [
            f"{v.pid} {v.comm}" + (" (by oom-kill line)" if v.evidence != "killed" else "") for v in event.victims
        ],
        "memcg": event.is_memcg,
    }
    summary, memory = event.summary, event.memcg.memory if event.memcg else None
    optional = {
        "invoker": event.invoker.comm if event.invoker else None,
        "order": event.invoker.order if event.invoker else None,
        "oom_memcg": summary.oom_memcg if summary else None,
        "task_memcg": summary.task_memcg if summary else None,
        "usage": size(memory.usage_bytes) if memory else None,
        "limit": ("none" if memory.unlimited else size(memory.limit_bytes)) if memory else None,
        "stats": len(event.memcg.stat) if event.memcg and event.memcg.stat else None,
        "node": event.mem_info is not None or None,
        "tasks": len(event.tasks.tasks) if event.tasks else None,
        "columns": event.tasks.columns_source if event.tasks and event.tasks.columns_source != "header" else None,
        "release": event.machine.release,
        "page": event.page_size_bytes,
        "reaped": [v.pid for v in event.victims if v.reaped and v.reaped.done] or None,
        "group": event.oom_group,
        "sysrq": event.sysrq or None,
        "panic": event.panic,
        "no killable": event.no_killable or None,
        "spared": event.spared,
        "ambiguous": (summary.ambiguous or None) if summary else None,
        "gaps": [f"{g.section}: {g.reason}" for g in event.gaps] or None,
        "not understood": len(event.unknown) or None,
        "also seen": also_seen or None,
        "findings": [name for name, _, _ in event.findings] or None,
        "trust": event.trust if event.trust != "likely" else None,
    }
    said |= {key: value for key, value in optional.items() if value is not None}
    return json.dumps(said, ensure_ascii=True)


def update(path: Path) -> None:
    """Write what is found now; the comments stay."""
    head, _, log = path.read_bytes().partition(CUT)
    comments = [line for line in head.decode().splitlines() if line.startswith("#")]
    new = "\n".join([*comments, *lines_of(log)]).encode() + b"\n" + CUT + log
    temporary = path.with_suffix(".new")
    temporary.write_bytes(new)
    os.replace(temporary, path)  # noqa: PTH105
