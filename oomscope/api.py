"""The pipeline and the public API: paths in, one Analysis out. The stages know only their neighbours; here they meet."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oomscope import killers
from oomscope.analysis import Analysis
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.facts import VOCABULARY, group_repeats, own_facts
from oomscope.incident import Incident, adopt
from oomscope.incident.build import IncidentBuilder
from oomscope.incident.dates import dated
from oomscope.incident.other_kills import attempts, unseen, with_others
from oomscope.incident.trust import Level, believed
from oomscope.incident.twins import timeless_twins, without_twins
from oomscope.inputs import STARTS, Side, SideFiles
from oomscope.kernel import BRIDGES, CORE_MARKERS, MARKERS, Assembly, assemble, rate_limits_reports
from oomscope.killers import Killed
from oomscope.read import InputSummary, InputWarning, KeptLines, Reading, ReadOptions, Record, read
from oomscope.read.clock.machines import Boot, Settled, settle
from oomscope.read.clock.same_lines import SameLines
from oomscope.read.files.log_text import LogText
from oomscope.report.document.held_reports import HeldReports
from oomscope.report.document.incident_body import Json

if TYPE_CHECKING:
    from oomscope.incident.what_if import Change


class Options(NamedTuple):
    """What a user may set about an analysis."""

    read: ReadOptions = ReadOptions()  # what to look for is set by `analyze`
    what_if: "tuple[Change, ...]" = ()
    trust: Level = "tag"  # the least that counts as a kill
    rules: str | None = None  # folder of cause files to use instead of the bundled ones
    side: SideFiles = SideFiles()  # inventories, series and the like beside the log
    same_machine: bool = False  # all inputs are of one machine, which the logs themselves do not show


class _Found(NamedTuple):
    """What one input holds beside its incidents."""

    summary: InputSummary
    quoted: tuple[Json, ...]  # text that only looks like a kill
    others: Killed
    kept: KeptLines
    boots: Sequence[Boot]
    same_lines: SameLines
    text: LogText


def analyze(paths: Iterable[str], options: Options | None = None) -> Analysis:
    """Read kernel logs and find, explain and weigh every OOM kill in them.

    Raises InputError for a path or side file that cannot be read, RuleError or UsageError for a broken rule folder.
    """
    options = options or Options()
    causes = load_dir(options.rules, VOCABULARY) if options.rules else load_bundled(VOCABULARY)
    held = HeldReports()
    found, incidents = _read_all(paths, options, held)
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


def _looking(options: ReadOptions) -> ReadOptions:
    """The options with the words that make a line worth reading."""
    return options._replace(
        markers=(*MARKERS, *killers.MARKERS),
        core_markers=(*CORE_MARKERS, *killers.CORE_MARKERS),
        bridges=BRIDGES,
        kept_words=STARTS,
    )


def _read_all(paths: Iterable[str], options: Options, held: HeldReports) -> tuple[list[_Found], list[Incident]]:
    """Every input, one after the other: what is said of it, and its incidents, whose reports are held."""
    found: list[_Found] = []
    incidents: list[Incident] = []
    for path in paths:
        for reading in read(path, _looking(options.read)):
            of_input, one = _read_one(reading.numbered(len(found)), options, held)
            if reading.is_log:
                found.append(one)
                incidents += of_input
    return found, incidents


def _read_one(reading: Reading, options: Options, held: HeldReports) -> tuple[list[Incident], _Found]:
    watch = killers.KillerWatch()

    def records() -> Iterator[Record]:
        for data, batch in reading.batches:
            watch.look(data, batch)
            yield from batch

    assembly = assemble(records(), any_text=options.trust == "any")
    builder = IncidentBuilder(reading.number)
    incidents = []
    for event in assembly:
        incident = builder.incident(event)
        if options.what_if:
            from oomscope.incident.what_if import with_answers

            (incident,) = with_answers([incident], options.what_if)
        incidents.append(held.add(incident, own_facts(incident)))
    summary = _of_interest(reading.summary(), assembly)
    quoted = tuple(
        {"input": reading.number, "line": t.line, "text": t.text, "ident": t.ident, "reason": t.reason}
        for t in assembly.text_findings
    )
    found = _Found(summary, quoted, watch.found(), reading.kept, reading.boots(), reading.same_lines, reading.text)
    return incidents, found


def _joined(
    found: Sequence[_Found], incidents: Sequence[Incident], settled: Settled, held: HeldReports
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


def _of_interest(summary: InputSummary, found: Assembly) -> InputSummary:
    """Without the rate limits of kernel functions that have no part in an OOM report: audit's, the network's."""
    kept = tuple(w for w in summary.warnings if w.code != "callbacks-suppressed" or rate_limits_reports(w.message))
    return _with(summary._replace(warnings=kept), _waiting(found))


def _with(summary: InputSummary, more: Sequence[InputWarning]) -> InputSummary:
    return summary._replace(warnings=(*summary.warnings, *more))


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
