"""The cause files that come along: each loads from its text, its examples hold, and the index is not out of date."""

import pytest

from oomscope.bundled import bundled
from oomscope.causes import CAUSES, Cause, failing_examples, index_text, load_bundled, load_dir, rules_hash
from oomscope.facts import VOCABULARY


@pytest.fixture(scope="module")
def causes() -> tuple[Cause, ...]:
    return load_dir(str(bundled("rules")), VOCABULARY)


def test_every_cause_has_a_file_in_each_of_its_branches(causes: tuple[Cause, ...]) -> None:
    told = {(cause.cause, branch) for cause in causes for branch in cause.branch}
    assert told == {(cause, branch) for cause, branches in CAUSES.items() for branch in branches}


def test_examples_hold(causes: tuple[Cause, ...]) -> None:
    assert [failure for cause in causes for failure in failing_examples(cause)] == []


def test_the_index_is_the_texts(causes: tuple[Cause, ...]) -> None:
    assert (bundled("rules") / "index.json").read_text() == index_text(bundled("rules"))
    assert rules_hash(load_bundled(VOCABULARY)) == rules_hash(causes)
