"""A node's syslog: a kernel ring with wall clocks, and what runtimes, kubelet and systemd say in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpers.report_text import first_line, kill, stamped, summary, usage

DATA = Path(__file__).parent.parent / "data" / "side"
RING = DATA / "leak_restarts-host-v1-116-x1200.log"
BOOT = datetime(2025, 3, 12, 22, 19, 42, tzinfo=UTC)
KILLS = (5862.568, 8559.750, 11266.167)  # seconds since boot
LIVES = (2650.0, 2680.0, 2705.0)
CONTAINERS = (
    "165267a362762465be9e8a02dbbe9360ca5f1b8e9b83b29020dca8e1d38647c3",
    "fcface3fd3ba16146579493bba820a9343fe88ec29728426a8550eb2670a9f5d",
    "3015f0c25f70f9822f5bd64a45ecd08c0624c00b0ce860934b94f524deaf5ff0",
)
POD_UID = "cfc16be2-321c-4418-aa1a-1f3ebf047b76"

Said = tuple[float, str, str]
"""Seconds since boot, the program, what it says."""


def stamp(seconds: float) -> str:
    return (BOOT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def syslog(path: Path, said: Sequence[Said], ring: str | None = None) -> Path:
    """An RFC 3339 syslog of the ring and of what others say, in the order of time."""
    lines: list[tuple[float, str]] = []
    for line in (ring or RING.read_text()).splitlines():
        at = float(line[1:13])
        lines.append((at, f"{stamp(at)} node-1 kernel: {line}"))
    lines += [(at, f"{stamp(at)} node-1 {program}: {text}") for at, program, text in said]
    path.write_text("".join(line + "\n" for _, line in sorted(lines, key=lambda one: one[0])))
    return path


def starts(program: str, text: str, lives: Sequence[float] = LIVES) -> list[Said]:
    """Each container's start, `{id}` and `{n}` filled in, so long before its kill."""
    return [
        (kill - life, program, text.replace("{id}", container).replace("{n}", str(n)))
        for n, (kill, life, container) in enumerate(zip(KILLS, lives, CONTAINERS, strict=True))
    ]


LOGRUS = 'time="2025-03-13T00:42:17.123456789Z" level=info msg='
CONTAINERD = LOGRUS + r'"StartContainer for \"{id}\" returns successfully"'
CREATED = LOGRUS + (
    rf'"CreateContainer within sandbox \"{"ab" * 32}\" for &ContainerMetadata{{Name:ingest,Attempt:{{n}},}} '
    r'returns container id \"{id}\""'
)
PLEG = f'I0313 00:42:17.123456    1234 kubelet.go:2453] "SyncLoop (PLEG): event for pod" pod="data/ingest" event=&{{ID:{POD_UID} Type:ContainerStarted Data:{{id}}}}'


def service(*kills: float, path: str = "/system.slice/app.service") -> str:
    """A kernel ring in which a service was killed at these times."""
    return "".join(
        stamped(
            at, first_line("java"), usage(102_400, 31), summary(100 + n, memcg=path), kill(100 + n, vm=1, anon=1, tables=1), step=0
        )
        for n, at in enumerate(kills)
    )  # fmt: skip
