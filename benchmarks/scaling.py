"""Does the effort grow with the input, and no faster? Each kind of input is doubled four times.

    python benchmarks/scaling.py [--repeat N] [KIND ...]

For each kind the CPU seconds of five sizes are printed, and the exponent of the growth: 1.0 is linear, 2.0 is the square.
The exponent is that of the last two doublings, where what an analysis costs at any size matters least. Exit 1 where one
is above the gate.
"""

import argparse
import gc
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import oomscope
from oomscope.inputs import SideFiles

GATE = 1.15
DOUBLINGS = 4


class Input(NamedTuple):
    """What is analysed."""

    logs: Sequence[str]
    side: SideFiles = SideFiles()


Make = Callable[[int, Path], Input]


def report(
    n: int, *, seconds: float | None = None, unit: str = "app", caller: str = "", rows: Sequence[str] | None = None,
    middle: Sequence[str] = (),
) -> str:  # fmt: skip
    """One report of a service at its limit."""
    at, pid = 1000.0 + 60 * n if seconds is None else seconds, 2000 + n
    path = f"/system.slice/{unit}.service"
    lines = [
        f"{unit} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        f"CPU: 1 PID: {pid} Comm: {unit} Not tainted 6.1.0-18-amd64 #1",
        "Call Trace:",
        " out_of_memory+0x1cf/0x500",
        " try_charge_memcg+0x1c6/0x240",
        "memory: usage 524288kB, limit 524288kB, failcnt 25",
        "swap: usage 0kB, limit 0kB, failcnt 0",
        *middle,
        f"Memory cgroup stats for {path}:",
        "anon 530000000",
        "file 1000000",
        "shmem 0",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        *(rows if rows is not None else [row(pid, unit)]),
        (
            f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={path},"
            f"task_memcg={path},task={unit},pid={pid},uid=33"
        ),
        kill(pid, unit),
    ]
    return "".join(f"[{at + k / 1e6:12.6f}]{caller} {line}\n" for k, line in enumerate(lines))


def row(pid: int, comm: str) -> str:
    """A row of the task table."""
    return f"[{pid:7d}]    33 {pid:7d}   400000   129000  1100000        0             0 {comm}"


def kill(pid: int, comm: str) -> str:
    """A kill line."""
    return (
        f"Memory cgroup out of memory: Killed process {pid} ({comm}) total-vm:1600000kB, anon-rss:516000kB, "
        "file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1074kB oom_score_adj:0"
    )


def one(text: str, folder: Path) -> Input:
    """One log with this text."""
    path = folder / "kernel.log"
    path.write_text(text)
    return Input([str(path)])


def reports(n: int, folder: Path) -> Input:
    return one("".join(map(report, range(n))), folder)


def workloads(n: int, folder: Path) -> Input:
    return one("".join(report(k, unit=f"app{k}") for k in range(n)), folder)


def rows_of_a_table(n: int, folder: Path) -> Input:
    return one(report(0, rows=[row(2000 + k, f"worker{k % 7}") for k in range(n)]), folder)


def callers(n: int, folder: Path) -> Input:
    return one("".join(report(k, caller=f"[{f'T{2000 + k}':>7}]") for k in range(n)), folder)


def node_lines(n: int, folder: Path) -> Input:
    middle = ["Mem-Info:", *(f"Node {k} active_anon:100kB inactive_anon:0kB slab_reclaimable:9kB" for k in range(n))]
    return one(report(0, middle=middle), folder)


def rate_limited_kills(n: int, folder: Path) -> Input:
    bare = (f"[{1001 + k / 100:12.6f}] {kill(3000 + k, 'app')}\n" for k in range(n))
    return one(report(0) + "".join(bare) + report(9_000_000 % 7, seconds=1002 + n / 100), folder)


def runtime_start_lines(n: int, folder: Path) -> Input:
    pairs = []
    for k in range(n):
        at = f"Jan {1 + k // 1440:2d} {k // 60 % 24:02d}:{k % 60:02d}:00 node"
        pairs.append(f"{at} systemd[1]: Started app{k}.service - An application.\n")
        text = report(k, unit=f"app{k}")
        pairs.append("".join(f"{at} kernel: {line}\n" for line in text.splitlines()))
    return one("".join(pairs), folder)


def inputs(n: int, folder: Path) -> Input:
    paths = []
    for k in range(n):
        path = folder / f"{k}.log"
        path.write_text("".join(report(k * 3 + m, unit=f"app{k}") for m in range(3)))
        paths.append(str(path))
    return Input(paths)


def lines_between_markers(n: int, folder: Path) -> Input:
    noise = "".join(f"[{2000 + k / 1000:12.6f}] eth0: link is up, and line {k} says nothing else\n" for k in range(n))
    return one(report(0) + noise + report(1, seconds=9e6), folder)


def one_long_line(n: int, folder: Path) -> Input:
    return one(report(0) + "[ 2000.000000] " + "Out of memory and a name that goes on " * n + "\n" + report(90), folder)


def unfinished_heads(n: int, folder: Path) -> Input:
    heads = (f"[{k:12.6f}] app{k} invoked oom-killer: gfp_mask=0xcc0, order=0, oom_score_adj=0\n" for k in range(n))
    return one("".join(heads) + report(0, seconds=9e6), folder)


def stat_blocks(n: int, folder: Path) -> Input:
    block = [f"Memory cgroup stats for /a/{k}: cache:0KB rss:4KB rss_huge:0KB mapped_file:0KB" for k in range(n)]
    return one(report(0, middle=block), folder)


def pods_in_the_inventory(n: int, folder: Path) -> Input:
    def pod(k: int) -> dict[str, object]:
        name = {"name": f"pod{k}", "namespace": "shop", "uid": f"{k:08x}-0000-4000-8000-{k:012x}"}
        status = {"containerStatuses": [{"name": "c", "containerID": f"containerd://{k:064x}", "restartCount": 1}]}
        return {"metadata": name, "spec": {"containers": [{"name": "c"}]}, "status": status}

    pods = folder / "pods.json"
    pods.write_text(json.dumps({"kind": "List", "items": [pod(k) for k in range(n)]}))
    return one("".join(map(report, range(20))), folder)._replace(side=SideFiles(pods=(str(pods),)))


def points_of_a_series(n: int, folder: Path) -> Input:
    series = folder / "memory.csv"
    points = (f"{k * 1000 / n:.4f},/system.slice/app.service,{500_000_000 * (k + 1) // n}\n" for k in range(n))
    series.write_text("t,cgroup,usage\n" + "".join(points))
    return one(report(0), folder)._replace(side=SideFiles(metrics=(str(series),)))


KINDS: dict[str, tuple[Make, int]] = {
    "reports": (reports, 250),
    "workloads": (workloads, 250),
    "rows of a table": (rows_of_a_table, 2_000),
    "distinct callers": (callers, 250),
    "Node lines": (node_lines, 2_000),
    "rate-limited kills": (rate_limited_kills, 1_000),
    "runtime start lines": (runtime_start_lines, 150),
    "inputs": (inputs, 40),
    "lines between markers": (lines_between_markers, 20_000),
    "one long line": (one_long_line, 20_000),
    "unfinished heads": (unfinished_heads, 2_000),
    "stat blocks": (stat_blocks, 1_000),
    "pods in the inventory": (pods_in_the_inventory, 1_000),
    "points of a series": (points_of_a_series, 10_000),
}
"""By kind: what makes the input, and the smallest size."""


def seconds_of(work: Input) -> float:
    """CPU seconds of reading, weighing and writing the document."""
    began = time.process_time()
    analysis = oomscope.analyze(list(work.logs), oomscope.Options(side=work.side))
    for _ in analysis.written_json():
        pass
    return time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of: {', '.join(KINDS)}")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each size, of which the fastest counts")
    chosen = parser.parse_args()
    gc.set_threshold(100_000, 20, 20)  # as the command line has it
    slow = 0
    for name in chosen.kinds or KINDS:
        make, smallest = KINDS[name]
        taken = []
        for doubling in range(DOUBLINGS + 1):
            with tempfile.TemporaryDirectory() as folder:
                work = make(smallest << doubling, Path(folder))
                taken.append(min(seconds_of(work) for _ in range(chosen.repeat)))
        exponent = math.log2(taken[-1] / taken[-3]) / 2
        slow += exponent > GATE
        shown = "  ".join(f"{seconds:7.3f}" for seconds in taken)
        words = "   ABOVE THE GATE" if exponent > GATE else ""
        print(f"{name:24} from {smallest:6,}: {shown} s   exponent {exponent:5.2f}{words}", flush=True)
    print(f"gate {GATE}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
