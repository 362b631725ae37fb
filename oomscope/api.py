"""The pipeline and the public API: logs in, one Analysis out. The stages know only their neighbours; here they meet."""

import os
import stat
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from oomscope.analysis import Analysis
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.errors import InputError, UsageError
from oomscope.facts import VOCABULARY, group_repeats, own_facts
from oomscope.incident import Incident, adopt
from oomscope.incident.aftershocks import with_aftershock_notes
from oomscope.incident.dates import dated
from oomscope.incident.other_kills import attempts, unseen, with_others
from oomscope.incident.trust import Level, believed
from oomscope.incident.twins import timeless_twins, without_twins
from oomscope.input_reading import Found, read_inputs
from oomscope.inputs import Side, SideFiles
from oomscope.killers import Killed
from oomscope.more_incidents import MOST_INCIDENTS, counted_json
from oomscope.read import InputSummary, InputWarning, ReadOptions
from oomscope.read.clock.machines import Settled, settle
from oomscope.report.document.held_reports import HeldReports
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.incident.what_if import Change
    from oomscope.inputs.lifetimes import Starts


Log = str | os.PathLike[str] | BinaryIO
"""A path, `-` for standard input, or a file that is open for reading bytes."""

PARALLEL_BYTES = 8 << 20
"""Inputs of less in all are read by one process: starting others takes longer."""


class Options(NamedTuple):
    """What a user may set about an analysis."""

    read: ReadOptions = ReadOptions()  # what to look for is set by `analyze`
    what_if: "tuple[Change, ...]" = ()
    trust: Level = "tag"  # the least that counts as a kill
    rules: str | None = None  # folder of cause files to use instead of the bundled ones
    side: SideFiles = SideFiles()  # inventories, series and the like beside the log
    same_machine: bool = False  # all inputs are of one machine, which the logs themselves do not show
    max_incidents: int = MOST_INCIDENTS  # the others are counted by workload and host
    jobs: int = 1  # processes that read several inputs


class _Source(NamedTuple):
    path: str  # of a stream its name
    stream: BinaryIO | None = None


def analyze(logs: Log | Iterable[Log], options: Options | None = None) -> Analysis:
    """Read kernel logs, and find, explain and weigh every OOM kill in them.

    `logs` is one log or several: a path, `-` for standard input, or a file that is open for reading bytes.

    >>> import oomscope
    >>> analysis = oomscope.analyze("node.log")
    >>> [incident.outcome for incident in analysis.incidents]
    ['killed', 'killed', 'killed', 'killed']

    >>> from pathlib import Path
    >>> with open("node.log", "rb") as file:
    ...     print(oomscope.analyze([Path("node.log"), file]))
    <Analysis of 2 inputs: 4 kills of 1 workload>

    Options say how to read, and what is known beside the logs:

    >>> options = oomscope.Options(trust="kernel")
    >>> print(oomscope.analyze("node.log", options))
    <Analysis of 1 input: no kill>

    Of several logs, one that cannot be read is an input whose warning says why. Raises UsageError where no log is given,
    InputError where none can be read and for a side file that cannot be read, and RuleError for broken cause files.
    """
    sources = _sources(logs)
    options = options or Options()
    causes = load_dir(options.rules, VOCABULARY) if options.rules else load_bundled(VOCABULARY)
    held = HeldReports()
    found, incidents = _read_all(sources, options._replace(read=bounded(options.read)), held)
    settled = settle(
        [boot for one in found for boot in one.boots],
        [one.same_lines for one in found],
        timeless_twins(incidents) if len(found) > 1 else (),
        same_machine=options.same_machine,
    )
    incidents, others = _joined(found, incidents, settled, held)
    incidents, doubted = believed(incidents, options.trust)
    for line in doubted:
        place = line["line"], line["line"]
        line["text"] = next((text for _, text in found[line["input"]].text.lines([place])), "")
    incidents, side = _beside(incidents, found, options.side)
    incidents = with_aftershock_notes(incidents)
    inputs = [_with(one.summary, [*side.about(n), *one.more.warning()]) for n, one in enumerate(found)]
    more = [counted_json(n, row) for n, one in enumerate(found) for row in one.more.rows()]
    witnessed = unseen(others, incidents)
    told = {(line["input"], line["line"]) for line in witnessed}
    quoted = [line for one in found for line in one.quoted if (line["input"], line["line"]) not in told]
    findings = [*quoted, *doubted, *attempts(others), *witnessed]
    groups = group_repeats(incidents, side.lives)
    texts = [one.text for one in found]
    return Analysis(inputs, settled.machines, incidents, groups, findings, causes, held, side, texts, more)


def bounded(options: ReadOptions) -> ReadOptions:
    """Return the options with the end of the time, which begins now, and with the default limit of memory.

    Raises UsageError for a year that no log can be of.
    """
    if options.year is not None and not 1970 <= options.year <= 9999:
        raise UsageError(f"--year {options.year}: is no year that a log can be of; give one from 1970 on")
    until = time.monotonic() + options.max_seconds if options.max_seconds is not None else None
    memory = options.max_memory
    if memory is None:
        from oomscope.read.own_memory import default_limit

        memory = default_limit()
    return options._replace(until=until, max_memory=memory)


def _sources(logs: Log | Iterable[Log]) -> list[_Source]:
    """Return what to read. Raises UsageError where that is nothing, or nothing that bytes can be read from."""
    if isinstance(logs, (str, bytes, os.PathLike)) or hasattr(logs, "read"):
        logs = [logs]  # type: ignore[list-item]  # not an iterable of logs: what has read() is one
    sources = [_source(one) for one in logs]
    if not sources:
        raise UsageError("no log to analyze; name at least one, for example analyze('dmesg.txt')")
    return sources


def _source(log: Log) -> _Source:
    if isinstance(log, (str, os.PathLike)):
        return _Source(os.fspath(log))
    if not hasattr(log, "read"):
        raise UsageError(f"{type(log).__name__} is no log; give a path, or a file that is open for reading bytes")
    name = getattr(log, "name", None)
    if hasattr(log, "encoding"):
        raise UsageError(f"{name or 'a file'} is open for reading text; open it in binary mode, open(path, 'rb')")
    return _Source(name if isinstance(name, str) else "-", log)


def _read_all(sources: Sequence[_Source], options: Options, held: HeldReports) -> tuple[list[Found], list[Incident]]:
    """Return every input in its order: what is said of it, and its incidents, whose reports are held."""
    found: list[Found] = []
    incidents: list[Incident] = []
    any_text = options.trust == "any"
    alone = len(sources) == 1
    paths = [source.path for source in sources if source.stream is None]
    by_path = len(paths) == len(sources)
    if options.jobs > 1 and by_path and len(paths) > 1 and _bytes_of(paths) >= PARALLEL_BYTES:
        from oomscope.parallel import read_in_processes

        inputs = read_in_processes(
            paths, options.read, options.what_if, options.jobs, held.add, options.max_incidents, any_text=any_text
        )
    else:
        inputs = (
            one
            for path, stream in sources
            for one in read_inputs(
                path,
                options.read,
                options.what_if,
                held.add,
                len(found),
                any_text=any_text,
                stream=stream,
                alone=alone,
                most=options.max_incidents - len(incidents),
            )
        )
    for of_input, one in inputs:
        found.append(one)
        incidents += of_input
    if not alone:
        _refuse_nothing([one.summary for one in found])
    return found, incidents


def _refuse_nothing(inputs: Sequence[InputSummary]) -> None:
    """Raise InputError where none of several inputs could be read."""
    reasons = [f"{safe_line(i.path)}: {w.message}" for i in inputs for w in i.warnings if w.code == "input-unreadable"]
    if len(reasons) == len(inputs):
        more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
        raise InputError(f"nothing could be read: {'; '.join(reasons[:3])}{more}")


def _bytes_of(paths: Sequence[str]) -> int:
    """Return the size of the files; 0 where one is a pipe or standard input, which only this process can read."""
    try:
        states = [Path(path).stat() for path in paths]
    except (OSError, ValueError):
        return 0
    return sum(state.st_size for state in states) if all(stat.S_ISREG(state.st_mode) for state in states) else 0


def _joined(
    found: Sequence[Found], incidents: Sequence[Incident], settled: Settled, held: HeldReports
) -> tuple[list[Incident], list[Killed]]:
    """Return the incidents of all inputs, each once, with those of other killers; and what these killers did."""

    def on_machine(incident: Incident) -> Incident:
        machine = settled.of.get((incident.input, incident.event.boot), 0)
        event = dated(incident.event, settled.dates.get(machine))
        return incident._replace(machine=machine, event=event)

    others = [
        one.others._replace(
            kills=tuple(dated(k, settled.dates.get(settled.of.get((n, k.boot), 0))) for k in one.others.kills)
        )
        for n, one in enumerate(found)
    ]
    once = without_twins(map(on_machine, incidents))
    kernel = [
        after if after.workload is before.workload else held.replace(after, own_facts(after))
        for before, after in zip(once, adopt(once), strict=True)
    ]
    everything = with_others(kernel, others, settled.of)
    return [i if i.killer == "kernel" else held.add(i, own_facts(i)) for i in everything], others


def _beside(incidents: list[Incident], found: Sequence[Found], files: SideFiles) -> tuple[list[Incident], Side]:
    """Return the incidents with what runtimes say in their logs, with what was handed over beside them, and with what the
    bundles hold that the logs are in.
    """
    side, starts = Side(), {}
    kept = [one.kept for one in found]
    if incidents and any(kept):
        from oomscope.inputs.runtime_lines import runtime_starts, side_of

        said = runtime_starts(incidents, kept, [one.summary for one in found])
        incidents, side, starts = said.incidents, side_of(said), dict(said.starts)
    if incidents and any(one.aside for one in found):
        return _beside_in_bundles(incidents, found, files, side, starts)
    if files:
        from oomscope.inputs.join import join

        incidents, side = join(files, incidents, side, starts)
    return incidents, side


def _beside_in_bundles(
    incidents: list[Incident], found: Sequence[Found], files: SideFiles, side: Side, starts: "Starts"
) -> tuple[list[Incident], Side]:
    import tempfile

    from oomscope.inputs.from_bundles import from_bundles
    from oomscope.inputs.join import join

    by_path: dict[str, list[Incident]] = {}
    for incident in incidents:
        by_path.setdefault(found[incident.input].summary.path, []).append(incident)
    aside = {one.summary.path: one.aside for one in found if one.aside}
    with tempfile.TemporaryDirectory(prefix="oomscope-") as folder:
        bundled = from_bundles(aside, by_path, folder)
        incidents = [
            i._replace(notes=(*i.notes, bundled.notes[i.id])) if i.id in bundled.notes else i for i in incidents
        ]
        files = files.and_more(bundled.files)
        return join(files, incidents, side, starts) if files else (incidents, side)


def _with(summary: InputSummary, more: Sequence[InputWarning]) -> InputSummary:
    return summary._replace(warnings=(*summary.warnings, *more))
