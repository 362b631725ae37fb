"""A terminal that cuts lines off instead of wrapping them: what is left of the task table is read, or said to be lost."""

import re
from dataclasses import replace

import pytest
from helpers.kernel_reading import assembly_of
from helpers.report_text import ERAS, RELEASES, Report

from oomscope.kernel import OomEvent

WITH_TABLE = [era for era in ERAS if RELEASES[era][0] >= (2, 6, 32)]
INFERRED = "task header: lost; the columns are inferred from the number of values"


def event_of(text: str) -> OomEvent:
    [event] = assembly_of(text.encode()).events
    return event


def said(event: OomEvent) -> list[str]:
    return [f"{gap.section}: {gap.reason}" for gap in event.gaps]


def rows(event: OomEvent) -> list[tuple[object, ...]]:
    found = event.tasks.tasks if event.tasks else ()
    return [
        (t.pid, t.uid, t.tgid, t.comm, t.total_vm_pages, t.rss_pages, t.pgtables_bytes, t.page_tables, t.swap_pages, t.oom_score_adj)
        for t in found
    ]  # fmt: skip


@pytest.mark.parametrize("era", WITH_TABLE)
def test_a_header_cut_anywhere_loses_no_row_and_changes_none(era: str) -> None:
    text = Report(era=era, memcg=False).dmesg()
    header = next(line for line in text.splitlines() if "total_vm" in line and "[ " in line[15:])
    whole = rows(event_of(text))
    assert len(whole) == 3
    for end in range(header.index("rss") + 3, len(header)):
        event = event_of(text.replace(header, header[:end]))
        assert rows(event) == whole, header[:end]
        assert INFERRED in said(event)


@pytest.mark.parametrize("era", WITH_TABLE)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_screens_right_edge_makes_no_numbers(era: str, width: int) -> None:
    """Every number that is read of a cut table is one of the whole table; a row without its name is not read."""
    text = Report(era=era, memcg=False).dmesg()
    whole = {row[0]: row for row in rows(event_of(text))}
    event = event_of("".join(line[:width] + "\n" for line in text.splitlines()))
    for pid, *rest in rows(event):
        found, want = (pid, *rest), whole[pid]
        assert want[3].startswith(str(found[3]))  # type: ignore[attr-defined]
        assert found[:3] + found[4:] == want[:3] + want[4:]
    assert event.tasks is not None or any(gap.startswith("tasks: ") for gap in said(event))


def test_eighty_columns_without_stamps_keep_the_rows() -> None:
    """6.1's header has 83 columns, and the rows of short names have fewer."""
    text = re.sub(r"(?m)^\[ *\d+\.\d+\] ", "", Report(era="6.1").console())
    event = event_of("".join(line[:80] + "\n" for line in text.splitlines()))
    assert event.tasks is not None
    assert [(t.pid, t.comm, t.rss_pages) for t in event.tasks.tasks] == [
        (901, "sh", 300), (4711, "java", 30_000), (4712, "npm star", 900),
    ]  # fmt: skip
    assert INFERRED in said(event)


def test_columns_of_no_release_in_a_cut_header_are_not_guessed() -> None:
    text = replace(Report(era="6.1")).dmesg().replace("pgtables_bytes swapents", "wmark_low nr_foo")
    assert len(rows(event_of(text))) == 3
    cut = event_of(re.sub(r"(wmark_low n).*", r"\1", text))
    assert rows(cut) == []
    assert "tasks: not in the log" in said(cut)
