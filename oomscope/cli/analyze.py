"""`oomscope analyze`: one parse, as many outputs as were asked for."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze
from oomscope.cli.doubts import judge, nothing, warn
from oomscope.cli.formats import Format, Look, named, of_target
from oomscope.cli.output import colors, put, tell, width
from oomscope.cli.overwriting import refuse_overwriting
from oomscope.cli.paths import readable
from oomscope.cli.progress import progress
from oomscope.errors import InputError

REPORT = "oomscope-report.html"


class Wish(NamedTuple):
    """What the user wants to get."""

    outputs: tuple[str, ...]
    format: str | None
    no_color: bool
    quiet: bool
    strict: bool = False  # fail where a part of the input was not read


def run(paths: Sequence[str], wish: Wish, options: Options) -> None:
    """Analyse and write. Raises what `analyze` raises; after the others were read and written InputError if a path cannot
    be opened or nothing could be read, and Incomplete if that is asked for.
    """
    targets = _targets(wish)
    written = [target for target, _ in targets] or ([] if wish.quiet else [REPORT])
    refuse_overwriting(written, paths, options.side, options.rules)
    good, complaints = readable(paths)
    if not good or wish.quiet:
        for complaint in complaints:
            tell(f"oomscope: {complaint}")
    if not good:
        raise InputError("nothing could be read")
    with progress("reading"):
        analysis = analyze(paths, options)
    found = bool(analysis.incidents)
    if not wish.quiet:
        warn(analysis.inputs, analysis.text_findings, found=found)
    for target, kind in targets:
        _write(analysis, target, kind, wish)
    if not targets and not wish.quiet:
        _default(analysis, wish)
    judge(analysis.inputs, analysis.text_findings, found=found, strict=wish.strict)
    if complaints:
        raise InputError(f"the result is of {len(good)} of {len(paths)} paths")


def _targets(wish: Wish) -> list[tuple[str, Format]]:
    """Return where to write, and what."""
    chosen = named(wish.format) if wish.format is not None else None
    if not wish.outputs:
        return [("-", chosen)] if chosen else []
    return [(target, chosen or of_target(target)) for target in wish.outputs]


def _write(analysis: Analysis, target: str, kind: Format, wish: Wish) -> None:
    from oomscope.report.write import write

    content = kind.render(analysis, Look(color=target == "-" and colors(wish.no_color), width=width()))
    if target == "-":
        put(content)
    else:
        write(target, content)


def _default(analysis: Analysis, wish: Wish) -> None:
    if not analysis.incidents:
        put(nothing(analysis.inputs))
        return
    _write(analysis, "-", named("text"), wish)
    _write(analysis, REPORT, named("html"), wish)
    put(REPORT)
