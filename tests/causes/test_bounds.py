"""What the condition of a clue says about the figures in its sentence."""

import pytest

from oomscope.causes.files.load import load_bundled
from oomscope.causes.language.bounds import bounds_of, in_words
from oomscope.causes.language.placeholders import guess
from oomscope.causes.language.stand_ins import STAND_INS
from oomscope.causes.language.vocabulary import Unit
from oomscope.facts import VOCABULARY

GIB = 1 << 30


@pytest.mark.parametrize(
    ("condition", "unit", "words"),
    [
        ("x >= 0.8", "share", "80 % or more"), ("x > 0.5", "share", "over 50 %"), ("x < 0.4", "share", "under 40 %"),
        ("x >= 0.25 and x < 0.5", "share", "25 % to 50 %"), ("0.25 <= x < 0.5", "share", "25 % to 50 %"),
        ("x < 300 and (y >= 2 or z)", "seconds", "under 5 min"), ("x >= 3 and x < 18", "count", "3 to 17"),
        ("x == 2", "count", "2"), ("x <= 4", "count", "4 or less"), (f"x >= {GIB}", "bytes", "1.0 GiB or more"), ("not y", "share", "..."),
        ("x >= 3 or y", "count", "..."), ("(x >= 3 or y) and z > 1", "count", "..."), ("x > y", "count", "..."),
    ],
)  # fmt: skip
def test_a_bound_is_said_where_the_condition_must_hold_as_a_whole(condition: str, unit: Unit, words: str) -> None:
    assert in_words(bounds_of(condition).get("x"), unit) == words


def test_no_clue_is_told_with_so_much_or_with_an_empty_aside() -> None:
    for cause in load_bundled(VOCABULARY):
        for rule in cause.evidence:
            said = guess(rule.says.template, {}, rule.when.text)
            assert "so m" not in said
            assert "so long" not in said
            assert "(..." not in said


def test_a_sentence_without_an_incident_has_words_for_every_name() -> None:
    """`a it that outlived the kills`, `nodes (it)`: a fact that is not known needs words of its own."""
    names = set()
    for cause in load_bundled(VOCABULARY):
        names |= {
            slot.name
            for rule in cause.evidence
            for slot in rule.says.template
            if not isinstance(slot, str) and slot.unit == "text"
        }
        for rule in (*cause.remedies, *cause.settle):
            said = rule.action if hasattr(rule, "action") else rule.asks
            names |= {slot.name for slot in said.template if not isinstance(slot, str)}
    assert names - set(STAND_INS) == set()
