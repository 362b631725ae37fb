"""Labelled logs in, a judgement of the verdicts and refitted weights out."""

import json
import shutil
from pathlib import Path

import pytest

from oomscope.calibration.fit import fit
from oomscope.calibration.judged import judge_all
from oomscope.calibration.labels import find
from oomscope.calibration.rewrite import rewritten
from oomscope.calibration.score import in_words, score
from oomscope.causes.files.load import load_bundled
from oomscope.errors import InputError, UsageError
from oomscope.facts import VOCABULARY

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
KNOWN = {cause.cause for cause in load_bundled(VOCABULARY)}


def test_the_samples_are_labelled_logs() -> None:
    labels = find(str(SAMPLES), KNOWN)
    assert len(labels) >= 30
    assert {"leak", "tmpfs_fill", "low_limit"} <= {cause for one in labels for cause in one.causes}


def test_labels_of_the_other_form(tmp_path: Path) -> None:
    for name, truth in (
        ("a", {"id": "a", "label": "mlock", "killed_pids_in_log": [7], "scenario": "s", "seed": 1}),
        ("b", {"id": "b", "label": "leak", "killed_pids_in_log": [7]}),  # lived in seconds: says nothing of a leak
        ("c", {"id": "c", "label": "leak", "stretch": 600, "killed_pids_in_log": [7]}),
        ("d", {"id": "d", "label": "none"}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "dmesg.txt").write_text("x")
        (folder / "truth.json").write_text(json.dumps(truth))
    assert [(one.name, set(one.causes)) for one in find(str(tmp_path), KNOWN)] == [
        ("a", {"unevictable"}),
        ("c", {"leak"}),
    ]


def test_a_folder_without_labels_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no labelled log"):
        find(str(tmp_path), KNOWN)
    (tmp_path / "x.expect.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        find(str(tmp_path), KNOWN)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("labelled")
    for name in ("6.1-v2-tmpfs-live", "6.12-v2-shm-segment", "6.12-v2-hugetlb", "6.12-v2-sysrq"):
        for path in SAMPLES.glob(f"{name}.*"):
            shutil.copy(path, folder / path.name)
    label = folder / "6.12-v2-hugetlb.expect.json"
    label.write_text(label.read_text().replace("hugetlb_reservation", "leak"))  # one label that is wrong
    return str(folder)


def test_the_score_counts_what_is_right_and_shows_what_is_not(few: str) -> None:
    result = score(judge_all(find(few, KNOWN), None, side=False))
    assert (result.logs, result.decided, result.right) == (4, 4, 3)
    assert result.confusion == (("leak", "hugetlb_reservation", 1),)
    assert result.misses[0][0] == "6.12-v2-hugetlb"
    assert sum(count for *_, count, _ in result.reliability) == 4
    assert 0.25 < result.brier < 1
    assert "3/4" in in_words(result)


def test_a_fit_moves_towards_the_labels_and_keeps_signs_and_caps() -> None:
    pytest.importorskip("scipy")
    causes = load_bundled(VOCABULARY)
    judged = judge_all(find(str(SAMPLES), KNOWN), None, side=False)
    found = fit(judged, causes, "memcg")
    assert found is not None
    start = {(c.cause, e.id): e.weight for c in causes if "memcg" in c.branch for e in c.evidence}
    assert all(weight * start[key] >= 0 and abs(weight) <= 2.5 for key, weight in found.weights.items())
    same = {w for (_, clue), w in found.weights.items() if clue == "anon-fills-the-limit"}
    assert len(same) == 1  # the clue tells nothing between leak and low limit
    assert fit([], causes, "memcg") is None


def test_rewriting_changes_weights_and_nothing_else() -> None:
    text = (
        'cause  = "leak"\nbranch = ["memcg"]\n\n[[evidence]]\nid     = "a"  # why\nweight = 1.0  # nats\n\n'
        '[[evidence]]\nid = "b"\nweight = -2.5\n\n[[example]]\nfacts = { weight = 1.0 }\n'
    )
    new = rewritten(text, "memcg", {("leak", "a"): 1.25, ("low_limit", "b"): -1.0})
    assert new == text.replace("weight = 1.0  # nats", "weight = 1.25  # nats")
    assert rewritten(text, "node", {("leak", "a"): 1.25}) == text
    shared = text.replace('id = "b"', 'use = "b"')
    assert "weight = 9" in rewritten(shared, "memcg", {("leak", "b"): 9.0})
