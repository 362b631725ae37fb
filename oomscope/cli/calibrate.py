"""`oomscope rules score` and `oomscope rules fit`."""

from collections.abc import Sequence
from pathlib import Path

from oomscope.calibration.fit import Fitted, fit
from oomscope.calibration.judged import Judged, judge_all
from oomscope.calibration.labels import find_all
from oomscope.calibration.rewrite import rewrite_folder
from oomscope.calibration.score import in_words, score
from oomscope.causes.files.load import load_bundled, load_dir
from oomscope.cli.output import put
from oomscope.errors import InputError, UsageError
from oomscope.facts import VOCABULARY
from oomscope.safe_text import safe_line


def run_score(folders: Sequence[str], rules: str | None, side: bool) -> None:
    """Print how the verdicts on folders of labelled logs compare with the labels; real programs apart."""
    judged = _judged(folders, rules, side)
    kinds = {
        "real programs": [j for j in judged if j.label.real],
        "laboratory": [j for j in judged if not j.label.real],
    }
    if all(kinds.values()):
        put("\n\n".join(f"{name}\n\n{in_words(score(some))}" for name, some in kinds.items()))
    else:
        put(in_words(score(judged)))


def run_fit(folders: Sequence[str], rules: str, side: bool, write: bool) -> None:
    """Refit the weights of the cause files in `rules`; print what that changes, and write it where asked."""
    try:
        import scipy.optimize  # noqa: F401
    except ImportError as error:
        raise UsageError("rules fit needs scipy: pip install scipy") from error
    causes = load_dir(rules, VOCABULARY) if rules else load_bundled(VOCABULARY)
    judged = [*_judged(folders, rules, False), *(_judged(folders, rules, True) if side else ())]
    old = {(c.cause, e.id, b): e.weight for c in causes for e in c.evidence for b in c.branch}
    for branch in ("memcg", "node"):
        found = fit(judged, causes, branch)
        if found is None:
            put(f"{branch}: too few labelled logs to fit")
            continue
        put("\n".join(_lines(found, old)))
        if write:
            put(f"  {rewrite_folder(Path(rules), branch, found.weights)} files rewritten")


def _judged(folders: Sequence[str], rules: str | None, side: bool) -> Sequence[Judged]:
    causes = load_dir(rules, VOCABULARY) if rules else load_bundled(VOCABULARY)
    judged = judge_all(find_all(folders, {cause.cause for cause in causes}), rules, side)
    if not judged:
        raise InputError(f"no labelled log of {', '.join(map(safe_line, folders))} holds an OOM kill")
    return judged


def _lines(found: Fitted, old: dict[tuple[str, str, str], float]) -> list[str]:
    lines = [
        f"{found.branch}: {found.logs} logs; log loss {found.log_loss_before:.3f} with the weights in the files,",
        f"  {found.log_loss_after:.3f} cross-validated with refitted ones",
        f"  the label leads in {found.top_before} before, in {found.top_after} cross-validated",
        f'  "very likely" is right {found.sure_right} times in {found.sure_of}, cross-validated',
    ]
    if found.real_decided:
        lines.append(
            f"  real programs, each by a fit that saw none of its logs: right {found.real_right} times in "
            f'{found.real_decided} decided, "very likely" right {found.real_sure_right} times in {found.real_sure_of}'
        )
    moved = sorted(found.weights.items(), key=lambda item: -abs(item[1] - old[(*item[0], found.branch)]))
    for (cause, clue), weight in moved[:25]:
        before = old[cause, clue, found.branch]
        if abs(weight - before) >= 0.05:
            lines.append(f"  {before:+5.2f} -> {weight:+5.2f}  {cause}/{clue}")
    return lines
