"""A second reader of OOM reports, simple on purpose: whole lines, one pattern each, no damage, no state but "the open one".

It reads undamaged dmesg text of 3.10 and later. Where it and the real parser disagree, one of them is wrong.
"""

import re
from dataclasses import dataclass, field

STAMP = re.compile(r"^(?:<\d+>)?\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? ?(.*)$")
HEAD = re.compile(r"^(.{0,15}) invoked oom-killer: gfp_mask=(0x[0-9a-f]+).*order=(-?\d+), oom_score_adj=(-?\d+)$")
KILLED = re.compile(r"Killed process (\d+) \((.*)\) total-vm:(\d+)kB, anon-rss:(\d+)kB, file-rss:(\d+)kB")
USAGE = re.compile(r"^memory: usage (\d+)kB, limit (\d+)kB, failcnt (\d+)$")
SUMMARY = re.compile(
    r"^oom-kill:constraint=(\w+),.*,(?:global_oom|oom_memcg=(.*)),task_memcg=(.*),task=(.*),pid=(\d+),uid=(\d+)$"
)
ROW = re.compile(r"^\[ *(\d+)\] +(\d+) +(\d+) +(\d+) +(\d+) (.*)$")


@dataclass
class Simple:
    invoker: str | None = None
    order: int | None = None
    usage: int | None = None
    limit: int | None = None
    failcnt: int | None = None
    oom_memcg: str | None = None
    task_memcg: str | None = None
    group: bool = False
    kills: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    rows: list[tuple[int, int, int, int, int, str]] = field(default_factory=list)


def read_simply(text: str) -> list[Simple]:
    """Every report of the text that begins with its head."""
    out: list[Simple] = []
    width = 0
    for raw in text.split("\n"):
        stamp = STAMP.match(raw)
        line = stamp[2] if stamp else raw.strip()
        if m := HEAD.match(line):
            out.append(Simple(invoker=m[1], order=int(m[3])))
            width = 0
        elif not out:
            continue
        elif m := USAGE.match(line):
            out[-1].usage, out[-1].limit, out[-1].failcnt = int(m[1]), int(m[2]), int(m[3])
        elif line.startswith("[") and line.endswith(" name"):
            width = len(line.split("]")[1].split()) - 5  # after uid tgid total_vm rss, before the name
        elif (m := ROW.match(line)) and width and not out[-1].kills:
            name = m[6].lstrip().split(None, width)
            out[-1].rows.append(
                (
                    int(m[1]),
                    int(m[2]),
                    int(m[3]),
                    int(m[4]),
                    int(m[5]),
                    name[width].rstrip() if len(name) > width else "",
                )
            )
        elif "are going to be killed due to memory.oom.group" in line:
            out[-1].group = True
        elif m := SUMMARY.match(line):
            out[-1].oom_memcg, out[-1].task_memcg = m[2], m[3]
        elif (m := KILLED.search(line)) and re.match(r"(?:Memory cgroup o|O)ut of memory|Killed", line):
            kill = (int(m[1]), m[2], int(m[3]), int(m[4]), int(m[5]))
            if not out[-1].kills or (out[-1].group and kill[0] not in [k[0] for k in out[-1].kills]):
                out[-1].kills.append(kill)
    return out
