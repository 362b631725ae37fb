"""`oomscope analyze --brief`: one line a kill, for counting at full speed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze, bounded
from oomscope.brief import BriefKill, brief_kills, kills_of
from oomscope.cli.analyze import Wish
from oomscope.cli.doubts import judge, unsettled, warn
from oomscope.cli.formats import FORMATS, ending_of
from oomscope.cli.output import put, tell
from oomscope.cli.overwriting import refuse_overwriting
from oomscope.cli.paths import judge as judge_paths
from oomscope.cli.paths import told
from oomscope.errors import Incomplete, InputError, UsageError
from oomscope.read import InputSummary, InputWarning
from oomscope.read.files.copied import Copied
from oomscope.read.files.source import opened
from oomscope.report.document.document import iso
from oomscope.report.document.incident_body import Json
from oomscope.safe_text import safe_line

COLUMNS = ("time", "host", "pid", "comm", "scope", "limit_owner", "task_memcg", "anon_rss_bytes", "input")
_OTHER_ENDINGS = [ending for one in FORMATS if one.name != "text" for ending in one.endings]


class _Found:
    """The kills of all inputs, and what was said of the inputs that hold none."""

    def __init__(self, options: Options, *, alone: bool) -> None:
        self._options, self._alone = options, alone
        self._read = bounded(options.read)
        self.logs = self.kills = 0
        self.inputs: list[InputSummary] = []
        self.text_findings: list[Json] = []
        self.outcomes: list[str] = []  # of the logs that were read in full

    def of(self, path: str) -> Iterator[BriefKill]:
        """Yield the kills at a path; one that cannot be read is said, and the others are read."""
        try:
            yield from self._at(path)
        except InputError as error:
            if self._alone:
                raise
            words = str(error).removeprefix(f"{safe_line(path)}: ")
            self.inputs.append(
                InputSummary(path, None, "text", 0, 0, None, warnings=(InputWarning("input-unreadable", words),))
            )
            self.logs += 1

    def _at(self, path: str) -> Iterator[BriefKill]:
        """Yield the kills at a path: by their lines alone, and where a log of it has none, as the full run finds them.

        What cannot be read twice is copied into a temporary file on the way.
        """
        summaries: list[InputSummary] = []
        with_kills: set[int] = set()
        before, first = self.kills, self.logs
        with _readable_twice(path) as copied:
            for reading, kills in brief_kills(path, self._read, self._options.trust, first, copied):
                self.logs += 1
                for kill in kills:
                    self.kills += 1
                    with_kills.add(len(summaries))
                    yield kill
                summaries.append(reading.summary())
        if self.kills == before:
            analysis = analyze(path if copied is None else copied.again(), self._options)
            self.logs = first + len(analysis.inputs)
            summaries = [*_only_before(summaries, analysis.inputs), *analysis.inputs]
            self.text_findings += analysis.text_findings
            self.outcomes += [one.outcome for one in analysis.incidents]
            for kill in kills_of(first, analysis.incidents):
                self.kills += 1
                yield kill
        elif any(one.format not in ("archive", "directory") and n not in with_kills for n, one in enumerate(summaries)):
            analysis = analyze(path if copied is None else copied.again(), self._options)
            known = {summaries[n].member for n in with_kills}
            yield from self._of_others(analysis, summaries, known, first)
        self.inputs += summaries

    def _of_others(
        self, analysis: Analysis, before: Sequence[InputSummary], known: Collection[str | None], first: int
    ) -> Iterator[BriefKill]:
        """Yield the kills of those logs of an archive or a directory in which the first look found none."""
        number = {one.member: first + n for n, one in enumerate(before)}
        self.outcomes += [one.outcome for one in analysis.incidents if analysis.inputs[one.input].member not in known]
        for kill in kills_of(0, analysis.incidents):
            member = analysis.inputs[kill.input].member
            if member not in known:
                if member not in number:
                    number[member] = self.logs
                    self.logs += 1
                self.kills += 1
                yield kill._replace(input=number[member])


def _only_before(before: Sequence[InputSummary], after: Sequence[InputSummary]) -> Iterator[InputSummary]:
    """Yield what the first look could not read and the second does not tell of: a pipe that did not come in time."""
    said = {warning.code for one in after for warning in one.warnings}
    for one in before:
        if left := tuple(warning for warning in one.not_read if warning.code not in said):
            yield one._replace(warnings=left)


@contextmanager
def _readable_twice(path: str) -> Iterator[Any]:
    """Yield None for a file or a directory, and for what can be read only once a stream that is copied while it is read."""
    if path != "-" and (Path(path).is_file() or Path(path).is_dir()):
        yield None
        return
    with opened(path, None) as stream:
        yield Copied(stream, path)


def run(paths: Sequence[str], wish: Wish, options: Options) -> None:
    """Print a heading and a line a kill, separated by tabs; to files, where some are named.

    Raises UsageError where another format is asked for, and otherwise what the full run raises.
    """
    from oomscope.report.write import write

    _refuse_formats(wish)
    refuse_overwriting(wish.outputs, paths, options.side, options.rules)
    good = told(paths)
    found = _Found(options, alone=len(paths) == 1)
    lines: Iterable[str] = _lines(good, found)
    if len(wish.outputs) > 1:
        lines = list(lines)  # what is read once is written several times: standard input cannot be read twice
    for target in wish.outputs or ("-",):
        if target == "-":
            put(lines)
        else:
            write(target, lines)
    if not wish.quiet:
        warn(found.inputs, found.text_findings, found=found.kills > 0)
    cut = unsettled(found.outcomes)
    if cut is not None and not wish.quiet:
        tell(f"oomscope: {cut}")
    all_opened = len(good) == len(paths)
    judge(found.inputs, found.text_findings, found=found.kills > 0, strict=wish.strict and all_opened)
    if wish.strict and not all_opened:
        raise Incomplete(f"--strict: the result is of {len(good)} of {len(paths)} paths")
    if wish.strict and cut is not None:
        raise Incomplete(f"--strict: {cut}")
    judge_paths(good, paths)


def _refuse_formats(wish: Wish) -> None:
    if wish.format is not None:
        raise UsageError(
            f"--format {safe_line(wish.format)}: --brief prints lines separated by tabs; leave one of both out"
        )
    for target in wish.outputs:
        if ending_of(target) in _OTHER_ENDINGS:
            raise UsageError(
                f"-o {safe_line(target)}: --brief writes lines separated by tabs; name a file like kills.tsv, or leave out --brief"
            )


def _lines(paths: Sequence[str], found: _Found) -> Iterator[str]:
    yield "\t".join(COLUMNS) + "\n"
    held: list[str] = []
    for path in paths:
        for kill in found.of(path):
            held.append(_line(kill))
            if len(held) == 1_000:
                yield "".join(held)
                held.clear()
    yield "".join(held)


def _line(kill: BriefKill) -> str:
    at = iso(kill.wall_seconds) or (f"{kill.monotonic_seconds:.6f}" if kill.monotonic_seconds is not None else None)
    cells = (
        at, kill.host, kill.pid, kill.comm, kill.scope, kill.limit_owner, kill.task_memcg, kill.anon_rss_bytes, kill.input,
    )  # fmt: skip
    fields = ["-" if cell is None else str(cell) for cell in cells]
    plain = "".join(fields)
    if plain.isascii() and plain.isprintable() and "::" not in plain and "##" not in plain:
        return "\t".join(fields) + "\n"
    return "\t".join(safe_line(field.replace("\t", " ")) for field in fields) + "\n"
