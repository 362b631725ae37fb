"""Weighs causes against each other and gives the verdict.

`scale` judges the clues, `scores` does the arithmetic, `sentences` says it, `open_answers` tells what would change it.
"""

from collections.abc import Iterable

from oomscope.causes.files.cause import Cause
from oomscope.causes.language.vocabulary import FactTable
from oomscope.causes.weighing.scale import scale_of
from oomscope.causes.weighing.scores import Calibration
from oomscope.causes.weighing.verdict import UNKNOWN, Verdict

_EITHER = ("memcg", "node")


def judge(facts: FactTable, causes: Iterable[Cause], branch: str, *, calibration: Calibration | None = None) -> Verdict:
    """Return the verdict on one incident, among the causes of its branch.

    An undetermined verdict carries the leader's odds as its probability, and the evidence of the two leaders. Causes in
    a tuple, as they are loaded, are prepared once. `facts` must not change afterwards: texts are made when asked for.
    Raises WhenError if a bundled cause file is outside the vocabulary; files of users were checked on loading.
    """
    scale = scale_of(causes, _EITHER if branch == UNKNOWN else (branch,), branch)
    return Verdict(scale, facts, calibration)
