"""Kills at full speed: who died, where, by whose limit. One line a kill, read from the kill line and the line before it.

Nothing else of a report is read, nothing is compared or weighed, and a kill that the log holds twice is listed twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oomscope.incident.trust import Level
from oomscope.kernel.event import Summary
from oomscope.kernel.sections.kill_line import KillLine, parse_killed
from oomscope.kernel.sections.oom_kill_line import parse_summary
from oomscope.read import ReadOptions, Record, read
from oomscope.read.record import TRUST_RANK
from oomscope.workload import scope_of

_KILL, _SUMMARY = b"illed process ", b"oom-kill:constraint="


class BriefKill(NamedTuple):
    """One kill line. What the log does not say is None."""

    input: int
    host: str | None
    wall_seconds: float | None  # since the epoch, UTC
    monotonic_seconds: float | None  # since boot
    pid: int
    comm: str
    scope: str | None  # whose limit was hit; "node" for none
    limit_owner: str | None  # cgroup path
    task_memcg: str | None
    anon_rss_bytes: int | None


def brief_kills(paths: Iterable[str], options: ReadOptions, least: Level = "tag") -> Iterator[BriefKill]:
    """Every kill line of the inputs that is trusted enough, in the order of the logs. Raises InputError as `read` does."""
    rank = TRUST_RANK["text" if least == "any" else least]
    number = 0
    for path in paths:
        for reading in read(path, options._replace(markers=(_KILL, _SUMMARY), only_marked=True)):
            for _, records in reading.batches:
                yield from _kills(number, records, rank)
            number += 1


def _kills(number: int, records: Sequence[Record], least: int) -> Iterator[BriefKill]:
    last: Summary | None = None
    for record in records:
        text = record.text
        if TRUST_RANK[record.trust] < least:
            continue
        if text.startswith("oom-kill:"):
            last = parse_summary(text, (record.line, record.line))
        elif (kill := parse_killed(text)) is not None:
            yield _of(number, record, kill, last if last is not None and last.pid == kill.pid else None)
            last = None


def _of(number: int, record: Record, kill: KillLine, summary: Summary | None) -> BriefKill:
    owner = summary.oom_memcg if summary is not None else None
    if owner is not None:
        scope: str | None = scope_of(owner).scope
    else:
        scope = "cgroup" if "emory cgroup" in (kill.message or "") else "node" if kill.message else None
    return BriefKill(
        input=number,
        host=record.host,
        wall_seconds=record.wall_seconds,
        monotonic_seconds=record.monotonic_seconds,
        pid=kill.pid,
        comm=kill.comm,
        scope=scope,
        limit_owner=owner,
        task_memcg=summary.task_memcg if summary is not None else None,
        anon_rss_bytes=kill.anon_rss_bytes,
    )
