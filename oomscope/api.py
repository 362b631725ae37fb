"""The pipeline: paths in, one Analysis out. The stages know only their neighbours; this is where they meet."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from oomscope import killers
from oomscope.causes.files.cause import Cause
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.causes.files.ruleset import rules_hash
from oomscope.causes.weighing.verdict import Verdict
from oomscope.causes.weighing.weigh import judge
from oomscope.facts import VOCABULARY, FactTable, Repeats, complete, group_facts, group_repeats, own_facts
from oomscope.facts.merge import merged
from oomscope.incident import Incident, adopt, build_incidents
from oomscope.incident.dates import dated
from oomscope.incident.other_kills import attempts, unseen, with_others
from oomscope.incident.trust import Level, believed
from oomscope.incident.twins import timeless_twins
from oomscope.inputs import STARTS, Side, SideFiles
from oomscope.kernel import BRIDGES, CORE_MARKERS, MARKERS, Assembly, OomEvent, assemble, rate_limits_reports
from oomscope.killers import Killed
from oomscope.read import InputSummary, InputWarning, KeptLines, Reading, ReadOptions, Record, read
from oomscope.read.clock.machines import Boot, Machine, Settled, settle
from oomscope.read.clock.same_lines import SameLines
from oomscope.read.files.log_text import LogText
from oomscope.report.document.document import document

if TYPE_CHECKING:
    import pandas

    from oomscope.incident.what_if import Change


class Options(NamedTuple):
    """What a user may set about an analysis."""

    read: ReadOptions = ReadOptions()  # what to look for is set by `analyze`
    what_if: "tuple[Change, ...]" = ()
    trust: Level = "tag"  # the least that counts as a kill
    rules: str | None = None  # folder of cause files to use instead of the bundled ones
    side: SideFiles = SideFiles()  # inventories, series and the like beside the log
    same_machine: bool = False  # all inputs are of one machine, which the logs themselves do not show


def _looking(options: ReadOptions) -> ReadOptions:
    """The options with the words that make a line worth reading."""
    return options._replace(
        markers=(*MARKERS, *killers.MARKERS),
        core_markers=(*CORE_MARKERS, *killers.CORE_MARKERS),
        bridges=BRIDGES,
        kept_words=STARTS,
    )


class Analysis(NamedTuple):
    """Everything that was found. `document()` is the published JSON, everything else is a view of it."""

    inputs: tuple[InputSummary, ...]
    machines: tuple[Machine, ...]
    incidents: tuple[Incident, ...]
    facts: tuple[FactTable, ...]  # one per incident
    verdicts: tuple[Verdict, ...]  # one per incident
    workloads: tuple[tuple[Repeats, Verdict], ...]
    text_findings: tuple[dict[str, Any], ...]
    rules_hash: str
    texts: tuple[LogText, ...] = ()  # the logs' own lines, one per input

    def document(self) -> dict[str, Any]:
        """The JSON document, as `oomscope schema` describes it."""
        pairs = list(zip(self.incidents, self.verdicts, strict=True))
        facts = [table.values for table in self.facts]
        return document(self.inputs, self.machines, pairs, self.workloads, self.text_findings, self.rules_hash, facts)

    def raw_lines(self) -> dict[str, Sequence[tuple[int, str]]]:
        """The lines of each incident's report as they stand in the log, by incident id."""
        return {incident.id: incident.event.raw for incident in self.incidents}

    def to_frames(self) -> "dict[str, pandas.DataFrame]":
        """Tables for notebooks: incidents, victims, tasks, facts, evidence; one row each, keyed by `incident`."""
        from oomscope.report.frames import frames

        return frames(self.document(), {i.id: t.values for i, t in zip(self.incidents, self.facts, strict=True)})


class _Found(NamedTuple):
    """What one input holds."""

    summary: InputSummary
    events: Sequence[OomEvent]
    assembly: Assembly
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
    found = _read_all(paths, options)
    events = (((n, event.boot), event) for n, one in enumerate(found) for event in one.events)
    settled = settle(
        [boot for one in found for boot in one.boots],
        [one.same_lines for one in found],
        timeless_twins(events) if len(found) > 1 else (),
        same_machine=options.same_machine,
    )
    incidents, others = _incidents(found, settled)
    incidents, doubted = believed(incidents, options.trust)
    incidents, side = _beside(incidents, [one.kept for one in found], options.side)
    inputs = [_of_interest(one.summary, one.assembly, side.about(n)) for n, one in enumerate(found)]
    if options.what_if:
        from oomscope.incident.what_if import with_answers

        incidents = with_answers(incidents, options.what_if)
    findings = [*_quoted([one.assembly for one in found]), *doubted, *attempts(others), *unseen(others, incidents)]
    texts = [one.text for one in found]
    return _judged(inputs, settled.machines, texts, findings, incidents, causes, side)


def _read_all(paths: Iterable[str], options: Options) -> list[_Found]:
    """Every input, one after the other."""
    found: list[_Found] = []
    for path in paths:
        for reading in read(path, _looking(options.read)):
            one = _read_one(reading.numbered(len(found)), options)
            if reading.is_log:
                found.append(one)
    return found


def _read_one(reading: Reading, options: Options) -> _Found:
    watch = killers.KillerWatch()

    def records() -> Iterator[Record]:
        for data, batch in reading.batches:
            watch.look(data, batch)
            yield from batch

    assembly = assemble(records(), any_text=options.trust == "any")
    events = assembly.events  # reads the input to its end
    return _Found(
        reading.summary(),
        events,
        assembly,
        watch.found(),
        reading.kept,
        reading.boots(),
        reading.same_lines,
        reading.text,
    )


def _incidents(found: Sequence[_Found], settled: Settled) -> tuple[list[Incident], list[Killed]]:
    """The incidents of all inputs, and what other programs killed."""

    def machine(number: int, boot: int) -> int:
        return settled.of.get((number, boot), 0)

    events = (
        (n, of := machine(n, event.boot), dated(event, settled.dates.get(of)))
        for n, one in enumerate(found)
        for event in one.events
    )
    others = [
        one.others._replace(
            kills=tuple(dated(kill, settled.dates.get(machine(n, kill.boot))) for kill in one.others.kills)
        )
        for n, one in enumerate(found)
    ]
    return with_others(adopt(build_incidents(events)), others, settled.of), others


def _beside(incidents: list[Incident], kept: Sequence[KeptLines], files: SideFiles) -> tuple[list[Incident], Side]:
    """The incidents with what runtimes say in their logs, and with what was handed over beside them."""
    side, starts = Side(), {}
    if any(kept) and incidents:
        from oomscope.inputs.runtime_lines import runtime_starts, side_of

        said = runtime_starts(incidents, kept)
        incidents, side, starts = said.incidents, side_of(said), dict(said.starts)
    if files:
        from oomscope.inputs.join import join

        incidents, side = join(files, incidents, side, starts)
    return incidents, side


def _of_interest(summary: InputSummary, found: Assembly, more: Sequence[InputWarning]) -> InputSummary:
    """Without the rate limits of kernel functions that have no part in an OOM report: audit's, the network's."""
    kept = tuple(w for w in summary.warnings if w.code != "callbacks-suppressed" or rate_limits_reports(w.message))
    return summary._replace(warnings=(*kept, *_waiting(found), *more))


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


def _quoted(assemblies: Sequence[Assembly]) -> list[dict[str, Any]]:
    """Text that only looks like a kill: listed, never counted."""
    return [
        {"input": n, "line": t.line, "text": t.text, "ident": t.ident, "reason": t.reason}
        for n, assembly in enumerate(assemblies)
        for t in assembly.text_findings
    ]


def _judged(
    inputs: Sequence[InputSummary],
    machines: Sequence[Machine],
    texts: Sequence[LogText],
    findings: Sequence[dict[str, Any]],
    incidents: list[Incident],
    causes: Sequence[Cause],
    side: Side,
) -> Analysis:
    groups = group_repeats(incidents, side.lives)
    of = {incident.id: shared for group in groups for shared in (group_facts(group),) for incident in group.incidents}
    facts = [complete(own_facts(incident), incident, of[incident.id], side) for incident in incidents]
    verdicts = [_judge(table, causes) for table in facts]
    by_id = {incident.id: table for incident, table in zip(incidents, facts, strict=True)}
    single = {incident.id: verdict for incident, verdict in zip(incidents, verdicts, strict=True)}
    workloads = []
    for repeats in groups:
        members = [by_id[i.id] for i in repeats.incidents]
        verdict = single[repeats.incidents[0].id] if len(members) == 1 else _judge(merged(members), causes)
        workloads.append((repeats, verdict))
    return Analysis(
        tuple(inputs),
        tuple(machines),
        tuple(incidents),
        tuple(facts),
        tuple(verdicts),
        tuple(workloads),
        tuple(findings),
        rules_hash(causes),
        tuple(texts),
    )


def _judge(table: FactTable, causes: Sequence[Cause]) -> Verdict:
    return judge(table, causes, str(table.values["branch"]))
