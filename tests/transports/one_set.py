"""The one set of kernel records that every transport carries: three kills of one boot, and lines around them.

A pod's container over its cgroup v2 limit, a container over its v1 limit, and the node out of memory. The victims are
called `java`, `npm start`, and a name made of what prefixes, markup and the kernel's own lines are made of; a task
beside them has a letter that is no ASCII and a tab in its name.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from helpers.report_text import Report, Row

BOOT_WALL = 1_768_471_200.25  # 2026-01-15T10:00:00.25Z
BOOT_ID = "0c0af076df13e5041cc106faef52c015"
HOST = "node-1"
RELEASE = "6.1.0-28-amd64"
YEAR = 2026

ODD = 'q,uid=0)<&"b'
POD = (
    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podceb06323_be34_45be_ae42_386a69731d8f.slice/"
    "cri-containerd-37a61e0b1c7f4a52b3d86d94c5f2ab1377e60d4c9d0f4bb3a0a51f9f7dd7d7c1.scope"
)
DOCKER = "/docker/8fce0f5fd53bb30a6a2f0cc9a5d5f9d1b2c7d3cbb6b7a4a5d17a2c0f63a2e9b4"


class Printk(NamedTuple):
    """One record of the kernel's ring buffer."""

    seconds: float
    level: int
    caller: str
    text: str  # a newline is one that the kernel printed

    @property
    def wall(self) -> float:
        return BOOT_WALL + self.seconds


_TABLE = (
    Row(901, "sh", 300),
    Row(4711, "java", 30_000, adj=936),
    Row(4712, "npm start", 900),
    Row(4713, "café\tbar", 40),
)
_BASE = Report(era="6.1", rows=_TABLE)
_KILLS = (
    replace(_BASE, seconds=1000.0, oom_memcg=POD, task_memcg=POD, invoker="java"),
    replace(_BASE, seconds=2345.5, oom_memcg=DOCKER, task_memcg=DOCKER, victim=4712),
    replace(
        _BASE,
        seconds=9871.25,
        memcg=False,
        rows=(*_TABLE, Row(4714, ODD, 60_000, total_vm=90_000)),
        victim=4714,
        invoker="Web Content",
        task_memcg="/system.slice/odd.service",
    ),
)
_V2_SWAP = "swap: usage 0kB, limit 0kB, failcnt 0"
_V1_COUNTERS = (
    "memory+swap: usage 150000kB, limit 9007199254740988kB, failcnt 0",
    "kmem: usage 0kB, limit 9007199254740988kB, failcnt 0",
)
_AROUND = (
    (0.0, 5, "T0", f"Linux version {RELEASE} (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian"),
    (3.5, 6, "T1", "eth0: link up, 1000 Mb/s, full duplex"),
    (912.75, 6, "T88", "usb 1-1: new high-speed USB device number 2 using xhci_hcd"),
    (2000.125, 4, "C0", "hrtimer: interrupt took 41234 ns"),
    (9999.0, 6, "T1", "eth0: link down"),
)
_INFO = ("memory", "swap:", "kmem:", "Memory cgroup stats", "anon ", "Tasks state", "[", "oom-kill:")


def records() -> list[Printk]:
    """All of them, in the order that they were printed."""
    found = [Printk(*around) for around in _AROUND]
    for report in _KILLS:
        found += _report(report)
    return sorted(found, key=lambda record: record.seconds)


def _report(report: Report) -> Iterator[Printk]:
    lines = [text for line in report.lines() for text in _versioned(report, line)]
    for n, text in enumerate(lines):
        yield Printk(report.seconds + n * 7e-6, _level(text), "T901", text)
    dead = report.dead
    reaped = f"oom_reaper: reaped process {dead.pid} ({dead.comm}), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"
    yield Printk(report.seconds + 0.03125, 6, "T57", reaped)


def _versioned(report: Report, line: str) -> tuple[str, ...]:
    return _V1_COUNTERS if line == _V2_SWAP and report.oom_memcg == DOCKER else (line,)


def _level(text: str) -> int:
    """As mm/oom_kill.c and mm/memcontrol.c print them: the kill err, the body info, head and trace warn."""
    if "Killed process" in text:
        return 3
    return 6 if text.startswith(_INFO) else 4
