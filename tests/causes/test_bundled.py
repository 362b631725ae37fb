"""The cause files that come along: each loads from its text, its examples hold, and the index is not out of date."""

from collections import Counter
from pathlib import Path

import pytest

from oomscope.bundled import bundled
from oomscope.causes import Cause, failing_examples, index_text, load_bundled, load_dir, rules_hash
from oomscope.facts import VOCABULARY


@pytest.fixture(scope="module")
def causes() -> tuple[Cause, ...]:
    return load_dir(str(bundled("rules")), VOCABULARY)


def test_a_file_is_named_after_its_cause_in_the_folder_of_its_branch(causes: tuple[Cause, ...]) -> None:
    assert {(cause.file, cause.branch) for cause in causes} == {
        (f"{bundled('rules')}/{branch}/{cause.cause}.toml", (branch,)) for cause in causes for branch in cause.branch
    }


def test_every_shared_clue_is_used_by_several_causes() -> None:
    import tomllib

    folder = Path(str(bundled("rules")))
    used = Counter(
        clue.get("use")
        for path in folder.glob("*/*.toml")
        for clue in tomllib.loads(path.read_text()).get("evidence", ())
    )
    assert [name for name in tomllib.loads((folder / "shared.toml").read_text()) if used[name] < 2] == []


def test_examples_hold(causes: tuple[Cause, ...]) -> None:
    assert [failure for cause in causes for failure in failing_examples(cause)] == []


def test_the_index_is_the_texts(causes: tuple[Cause, ...]) -> None:
    assert (bundled("rules") / "index.json").read_text() == index_text(bundled("rules"))
    assert rules_hash(load_bundled(VOCABULARY)) == rules_hash(causes)
