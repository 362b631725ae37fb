"""One input after the other: its records to incidents, and what else it says."""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from oomscope import killers
from oomscope.errors import InputError
from oomscope.facts import FactTable, own_facts
from oomscope.incident import Incident
from oomscope.incident.build import IncidentBuilder
from oomscope.inputs import CONTAINER_STARTS, SIDE_MEMBERS, START_HINTS, STARTS, TELLING_STARTS
from oomscope.kernel import (
    BAD_VALUES,
    BRIDGES,
    CORE_MARKERS,
    LONG_BLOCK,
    MARKERS,
    REPORT_WORDS,
    WIDE,
    Assembly,
    assemble,
    looks_damaged,
    rate_limits_reports,
)
from oomscope.kernel.event import OomEvent
from oomscope.killers import Killed
from oomscope.likely_reports import LikelyReports
from oomscope.more_incidents import MOST_INCIDENTS, MoreIncidents
from oomscope.read import Aside, InputSummary, InputWarning, KeptLines, Reading, ReadOptions, Record, SideMember, read
from oomscope.read.clock.boots import Boot
from oomscope.read.clock.same_lines import SameLines
from oomscope.read.search.log_text import LogText
from oomscope.report.document.incident_body import Json
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.incident.what_if import Change

Keep = Callable[[Incident, FactTable], Incident]
"""Takes an incident with the facts of its own report, and returns what stays in memory of it."""


class Found(NamedTuple):
    """What one input holds beside its incidents."""

    summary: InputSummary
    quoted: tuple[Json, ...]  # text that only looks like a kill
    others: Killed
    kept: KeptLines
    boots: Sequence[Boot]
    same_lines: SameLines
    text: LogText
    more: MoreIncidents  # beyond the cap
    aside: tuple[Aside, ...] = ()  # of a bundle: members that are side inputs


def read_inputs(
    path: str,
    options: ReadOptions,
    what_if: "Sequence[Change]",
    keep: Keep,
    first: int,
    *,
    any_text: bool,
    stream: BinaryIO | None = None,
    alone: bool = True,
    most: int = MOST_INCIDENTS,
) -> Iterator[tuple[list[Incident], Found]]:
    """The inputs at a path, numbered from `first`: a file, or the logs in an archive.

    A `stream` is read in place of the path. Raises InputError as `read` does, where the path is `alone`; beside others it is
    an input without a line, whose warning says why. Of more than `most` incidents the others are only counted.
    """
    number = first
    try:
        for of_input in _inputs_at(path, options, what_if, keep, first, most, any_text=any_text, stream=stream):
            yield of_input
            number += 1
    except InputError as error:
        if alone:
            raise
        yield [], _not_read(path, number, str(error))
    except BAD_VALUES as error:
        words = f"reading ended early ({type(error).__name__}); please report it"
        yield [], _not_read(path, number, words)


def _not_read(path: str, number: int, reason: str) -> Found:
    """An input of which nothing more can be read."""
    words = reason.removeprefix("standard input: " if path == "-" else f"{safe_line(path)}: ")
    reading = Reading(io.BytesIO(), path, None, ReadOptions(), [InputWarning("input-unreadable", words)])
    return _read_one(reading.numbered(number), (), lambda incident, _: incident, 0, any_text=False)[1]


def _inputs_at(
    path: str,
    options: ReadOptions,
    what_if: "Sequence[Change]",
    keep: Keep,
    first: int,
    most: int,
    *,
    any_text: bool,
    stream: BinaryIO | None,
) -> Iterator[tuple[list[Incident], Found]]:
    number = first
    cgroups: set[str] = set()
    for reading in read(path, _looking(options), stream):
        incidents, found = _read_one(reading.numbered(number), what_if, keep, most, any_text=any_text)
        if not incidents and (data := reading.short_text) is not None and looks_damaged(data):
            again = next(iter(read("-", options, io.BytesIO(data.encode("utf-8", "surrogateescape")))))
            again.path, again.member = reading.path, reading.member
            second = _read_one(again.numbered(number), what_if, keep, most, any_text=any_text)
            if second[0] or second[1].quoted:
                incidents, found = second
        cgroups.update(name for one in incidents for name in _cgroups_of(one))
        if found.aside:
            found = found._replace(aside=_telling(found.aside, cgroups))
        if not (incidents or _says_something(found)):
            reading.dismiss()
        if reading.is_log or _tells_starts(found):
            number += 1
            most -= len(incidents)
            yield incidents, found


def _says_something(found: Found) -> bool:
    """True if an input without incidents tells of kills, quotes them, or has something to be warned of."""
    others = found.others
    return bool(
        found.quoted
        or others.kills
        or others.corroborations
        or found.summary.warnings
        or found.more.total
        or found.kept
    )


def _cgroups_of(incident: Incident) -> list[str]:
    """Return the last names of its cgroups; an empty one where the log names none."""
    summary = incident.event.summary
    paths = (summary.oom_memcg or "", summary.task_memcg or "") if summary is not None else ("",)
    return [path.rstrip("/").rpartition("/")[2] for path in paths]


def _telling(aside: tuple[Aside, ...], cgroups: Collection[str]) -> tuple[Aside, ...]:
    """What is worth keeping of a bundle's side inputs until all inputs have been read: nothing where it holds no kill."""
    if not cgroups:
        return ()
    return tuple(one for one in aside if one.kind != "cgroups" or one.member.split("/")[-2] in cgroups)


def _tells_starts(found: Found) -> bool:
    """True if a member of a bundle is the log of a runtime: it tells when the containers of other members' kills began."""
    return bool(found.kept) and bool(found.kept.holding(CONTAINER_STARTS))


def _looking(options: ReadOptions) -> ReadOptions:
    """The options with the words that make a line worth reading."""
    return options._replace(
        markers=MARKERS,
        near_markers=killers.MARKERS,
        in_parts=killers.IN_PARTS,
        long_block=LONG_BLOCK,
        wide=WIDE,
        core_markers=(*CORE_MARKERS, *killers.CORE_MARKERS),
        bridges=BRIDGES,
        report_words=REPORT_WORDS,
        kept_words=STARTS,
        kept_telling=TELLING_STARTS,
        kept_hints=START_HINTS,
        side_members=tuple(SideMember(*one) for one in SIDE_MEMBERS),
    )


def _read_one(
    reading: Reading, what_if: "Sequence[Change]", keep: Keep, most: int, *, any_text: bool
) -> tuple[list[Incident], Found]:
    watch, likely, more = killers.KillerWatch(), LikelyReports(), MoreIncidents()

    def batches() -> Iterator[Sequence[Record]]:
        for data, batch in reading.batches:
            watch.look(data, batch)
            likely.look(data, batch)
            yield batch

    assembly = assemble(chain.from_iterable(batches()), any_text=any_text)
    builder = IncidentBuilder(reading.number)
    incidents: list[Incident] = []
    failed: list[InputWarning] = []
    for event in _whole_events(assembly, failed):
        if reading.budget.spent():
            reading.last_line = event.lines[0]
            break
        try:
            incident = builder.incident(event)
            if len(incidents) >= most:
                more.add(incident)
                continue
            if what_if:
                from oomscope.incident.what_if import with_answers

                (incident,) = with_answers([incident], what_if)
            incidents.append(keep(incident, own_facts(incident)))
        except BAD_VALUES as error:
            words = f"a report cannot be worked out ({type(error).__name__}) and is left out; please report it"
            failed.append(InputWarning("report-unreadable", words, event.lines[0]))
    summary = _of_interest(reading.summary(), assembly)
    others = watch.found()
    read_lines = [
        *(run for one in incidents for run in one.event.line_runs or (one.event.lines,)),
        *((line, line) for line in _said_lines(assembly, others)),
    ]
    if not more.total and not reading.budget.ended:
        failed += likely.without(read_lines)
    summary = summary._replace(warnings=(*summary.warnings, *failed))
    quoted = tuple(
        {"input": reading.number, "line": t.line, "text": t.text, "ident": t.ident, "reason": t.reason}
        for t in assembly.text_findings
    )
    found = Found(
        summary=summary,
        quoted=quoted,
        others=others,
        kept=reading.kept,
        boots=reading.boots(),
        same_lines=reading.same_lines,
        text=reading.text,
        more=more,
        aside=reading.aside,
    )
    return incidents, found


def _said_lines(assembly: Assembly, others: Killed) -> Iterator[int]:
    """The lines that something else than an incident is said of."""
    yield from (one.line for one in assembly.text_findings)
    yield from (one.line for one in assembly.waiting)
    yield from (one.line for one in others.kills)
    yield from (one.line for one in others.corroborations)
    yield from assembly.left_out.unreadable


def _whole_events(assembly: Assembly, failed: list[InputWarning]) -> Iterator[OomEvent]:
    """The events; where reading fails, those before it."""
    try:
        yield from assembly
    except BAD_VALUES as error:
        words = f"reading ended early ({type(error).__name__}): what came before is kept; please report it"
        failed.append(InputWarning("reading-failed", words))
    except OSError as error:
        words = (
            f"reading failed ({safe_line(error.strerror or str(error))}): what came before is kept; is the disk or mount "
            "well, and is there room for temporary files?"
        )
        failed.append(InputWarning("reading-failed", words))


def _of_interest(summary: InputSummary, found: Assembly) -> InputSummary:
    """Without the rate limits of kernel functions that have no part in an OOM report: audit's, the network's."""
    kept = tuple(w for w in summary.warnings if w.code != "callbacks-suppressed" or rate_limits_reports(w.message))
    return summary._replace(warnings=(*kept, *_waiting(found), *_left_out(found)))


def _waiting(found: Assembly) -> tuple[InputWarning, ...]:
    """A cgroup whose oom-killer is turned off kills nobody: its tasks hang, and only the hung-task detector says so."""
    if not found.waiting:
        return ()
    first, pids = found.waiting[0], {w.pid for w in found.waiting}
    more = f" and {len(pids) - 1} more" if len(pids) > 1 else ""
    words = (
        f"{first.comm} (pid {first.pid}){more} waited over {max(w.seconds for w in found.waiting)} s for memory of a cgroup "
        "whose oom-killer is turned off (oom_kill_disable in memory.oom_control): such tasks hang and nobody is killed"
    )
    return (InputWarning("oom-kill-disabled", words, first.line),)


def _left_out(found: Assembly) -> tuple[InputWarning, ...]:
    """Findings beyond those that are listed."""
    kinds = (
        ("lines that only quote the kernel", found.left_out.text_findings),
        ("waiting tasks", found.left_out.waiting),
    )
    more = tuple(InputWarning("findings-left-out", f"{n:,} more {what} are not listed") for what, n in kinds if n)
    if not (bad := found.left_out.unreadable):
        return more
    words = f"{len(bad):,} of the lines of OOM reports cannot be read and are left out; please report it"
    return (*more, InputWarning("line-unreadable", words, bad[0]))
