"""What changed over the last days of a fleet's logs."""

from collections.abc import Iterable
from datetime import date

import pytest

from oomscope.fleet.changes import changes
from oomscope.fleet.counts import COLUMNS, Counts
from oomscope.fleet.overview import Inputs, sections


def counted(kills: Iterable[tuple[str, str]]) -> Counts:
    """Counts of kills, each a day of November and the unit that was killed."""
    blank = dict.fromkeys(COLUMNS)
    return Counts(
        {
            **blank, "incident": str(n), "outcome": "killed", "unit": unit, "day": f"2026-11-{day}" if day else None,
            "wall": f"2026-11-{day}T10:00:00Z" if day else None, "cause": "leak", "comm": "x", "node": "n", "input": "log",
        }
        for n, (day, unit) in enumerate(kills)
    )  # fmt: skip


def test_a_week_beside_the_week_before() -> None:
    kills = [
        ("01", "old"), ("03", "back"), ("15", "gone"), ("16", "less"), ("16", "less"), ("17", "less"), ("18", "less"),
        ("15", "same"), ("16", "more"), ("20", "back"), ("21", "new"), ("22", "same"), ("22", "less"), ("22", "more"),
        ("23", "more"), ("24", "more"), ("26", "more"), ("", "same"),
    ]  # fmt: skip
    found = changes(counted(kills))
    assert (found.first, found.last, found.days) == (date(2026, 11, 20), date(2026, 11, 26), 7)
    assert [(one.kind, one.name, one.kills, one.before) for one in found.workloads] == [
        ("new", "new", 1, 0),
        ("back", "back", 1, 0),
        ("more", "more", 4, 1),
        ("fewer", "less", 1, 4),
        ("none now", "gone", 0, 1),
    ]


def test_less_than_a_week_is_told_by_its_last_day() -> None:
    found = changes(counted([("20", "a"), ("21", "a"), ("22", "b"), ("21", "c"), ("22", "c")]))
    assert (found.first, found.days) == (date(2026, 11, 22), 1)
    assert [(one.kind, one.name) for one in found.workloads] == [("new", "b"), ("none now", "a")]


@pytest.mark.parametrize("kills", [[], [("20", "a"), ("20", "b")], [("", "a")]])
def test_one_day_or_none_changes_nothing(kills: list[tuple[str, str]]) -> None:
    counts = counted(kills)
    assert changes(counts).workloads == ()
    assert "changes" not in {one.id for one in sections(counts, Inputs(), lambda _: None)}


def test_the_report_has_them_beside_the_workloads() -> None:
    counts = counted([("01", "a"), ("20", "b")])
    ids = [one.id for one in sections(counts, Inputs(), lambda _: None)]
    assert ids[:2] == ["workloads", "changes"]
