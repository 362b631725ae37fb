"""Kills at full speed: who died, where, by whose limit. One line a kill, read from the kill line and the line before it, or
from that alone where the kill line is lost.

Nothing else of a report is read, nothing is compared or weighed, and a kill that the log holds twice is listed twice:
but for a memory.oom.group, of which the kernel names the first victim again when it kills them all.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from oomscope.incident import Incident
from oomscope.incident.trust import Level
from oomscope.kernel.event import Summary
from oomscope.kernel.sections.group_line import parse_group
from oomscope.kernel.sections.kill_line import GROUP_SECONDS, KillLine, parse_killed
from oomscope.kernel.sections.oom_kill_line import parse_summary
from oomscope.read import Reading, ReadOptions, Record, read
from oomscope.read.record import TRUST_RANK
from oomscope.workload import scope_of

_KILL, _SUMMARY, _GROUP = b"illed process ", b"oom-kill:constraint=", b"due to memory.oom.group set"
_NODE_SCOPES = {"CONSTRAINT_CPUSET": "cpuset", "CONSTRAINT_MEMORY_POLICY": "mempolicy"}


class BriefKill(NamedTuple):
    """One kill line. What the log does not say is None."""

    input: int
    host: str | None
    wall_seconds: float | None  # since the epoch, UTC
    monotonic_seconds: float | None  # since boot
    pid: int
    comm: str
    scope: str | None  # whose limit was hit; "node", "cpuset" or "mempolicy" for none
    limit_owner: str | None  # cgroup path
    task_memcg: str | None
    anon_rss_bytes: int | None


def brief_kills(
    path: str, options: ReadOptions, least: Level = "tag", first: int = 0, stream: BinaryIO | None = None
) -> Iterator[tuple[Reading, Iterator[BriefKill]]]:
    """Each log at a path, numbered from `first`, with every kill line that is trusted enough, in the log's order.

    A container may print anything: its lines alone are not believed, only a whole report of them is, which is not read here.
    Each must be read before the next. A `stream` is read in place of the path. Raises InputError as `read` does.
    """
    rank = TRUST_RANK["text" if least == "any" else least]
    looking = options._replace(markers=(_KILL, _SUMMARY, _GROUP), only_marked=True)
    for number, reading in enumerate(read(path, looking, stream), first):
        yield reading, _kills(number, reading.records, rank)


def kills_of(number: int, incidents: Iterable[Incident]) -> Iterator[BriefKill]:
    """The kills of an input that was read in full; `number` is that of its first log."""
    for incident in incidents:
        summary = incident.event.summary
        for victim in incident.event.victims:
            yield BriefKill(
                input=number + incident.input,
                host=incident.event.host,
                wall_seconds=victim.wall_seconds,
                monotonic_seconds=victim.monotonic_seconds,
                pid=victim.pid,
                comm=victim.comm,
                scope=incident.scope,
                limit_owner=summary.oom_memcg if summary is not None else None,
                task_memcg=summary.task_memcg if summary is not None else None,
                anon_rss_bytes=victim.anon_rss_bytes,
            )


class _Report:
    """What one host's kernel has said since its last `oom-kill:` line."""

    def __init__(self, summary: Summary | None, record: Record | None = None, before: "_Report | None" = None) -> None:
        self.summary = summary
        self._record = record  # the summary's
        self._killed_before = before.pids if before is not None else set()
        self.pids: set[int] = set()  # killed so far
        self.seconds: float | None = None  # of the last kill
        self.is_group = False

    def goes_on(self, kill: KillLine, record: Record) -> bool:
        """True if the kill is one more of the report's."""
        if self.is_group:
            now = record.monotonic_seconds
            return now is None or self.seconds is None or now - self.seconds <= GROUP_SECONDS
        return not self.pids and self.summary is not None and self.summary.pid == kill.pid

    def awaits(self, summary: Summary | None) -> bool:
        """True if the victim whom a summary names is the one whose kill line has not come yet."""
        return not self.pids and None not in (summary, self.summary) and summary.pid == self.summary.pid  # type: ignore[union-attr]

    def lost(self, number: int) -> Iterator[BriefKill]:
        """Yield the victim whom the report names, where the log lacks the kill line."""
        summary, record = self.summary, self._record
        if self.pids or record is None or summary is None or summary.pid is None or summary.comm is None:
            return
        if summary.pid not in self._killed_before:  # a log may hold lines twice
            yield _of(number, record, KillLine(summary.pid, summary.comm, summary.uid, None), summary)


def _kills(number: int, records: Iterable[Record], least: int) -> Iterator[BriefKill]:
    reports: dict[str | None, _Report] = {}  # by host: the lines of several may alternate
    for record in records:
        text = record.text
        if TRUST_RANK[record.trust] < least or (record.contained and least > TRUST_RANK["text"]):
            continue
        report = reports.get(record.host)
        if text.startswith("oom-kill:"):
            summary = parse_summary(text, (record.line, record.line))
            if report is not None and report.awaits(summary):
                continue  # the line stands twice
            if report is not None:
                yield from report.lost(number)
            reports[record.host] = _Report(summary, record, report)
        elif (kill := parse_killed(text)) is not None:
            if report is None or not report.goes_on(kill, record):
                report = reports[record.host] = _Report(None)
            if kill.pid not in report.pids:
                yield _of(number, record, kill, report.summary)
            report.pids.add(kill.pid)
            report.seconds = record.monotonic_seconds
        elif report is not None and report.pids and parse_group(text) is not None:
            report.is_group = True
    for report in reports.values():
        yield from report.lost(number)


def _of(number: int, record: Record, kill: KillLine, summary: Summary | None) -> BriefKill:
    owner = summary.oom_memcg if summary is not None else None
    if owner is not None:
        scope: str | None = scope_of(owner).scope
    else:
        node = _NODE_SCOPES.get(summary.constraint or "", "node") if summary is not None else "node"
        scope = (
            "cgroup"
            if "emory cgroup" in (kill.message or "")
            else node
            if kill.message or summary is not None
            else None
        )
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
