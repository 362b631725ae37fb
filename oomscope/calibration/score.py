"""How good the verdicts are: accuracy where decided, coverage, Brier and log loss, reliability, confusion, worst misses."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from oomscope.calibration.judged import Judged
from oomscope.causes.files.cause import UNDETERMINED

FLOOR = 1e-3  # a cause that got no odds at all: log loss stays finite
BANDS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.01))


class Score(NamedTuple):
    logs: int
    decided: int
    right: int
    brier: float
    log_loss: float
    sure: int  # "very likely" verdicts
    sure_right: int
    baseline_brier: float  # every log gets the frequencies of the labels
    baseline_log_loss: float
    reliability: tuple[
        tuple[float, float, int, int], ...
    ]  # low, high, times the leader had such odds, times it was right
    confusion: tuple[tuple[str, str, int], ...]  # label, verdict, count; only where they differ
    misses: tuple[tuple[str, str, str, float], ...]  # log, label, verdict, odds of the label


def odds(one: Judged) -> dict[str, float]:
    """Return the probability of each cause."""
    return {r.cause: r.probability for r in one.verdict.ranked}


def score(judged: Sequence[Judged]) -> Score:
    """Judge verdicts against labels. The sequence must not be empty."""
    decided = [j for j in judged if j.verdict.cause != UNDETERMINED]
    right = [j for j in decided if j.verdict.cause in j.label.causes]
    sure = [j for j in decided if j.verdict.words == "very likely"]
    frequencies = Counter(sorted(j.label.causes)[0] for j in judged)
    base = {cause: n / len(judged) for cause, n in frequencies.items()}
    wrong = sorted((j for j in judged if j.verdict.cause not in j.label.causes), key=_share)
    pairs = Counter((sorted(j.label.causes)[0], j.verdict.cause) for j in wrong)
    return Score(
        logs=len(judged),
        decided=len(decided),
        right=len(right),
        sure=len(sure),
        sure_right=sum(j.verdict.cause in j.label.causes for j in sure),
        brier=_mean([_brier(odds(j), j.label.causes) for j in judged]),
        log_loss=_mean([-math.log(max(_share(j), FLOOR)) for j in judged]),
        baseline_brier=_mean([_brier(base, j.label.causes) for j in judged]),
        baseline_log_loss=_mean([-math.log(max(sum(base.get(c, 0) for c in j.label.causes), FLOOR)) for j in judged]),
        reliability=tuple(_band(judged, low, high) for low, high in BANDS),
        confusion=tuple((label, verdict, n) for (label, verdict), n in sorted(pairs.items())),
        misses=tuple((j.label.name, sorted(j.label.causes)[0], j.verdict.cause, _share(j)) for j in wrong[:10]),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _share(one: Judged) -> float:
    given = odds(one)
    return sum(given.get(cause, 0.0) for cause in one.label.causes)


def _brier(given: dict[str, float], causes: frozenset[str]) -> float:
    hit = sum(given.get(cause, 0.0) for cause in causes)
    return (1 - hit) ** 2 + sum(p * p for cause, p in given.items() if cause not in causes)


def _band(judged: Sequence[Judged], low: float, high: float) -> tuple[float, float, int, int]:
    inside = [j for j in judged if j.verdict.ranked and low <= j.verdict.ranked[0].probability < high]
    return low, min(high, 1.0), len(inside), sum(j.verdict.ranked[0].cause in j.label.causes for j in inside)


def in_words(result: Score) -> str:
    """Return the score as a page of text."""
    accuracy = result.right / result.decided if result.decided else 0.0
    lines = [
        f"logs                 {result.logs}",
        f"coverage             {result.decided / result.logs:.3f}",
        f"accuracy on decided  {result.right}/{result.decided} = {accuracy:.3f}",
        f"very likely          right {result.sure_right} of {result.sure}",
        f"Brier                {result.brier:.3f}   (label frequencies alone: {result.baseline_brier:.3f})",
        f"log loss             {result.log_loss:.3f}   (label frequencies alone: {result.baseline_log_loss:.3f})",
        "",
        "odds of the leader   right  of",
    ]
    lines += [f"  {low:.2f} to {high:.2f}       {right:5} {count:3}" for low, high, count, right in result.reliability]
    if result.confusion:
        lines += [
            "",
            "label taken for",
            *(f"  {label:22} {verdict:22} {n:3}" for label, verdict, n in result.confusion),
        ]
    if result.misses:
        lines += ["", "worst misses, with the odds that the label got"]
        lines += [f"  {share:.2f}  {name}: {label}, said {verdict}" for name, label, verdict, share in result.misses]
    return "\n".join(lines)
