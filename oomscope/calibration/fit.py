"""Refits weights on labelled logs: penalised conditional logistic regression inside each branch.

The score of a cause is linear in its prior and the weights of its true clues, so the odds are a conditional logit whose
parameters are those weights. Each is drawn towards the weight in the cause file (a prior from experience, as few logs
cannot teach a weight), keeps its sign, and stays within the cap and within the clue's own `most`. A clue that stands in two cause files under one id and one condition (anonymous
memory fills the limit: leak and low limit) tells nothing between them and keeps one weight. Cross-validation leaves
whole programs out. A cap holds in the fit as it does in a verdict, and is not fitted.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from oomscope.calibration.judged import Judged
from oomscope.causes.files.cause import UNDETERMINED, Cause
from oomscope.causes.weighing.caps import Cap, applied, caps_of, holding
from oomscope.causes.weighing.scores import GROUP_CAP, NONE_SCORE, shares, word

PENALTY = 1.0  # per squared nat of moving away from the weight in the file, summed over all logs of the branch
FOLDS = 5

Key = tuple[str, str]  # cause, clue


class Row(NamedTuple):
    """One labelled log of a branch: which clues are true, and which causes are right."""

    true: tuple[tuple[Key, ...], ...]  # for each cause of the branch
    right: frozenset[int]  # indices of acceptable causes
    source: str
    caps: tuple[Cap, ...] = ()  # whose conditions hold
    real: bool = False


class Fitted(NamedTuple):
    branch: str
    logs: int
    weights: dict[Key, float]
    log_loss_before: float  # mean over the logs, all in
    log_loss_after: float  # mean over left-out folds
    top_before: int  # logs whose label leads with the weights in the files
    top_after: int  # and with the refitted ones, each log judged by a fit that did not see its source
    sure_of: int  # logs whose leader is "very likely" by a fit that did not see their source
    sure_right: int  # those of them whose leader is the label
    real_sure_of: int = 0  # the same for real programs, each judged by a fit that saw no log of it
    real_sure_right: int = 0
    real_decided: int = 0
    real_right: int = 0


def fit(judged: Sequence[Judged], causes: Sequence[Cause], branch: str) -> Fitted | None:
    """Return new weights for one branch; None where fewer than 10 labelled logs are of it. Needs scipy."""
    ours = [c for c in causes if branch in c.branch]
    rows = [r for j in judged if j.verdict.branch == branch and (r := _row(j, ours)) is not None]
    if len(rows) < 10:
        return None
    start = {(c.cause, e.id): e.weight for c in ours for e in c.evidence}
    seen = sorted({key for row in rows for keys in row.true for key in keys})
    fold = _folds(rows)
    after, top_after = 0.0, 0
    sure: list[bool] = []
    real_sure: list[bool] = []
    real: list[bool] = []
    for left_out in sorted(set(fold.values())):
        train = [r for r in rows if fold[r.source] != left_out]
        test = [r for r in rows if fold[r.source] == left_out]
        weights = start | _minimised(train, ours, start, seen, branch)
        after += sum(_loss(r, ours, weights, branch) for r in test)
        top_after += sum(_leads(r, ours, weights, branch) for r in test)
        for row in test:
            said, leads = _word(row, ours, weights, branch), _leads(row, ours, weights, branch)
            if said == "very likely":
                sure.append(leads)
            if row.real and said != UNDETERMINED:
                real.append(leads)
            if row.real and said == "very likely":
                real_sure.append(leads)
    return Fitted(
        branch=branch,
        logs=len(rows),
        weights=_minimised(rows, ours, start, seen, branch),
        log_loss_before=sum(_loss(r, ours, start, branch) for r in rows) / len(rows),
        log_loss_after=after / len(rows),
        top_before=sum(_leads(r, ours, start, branch) for r in rows),
        top_after=top_after,
        sure_of=len(sure),
        sure_right=sum(sure),
        real_sure_of=len(real_sure),
        real_sure_right=sum(real_sure),
        real_decided=len(real),
        real_right=sum(real),
    )


def _folds(rows: Sequence[Row]) -> dict[str, int]:
    """Return the fold of each source: every real program has one of its own, the others share `FOLDS`."""
    real = sorted({row.source for row in rows if row.real})
    others = sorted({row.source for row in rows} - set(real))
    return {source: FOLDS + n for n, source in enumerate(real)} | {source: n % FOLDS for n, source in enumerate(others)}


def _row(judged: Judged, causes: Sequence[Cause]) -> Row | None:
    values = judged.facts.values
    true = tuple(tuple((c.cause, e.id) for e in c.evidence if e.when.compiled.evaluate(values) is True) for c in causes)
    right = frozenset(n for n, c in enumerate(causes) if c.cause in judged.label.causes)
    caps = tuple(holding(caps_of(causes), values))
    return Row(true, right, judged.label.source, caps, judged.label.real) if right else None


def _scores(row: Row, causes: Sequence[Cause], weights: dict[Key, float], branch: str) -> list[float]:
    """As weigh.py adds them: the sum of a group's true clues is capped."""
    cap, out = GROUP_CAP[branch], []
    for cause, keys in zip(causes, row.true, strict=True):
        groups: dict[str, float] = {}
        for rule in cause.evidence:
            if (cause.cause, rule.id) in keys:
                groups[rule.group] = groups.get(rule.group, 0.0) + weights[cause.cause, rule.id]
        out.append(cause.prior + sum(max(-cap, min(cap, total)) for total in groups.values()))
    return applied(out, row.caps) if row.caps else out


def _loss(row: Row, causes: Sequence[Cause], weights: dict[Key, float], branch: str) -> float:
    scores = _scores(row, causes, weights, branch)
    whole = math.log(sum(map(math.exp, scores)) + math.exp(NONE_SCORE))
    return whole - math.log(sum(math.exp(scores[n]) for n in row.right))


def _leads(row: Row, causes: Sequence[Cause], weights: dict[Key, float], branch: str) -> bool:
    scores = _scores(row, causes, weights, branch)
    return max(range(len(scores)), key=scores.__getitem__) in row.right


def _word(row: Row, causes: Sequence[Cause], weights: dict[Key, float], branch: str) -> str:
    """Return what a verdict with these weights would say of its leader."""
    odds = shares(_scores(row, causes, weights, branch), None)
    leader = max(range(len(odds)), key=odds.__getitem__)
    for_it = {
        e.group
        for e in causes[leader].evidence
        if (k := (causes[leader].cause, e.id)) in row.true[leader] and weights[k] > 0
    }
    first, second = sorted(odds, reverse=True)[:2]
    return word(first, second, len(for_it), branch)


def _tied(causes: Sequence[Cause], start: dict[Key, float], keys: Sequence[Key]) -> list[list[Key]]:
    """Keys that share a weight: the same clue, under the same condition and with the same weight, in several causes."""
    rules = {(c.cause, e.id): " ".join(e.when.text.split()) for c in causes for e in c.evidence}
    groups: dict[tuple[str, str, float], list[Key]] = {}
    for key in keys:
        groups.setdefault((key[1], rules[key], start[key]), []).append(key)
    return list(groups.values())


def _minimised(
    rows: Sequence[Row], causes: Sequence[Cause], start: dict[Key, float], keys: Sequence[Key], branch: str
) -> dict[Key, float]:
    """Return the weights of `keys` that fit best, by L-BFGS-B with bounds; gradients by finite differences, the rows are few."""
    from scipy.optimize import minimize

    groups = _tied(causes, start, keys)
    first = [start[group[0]] for group in groups]
    most = {(c.cause, e.id): e.most for c in causes for e in c.evidence if e.most is not None}
    caps = [min(most.get(key, GROUP_CAP[branch]) for key in group) for group in groups]
    bounds = [(0.0, cap) if weight >= 0 else (-cap, 0.0) for weight, cap in zip(first, caps, strict=True)]

    def spread(vector: Sequence[float]) -> dict[Key, float]:
        return {key: float(w) for group, w in zip(groups, vector, strict=True) for key in group}

    def objective(vector: Sequence[float]) -> float:
        weights = start | spread(vector)
        drawn = sum((float(w) - was) ** 2 for w, was in zip(vector, first, strict=True))
        return sum(_loss(r, causes, weights, branch) for r in rows) + PENALTY * drawn

    inside = [max(min(w, high), low) for w, (low, high) in zip(first, bounds, strict=True)]
    found = minimize(objective, inside, bounds=bounds, method="L-BFGS-B", options={"maxiter": 40})
    return {key: round(w, 2) for key, w in spread(found.x).items()}
