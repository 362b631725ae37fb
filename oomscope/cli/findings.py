"""`--fail-on`: exit statuses from 10 on say what was found, so that a pipeline can stop on it."""

from collections.abc import Sequence
from typing import NamedTuple

from oomscope.analysis import Analysis
from oomscope.cli.doubts import unsettled
from oomscope.errors import Found, Incomplete, UsageError
from oomscope.report.words import plural
from oomscope.safe_text import safe_line

KILL, CAUSE, VERY_LIKELY = 10, 11, 12
WORDS = ("kill", "very-likely", "incomplete")


class FailOn(NamedTuple):
    """What a run fails on."""

    kill: bool = False
    very_likely: bool = False
    incomplete: bool = False
    causes: tuple[str, ...] = ()


def parse(text: str | None) -> FailOn:
    """Return what `kill,leak,very-likely,incomplete` asks for; a word that is none of ours is a cause's id.

    Raises UsageError for an empty list.
    """
    if text is None:
        return FailOn()
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UsageError(f"--fail-on {safe_line(text)}: names nothing; write kill, very-likely, incomplete or causes")
    causes = tuple(word.replace("-", "_") for word in words if word not in WORDS)
    return FailOn("kill" in words, "very-likely" in words, "incomplete" in words, causes)


def known_causes(fail_on: FailOn, known: Sequence[str]) -> None:
    """Raise UsageError for a cause that the rules do not have: it would never fail."""
    for cause in fail_on.causes:
        if cause not in known:
            raise UsageError(
                f"--fail-on {safe_line(cause)}: is no cause; oomscope rules list names them, beside {', '.join(WORDS)}"
            )


def judge(analysis: Analysis, fail_on: FailOn) -> None:
    """Raise Found with its exit status where a workload is what the run fails on; Incomplete where it was not all read."""
    if fail_on == FailOn():
        return
    killed = [pair for pair in analysis.workloads if any(one.outcome == "killed" for one in pair[0].incidents)]
    causes = [verdict for _, verdict in killed if verdict.cause in fail_on.causes]
    if causes:
        named = ", ".join(sorted({verdict.cause for verdict in causes}))
        raise Found(f"--fail-on: {plural(len(causes), 'workload')} with cause {named}", CAUSE)
    sure = [verdict for _, verdict in killed if verdict.words == "very likely"]
    if fail_on.very_likely and sure:
        raise Found(f"--fail-on: {plural(len(sure), 'workload')} with a very likely cause", VERY_LIKELY)
    if fail_on.kill and killed:
        raise Found(f"--fail-on: OOM kills of {plural(len(killed), 'workload')}", KILL)
    if fail_on.incomplete and any(one.not_read for one in analysis.inputs):
        raise Incomplete("--fail-on incomplete: a part of the input was not read")
    if fail_on.incomplete and (cut := unsettled([one.outcome for one in analysis.incidents])) is not None:
        raise Incomplete(f"--fail-on incomplete: {cut}")
