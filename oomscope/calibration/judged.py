"""Analyses labelled logs, and keeps what judging and fitting need."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from oomscope.analysis import Analysis
from oomscope.api import Options, analyze
from oomscope.calibration.labels import Labelled
from oomscope.causes.weighing.verdict import Verdict
from oomscope.facts import FactTable
from oomscope.facts.merge import merged
from oomscope.inputs import SideFiles


class Judged(NamedTuple):
    """One labelled log with the verdict on its workload, and the facts that the verdict rests on."""

    label: Labelled
    verdict: Verdict
    facts: FactTable


def judge_all(labels: Sequence[Labelled], rules: str | None, side: bool) -> list[Judged]:
    """Return all logs that hold an incident of theirs, in the order of `labels`; one process a core."""
    with ProcessPoolExecutor() as pool:
        found = pool.map(_one, labels, [rules] * len(labels), [side] * len(labels), chunksize=4)
        return [one for one in found if one is not None]


def _one(label: Labelled, rules: str | None, side: bool) -> Judged | None:
    files = SideFiles(
        pods=(label.pods,) if side and label.pods else (), metrics=(label.metrics,) if side and label.metrics else ()
    )
    return _of(label, analyze([label.log], Options(rules=rules, side=files)))


def _of(label: Labelled, analysis: Analysis) -> Judged | None:
    """Return the workload with most of the label's victims, else the last."""
    if not analysis.workloads:
        return None

    def hits(n: int) -> int:
        members = analysis.workloads[n][0].incidents
        return sum(v.pid in label.pids for i in members for v in i.event.victims)

    best = max(range(len(analysis.workloads)), key=lambda n: (hits(n), n))
    repeats, verdict = analysis.workloads[best]
    tables = [
        t for i, t in zip(analysis.incidents, analysis.facts, strict=True) if i.id in {m.id for m in repeats.telling}
    ]
    return Judged(label, verdict, tables[0] if len(tables) == 1 else merged(tables))
