"""Known issues: each has its signs and its source, and none is told where its kernel or its signs do not fit."""

import tomllib
from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.causes.known_issues import known_issues, known_text, parse_release, worth_checking
from oomscope.facts import FactTable

FOLDER = Path(__file__).resolve().parents[2] / "rules" / "known"
SAMPLES = FOLDER.parents[1] / "sample_logs"


def told(**values: object) -> set[str]:
    return {note.id.removeprefix("known-") for note in worth_checking(FactTable(dict(values)))}  # type: ignore[arg-type]


def test_there_are_fifteen_and_more_each_with_a_source_and_a_name_of_its_own() -> None:
    files = [tomllib.loads(path.read_text()) for path in FOLDER.glob("*.toml")]
    assert len(files) >= 15
    assert len({one["id"] for one in files}) == len(files)
    assert all(one["source"].startswith(("https://", "http://")) and one["fixed"] for one in files)


def test_every_condition_compiles_and_every_range_is_read() -> None:
    for issue in known_issues():
        issue.when.compiled.evaluate({})
        assert all(first and (end is None or end > first) for first, end in issue.kernels), issue.id


@pytest.mark.parametrize(
    ("release", "has"),
    [("4.18.0-240.el8.x86_64", True), ("3.10.0-1062.el7.x86_64", True), ("5.8.18", True), ("5.9.0", False), ("6.1.0-28-amd64", False)],
)  # fmt: skip
def test_an_issue_is_told_of_the_kernels_that_have_it(release: str, has: bool) -> None:
    assert ("memcg-slab-of-removed-cgroups" in told(kernel_release=release, slab_share=0.4)) is has


def test_the_signs_have_to_be_there() -> None:
    assert told(kernel_release="4.18.0", slab_share=0.01) == set()
    assert told(kernel_release="4.18.0") == set()


def test_a_kernel_that_is_not_known_has_no_issue_of_a_release() -> None:
    assert told(slab_share=0.4) == set()
    assert told(node_unaccounted_share=0.3) == {"zfs-arc"}


def test_a_range_without_an_end() -> None:
    assert told(kernel_release="6.12.1", percpu_share=0.2) == {"bpf-maps-charged-since-5.11"}
    assert told(kernel_release="5.10.1", percpu_share=0.2) == set()


@pytest.mark.parametrize("text", ["", "x", "6", "6.x", "99999.1", "-1.2"])
def test_what_is_no_release_is_none(text: str) -> None:
    assert parse_release(text) is None


def test_a_small_limit_that_kills_runc_says_so() -> None:
    assert "runc-init-small-limit" in told(limit_bytes=10 << 20, victim_comm="runc:[2:INIT]")
    assert "runc-init-small-limit" not in told(limit_bytes=100 << 20, victim_comm="runc:[2:INIT]")


def test_an_issue_is_a_note_and_changes_no_verdict() -> None:
    analysis = analyze([str(SAMPLES / "5.10-v1-kernel-memory.log")])
    (entry, *_) = analysis.document()["incidents"]
    notes = [note for note in entry["notes"] if note["id"].startswith("known-")]
    assert [note["id"] for note in notes] == [
        f"known-{one}" for one in sorted(note.id.removeprefix("known-") for note in worth_checking(analysis.facts[0]))
    ]
    assert all(note["text"].startswith("Worth checking: ") for note in notes)


def test_a_file_that_lacks_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="has the keys"):
        known_text({"x.toml": b'id = "x"\n'})
