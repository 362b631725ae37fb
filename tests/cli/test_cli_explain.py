"""`oomscope explain`: every word that the page uses has its explanation in the terminal."""

import re
from pathlib import Path

import pytest

from oomscope.api import analyze
from oomscope.causes import branches_of, load_bundled
from oomscope.cli.explain import _ALIASES, _flags, _index, _mask, _named
from oomscope.errors import UsageError
from oomscope.explain.gfp_flags import GFP_WORDS
from oomscope.explain.scopes import SCOPE_TEXTS
from oomscope.explain.topics import TOPICS
from oomscope.facts import VOCABULARY
from oomscope.kernel.derive.gfp import ERAS, decode
from oomscope.report.words import SCOPES

CAUSES = branches_of(load_bundled(VOCABULARY))
SAMPLES = Path(__file__).parents[2] / "sample_logs"


def test_without_a_word_everything_is_listed(oomscope) -> None:
    done = oomscope("explain")
    assert (done.returncode, done.stderr) == (0, "")
    assert oomscope("explain", "--list").stdout == done.stdout
    words = set(re.findall(r"[\w.-]+", done.stdout))
    assert {*CAUSES, *SCOPE_TEXTS, *TOPICS, *VOCABULARY} <= words


@pytest.mark.parametrize("scope", [*SCOPES, "sysrq", "panic"])
def test_a_scope_says_whose_limit_who_dies_what_is_shown_and_where_to_look(scope: str) -> None:
    said = _named(scope)
    for part in ("Whose limit:", "Who dies:", "What is shown:", "What moves it:", "  $ "):
        assert part in said
    assert len(said) > 500


@pytest.mark.parametrize(
    ("word", "known"),
    [("slice", "service"), ("session", "service"), ("numa", "mempolicy"), ("CONSTRAINT_CPUSET", "cpuset"),
     ("besteffort", "qos"), ("allocatable", "kubepods"), ("kubectl-top", "working-set"), ("emptyDir", "tmpfs"),
     ("memory.low", "memory.min"), ("OOMKilled", "container-exit"), ("swappiness", "swap"), ("kube-reserved", "eviction"),
     ("failSwapOn", "eviction"), ("Committed_AS", "overcommit"), ("psi", "pressure")],
)  # fmt: skip
def test_other_words_for_the_same_are_understood(word: str, known: str) -> None:
    assert _named(word).splitlines()[0].startswith(f"{known}:")


def test_every_other_word_leads_somewhere() -> None:
    assert set(_ALIASES.values()) <= {*SCOPE_TEXTS, *TOPICS}


def test_a_word_that_is_a_scope_and_a_fact_is_explained_as_both() -> None:
    said = _named("pod")
    assert "Whose limit:" in said
    assert "pod: the pod's name" in said


@pytest.mark.parametrize("topic", TOPICS)
def test_an_account_has_its_paragraphs_and_its_source(topic: str) -> None:
    said = _named(topic)
    assert all(paragraph.split()[0] in said for paragraph in TOPICS[topic].paragraphs)
    assert "source: " in said
    assert max(map(len, said.splitlines())) <= 96


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_says_what_speaks_for_it_and_against_it_with_weights_and_what_helps(cause: str) -> None:
    said = _named(cause)
    assert "For it:" in said
    assert re.search(r"^  \+\d\.\d\d  ", said, re.MULTILINE)
    assert "What helps:" in said
    assert "{" not in re.sub(r"\$ .*", "", said), "no placeholder is left"


def test_a_fact_says_its_unit_where_it_comes_from_and_what_rests_on_it() -> None:
    said = _named("shmem_share")
    assert "unit: share" in said
    assert "from: the memory counters and statistics of the report" in said
    assert re.search(r"^  \+2\.50  tmpfs_fill \(memcg\)", said, re.MULTILINE)
    assert "No clue rests on it." in _named("container_id")
    assert "Used in the remedies and questions of leak" in _named("raise_buys_low_seconds")


def test_every_fact_can_be_explained() -> None:
    for name in VOCABULARY:
        assert name in _named(name)


@pytest.mark.parametrize("mask", ["GFP_KERNEL", "GFP_KERNEL|__GFP_ZERO", "0xcc0(GFP_KERNEL)", "(GFP_HIGHUSER_MOVABLE)"])
def test_a_mask_may_be_given_by_its_names(oomscope, mask: str) -> None:
    done = oomscope("explain", mask)
    assert (done.returncode, done.stderr) == (0, "")
    for name in re.findall(r"_*GFP_\w+", mask):
        assert GFP_WORDS[name].split()[0] in done.stdout


def test_a_hexadecimal_mask_says_what_each_of_its_flags_means() -> None:
    said = _mask("0x100cca")
    assert "5.1 to 6.8     GFP_HIGHUSER_MOVABLE" in said
    assert "__GFP_NOFAIL           may not fail" in said


def test_every_flag_that_is_decoded_is_explained() -> None:
    for bit in range(26):
        for _, release in ERAS:
            names = [name for name in decode(hex(1 << bit), release) if not name.startswith("0x")]
            assert len(_flags(names)) >= len(names)


@pytest.mark.parametrize(
    ("word", "close"), [("workingset", "working-set"), ("tmpfs_fil", "tmpfs_fill"), ("swappines", "swap"), ("GFP_KERNL", "GFP_KERNEL"), ("slope", "series_slope")]
)  # fmt: skip
def test_an_unknown_word_is_told_what_is_near(oomscope, word: str, close: str) -> None:
    done = oomscope("explain", word)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{close}" in done.stderr


@pytest.mark.parametrize("word", ["\x1b[31mred", "a\nb", "x" * 5000, "", "{branch}", "0x", "GFP_|"])
def test_no_word_breaks_the_terminal(word: str) -> None:
    with pytest.raises(UsageError) as told:
        _flags(word.split("|")) if word.startswith("GFP_") else _named(word)
    assert "\x1b" not in str(told.value)
    assert "\n" not in str(told.value)


def test_what_the_page_offers_to_explain_is_explained() -> None:
    topics = set()
    for log in sorted(SAMPLES.glob("*.log")):
        for incident in analyze([str(log)]).document()["incidents"]:
            topics |= {one["topic"] for one in (incident["accounts"] or {"says": ()})["says"]}
    assert topics <= set(TOPICS)
    assert {"usage", "working-set", "rss", "tmpfs", "page-cache", "watermarks", "swap", "requests"} <= topics
    assert all(topic in _index() for topic in topics)


@pytest.mark.parametrize(
    ("fact", "command"), [("pod_restarts", "--pods pods.json"), ("series_trend", "--prometheus"), ("cgroup_high_bytes", "grep -s .")]
)  # fmt: skip
def test_a_fact_beside_the_log_says_how_to_get_it(fact: str, command: str) -> None:
    assert command in _named(fact)
    assert "get it:" not in _named("usage_bytes")
