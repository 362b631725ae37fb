"""The pipeline and the public API: paths in, one Analysis out. The stages know only their neighbours; here they meet."""

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from oomscope.analysis import Analysis
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.facts import VOCABULARY, group_repeats, own_facts
from oomscope.incident import Incident, adopt
from oomscope.incident.dates import dated
from oomscope.incident.other_kills import attempts, unseen, with_others
from oomscope.incident.trust import Level, believed
from oomscope.incident.twins import timeless_twins, without_twins
from oomscope.input_reading import Found, read_inputs
from oomscope.inputs import Side, SideFiles
from oomscope.killers import Killed
from oomscope.read import InputSummary, InputWarning, KeptLines, ReadOptions
from oomscope.read.clock.machines import Settled, settle
from oomscope.report.document.held_reports import HeldReports

if TYPE_CHECKING:
    from oomscope.incident.what_if import Change


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
    jobs: int = 1  # processes that read several inputs


def analyze(paths: Iterable[str], options: Options | None = None) -> Analysis:
    """Read kernel logs and find, explain and weigh every OOM kill in them.

    Raises InputError for a path or side file that cannot be read, RuleError or UsageError for a broken rule folder.
    """
    options = options or Options()
    causes = load_dir(options.rules, VOCABULARY) if options.rules else load_bundled(VOCABULARY)
    held = HeldReports()
    found, incidents = _read_all(list(paths), options, held)
    settled = settle(
        [boot for one in found for boot in one.boots],
        [one.same_lines for one in found],
        timeless_twins(incidents) if len(found) > 1 else (),
        same_machine=options.same_machine,
    )
    incidents, others = _joined(found, incidents, settled, held)
    incidents, doubted = believed(incidents, options.trust)
    incidents, side = _beside(incidents, [one.kept for one in found], options.side)
    inputs = [_with(one.summary, side.about(n)) for n, one in enumerate(found)]
    quoted = [line for one in found for line in one.quoted]
    findings = [*quoted, *doubted, *attempts(others), *unseen(others, incidents)]
    groups = group_repeats(incidents, side.lives)
    texts = [one.text for one in found]
    return Analysis(inputs, settled.machines, incidents, groups, findings, causes, held, side, texts)


def _read_all(paths: Sequence[str], options: Options, held: HeldReports) -> tuple[list[Found], list[Incident]]:
    """Every input in the order of the paths: what is said of it, and its incidents, whose reports are held."""
    found: list[Found] = []
    incidents: list[Incident] = []
    any_text = options.trust == "any"
    if options.jobs > 1 and len(paths) > 1 and _bytes_of(paths) >= PARALLEL_BYTES:
        from oomscope.parallel import read_in_processes

        inputs = read_in_processes(paths, options.read, options.what_if, options.jobs, held.add, any_text=any_text)
    else:
        inputs = (
            one
            for path in paths
            for one in read_inputs(path, options.read, options.what_if, held.add, len(found), any_text=any_text)
        )
    for of_input, one in inputs:
        found.append(one)
        incidents += of_input
    return found, incidents


def _bytes_of(paths: Sequence[str]) -> int:
    """The size of the files; 0 where one is a pipe or standard input, which only this process can read."""
    try:
        states = [Path(path).stat() for path in paths]
    except (OSError, ValueError):
        return 0
    return sum(state.st_size for state in states) if all(stat.S_ISREG(state.st_mode) for state in states) else 0


def _joined(
    found: Sequence[Found], incidents: Sequence[Incident], settled: Settled, held: HeldReports
) -> tuple[list[Incident], list[Killed]]:
    """The incidents of all inputs, each once, with those of other killers; and what these killers did."""

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


def _beside(incidents: list[Incident], kept: Sequence[KeptLines], files: SideFiles) -> tuple[list[Incident], Side]:
    """The incidents with what runtimes say in their logs, and with what was handed over beside them."""
    side, starts = Side(), {}
    if incidents and any(kept):
        from oomscope.inputs.runtime_lines import runtime_starts, side_of

        said = runtime_starts(incidents, kept)
        incidents, side, starts = said.incidents, side_of(said), dict(said.starts)
    if files:
        from oomscope.inputs.join import join

        incidents, side = join(files, incidents, side, starts)
    return incidents, side


def _with(summary: InputSummary, more: Sequence[InputWarning]) -> InputSummary:
    return summary._replace(warnings=(*summary.warnings, *more))
