"""`oomscope analyze`: one parse, as many outputs as were asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze
from oomscope.cli import findings
from oomscope.cli.doubts import judge, nothing, unsettled, warn
from oomscope.cli.findings import FailOn
from oomscope.cli.formats import FORMATS, Format, Look, fits, named, of_target
from oomscope.cli.live_logs import Live, opened_live, shown_choice
from oomscope.cli.output import colors, is_terminal, put, tell, width
from oomscope.cli.overwriting import refuse_overwriting
from oomscope.cli.paths import readable
from oomscope.cli.progress import progress
from oomscope.errors import Incomplete, InputError, UsageError
from oomscope.safe_text import safe_line

if TYPE_CHECKING:
    from oomscope.chosen import Choice

REPORT = "oomscope-report.html"


class Wish(NamedTuple):
    """What the user wants to get."""

    outputs: tuple[str, ...]
    format: str | None
    no_color: bool
    quiet: bool
    strict: bool = False  # fail where a part of the input was not read
    choice: "Choice | None" = None  # the incidents that are shown
    redact: str | None = None  # standard or strict
    redact_map: str | None = None  # a file for what was taken out
    fail_on: FailOn = FailOn()
    github: bool = False
    live: Live = Live()


def run(paths: Sequence[str], wish: Wish, options: Options) -> None:
    """Analyse and write. Raises what `analyze` raises; after the others were read and written InputError if a path cannot
    be opened or nothing could be read, and Incomplete if that is asked for.
    """
    targets = _targets(wish)
    _check(targets)
    says_verdict = not wish.quiet and all(target != "-" for target, _ in targets)
    written = [target for target, _ in targets]
    written += [wish.redact_map] if wish.redact_map is not None else []
    if wish.redact_map is not None and wish.redact is None:
        raise UsageError("--redact-map: nothing is taken out without --redact")
    refuse_overwriting(written, paths, options.side, options.rules)
    good, complaints = readable(paths)
    if not good or wish.quiet:
        for complaint in complaints:
            tell(f"oomscope: {complaint}")
    if not good and not (wish.live.journal or wish.live.dmesg):
        raise InputError("nothing could be read")
    with opened_live(wish.live) as live, progress("reading"):
        analysis = _shown(analyze([*paths, *live], options), wish)
    found = bool(analysis.incidents)
    if not wish.quiet:
        warn(analysis.inputs, analysis.text_findings, found=found)
    cut = unsettled([one.outcome for one in analysis.incidents])
    if says_verdict:
        _verdict(analysis, wish)
    elif cut is not None:
        tell(f"oomscope: {cut}")
    for target, kind in targets:
        _write(analysis, target, kind, wish)
        if says_verdict:
            put(safe_line(target))
    if wish.github:
        from oomscope.cli.github import report

        report(analysis)
    if wish.redact_map is not None:
        _write_names(analysis, wish.redact_map)
    judge(analysis.inputs, analysis.text_findings, found=found, strict=wish.strict)
    if cut is not None and wish.strict:
        raise Incomplete(f"--strict: {cut}")
    findings.judge(analysis, wish.fail_on)
    if complaints:
        raise InputError(f"the result is of {len(good)} of {len(paths)} paths")


def _shown(analysis: Analysis, wish: Wish) -> Analysis:
    """The part of the analysis that was asked for, without names where that was asked for."""
    findings.known_causes(wish.fail_on, analysis.cause_names)
    choice = shown_choice(wish.choice, wish.live)
    if choice is not None:
        from oomscope.chosen import Chosen

        for cause in choice.causes:
            if cause not in analysis.cause_names:
                raise UsageError(f"--cause {safe_line(cause)}: is no cause; oomscope rules list names them")
        analysis = Chosen(analysis, choice)
    if wish.redact is not None:
        from oomscope.redacted import Redacted

        analysis = Redacted(analysis, wish.redact)
    return analysis


def _write_names(analysis: Analysis, target: str) -> None:
    """Write what was taken out, and what stands for it, for the owner's eyes alone."""
    from oomscope.redacted import Redacted
    from oomscope.report.json import render_json
    from oomscope.report.write import write

    if isinstance(analysis, Redacted):
        write(target, render_json(analysis.mapping), private=True)


def _targets(wish: Wish) -> list[tuple[str, Format]]:
    """Return where to write, and what: the report page, where nothing else was asked for.

    Raises UsageError for one format and several files whose endings mean others.
    """
    if wish.format is None:
        if not wish.outputs:
            return [] if wish.quiet else [(REPORT, named("html"))]
        return [(target, of_target(target)) for target in wish.outputs]
    chosen = named(wish.format)
    if len(wish.outputs) > 1:
        for target in wish.outputs:
            if target != "-" and any(fits(target, one) for one in FORMATS) and not fits(target, chosen):
                raise UsageError(
                    f"--format {chosen.name}: would be written into {safe_line(target)} too; leave it out, and each file "
                    "gets the format of its ending"
                )
    return [(target, chosen) for target in wish.outputs or ("-",)]


def _check(targets: Sequence[tuple[str, Format]]) -> None:
    """Raise, before anything is read, InputError for a format that lacks what it needs, UsageError for one on a terminal."""
    for target, kind in targets:
        if kind.check is not None:
            kind.check()
        if kind.binary and target == "-" and is_terminal():
            raise UsageError(
                f"--format {kind.name} is binary and no text for a terminal; write it with -o report{kind.endings[0]}"
            )


def _write(analysis: Analysis, target: str, kind: Format, wish: Wish) -> None:
    from oomscope.report.write import write

    content = kind.render(analysis, Look(color=target == "-" and colors(wish.no_color), width=width()))
    if target == "-":
        put(content)
    else:
        write(target, content)


def _verdict(analysis: Analysis, wish: Wish) -> None:
    """Print what was found, for the terminal."""
    if analysis.incidents:
        _write(analysis, "-", named("text"), wish)
    elif wish.choice is not None:
        put("No incident is what was asked for.")
    else:
        put(nothing(analysis.inputs))
