"""The arithmetic of weighing: a sum of nats for each cause, a softmax within the branch, and words for the outcome.

score(cause) = prior + sum over groups of clip(sum of the weights of the group's true clues). Correlated clues share a
group, and the cap keeps them from counting twice. Unknown clues weigh nothing.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from oomscope.causes.files.cause import UNDETERMINED

NONE_SCORE = 0.5
"""Nats that none-of-these always has. Beside ten causes at 0 it holds some 15 %, which is the share of kills that a
careful reader leaves unexplained; a cause with two full groups behind it leaves it a few per cent."""

GROUP_CAP = {"memcg": 2.5, "node": 2.5, "unknown": 2.5, "decided": 6.0}
"""Nats. In the branch `decided` a single line says that somebody asked for the kill: one clue may be enough."""

MAX_PROBABILITY = 0.97
_WORDS = ((0.90, "very likely"), (0.75, "likely"), (0.50, "leaning"))
_MIN_PROBABILITY, _MIN_LEAD, _MIN_GROUPS = 0.50, 0.15, 2

Calibration = Callable[[float], float]
"""From a computed probability to an observed one; non-decreasing."""


def clipped(weights: Iterable[float], branch: str) -> float:
    """Return what the true clues of one group weigh together."""
    cap = GROUP_CAP[branch]
    return max(-cap, min(cap, math.fsum(weights)))


def summed(prior: float, groups: Mapping[str, Sequence[float]], branch: str) -> tuple[float, int]:
    """Return the score, and how many groups speak for the cause."""
    sums = [clipped(weights, branch) for weights in groups.values()]
    return math.fsum((prior, *sums)), sum(total > 0 for total in sums)


def shares(scores: Sequence[float], calibration: Calibration | None) -> list[float]:
    """Return scores as probabilities. What a cap takes off goes to none-of-these, not to the others."""
    top = max(scores, default=0.0)
    masses = [math.exp(score - top) for score in scores]
    whole = math.fsum((*masses, math.exp(NONE_SCORE - top)))
    found = [mass / whole for mass in masses]
    if calibration is not None:
        found = [max(0.0, calibration(share)) for share in found]
        found = [share / max(1.0, math.fsum(found)) for share in found]
    return [min(share, MAX_PROBABILITY) for share in found]


def word(first: float, second: float, groups_for: int, branch: str) -> str:
    """Return `very likely`, `likely` or `leaning`; `undetermined` below a half, without a lead, or on few groups."""
    groups = 1 if branch == "decided" else _MIN_GROUPS
    if first < _MIN_PROBABILITY or first - second < _MIN_LEAD or groups_for < groups:
        return UNDETERMINED
    return next(said for least, said in _WORDS if first >= least)
