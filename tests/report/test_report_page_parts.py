"""The chart, the table of kills, the cgroup tree and the answer's rows: what they draw and say, and when they are left out."""

import copy
import re

import pytest
from report_corpus import Doc
from report_documents import leak_in_a_pod, node_wide, tmpfs

from oomscope.report.fields import plain
from oomscope.report.groups import groups
from oomscope.report.page.chart import HIGH, chart
from oomscope.report.page.html import render_html
from oomscope.report.page.tree import tree
from oomscope.report.page.view import page

MIB = 1 << 20


def with_series(doc: Doc, limit: int = 64 * MIB) -> Doc:
    """The document with two runs of samples that rise to each of its first two kills."""
    doc = copy.deepcopy(doc)
    for incident in doc["incidents"]:
        incident["memcg"]["limit_bytes"] = limit
    ids = [i["id"] for i in doc["incidents"]]
    doc["workloads"][0]["series"] = {
        "measure": "memory in use",
        "clock": "boot",
        "runs": [[[n * 10.0, n * limit / 10] for n in range(10)], [[110.0 + n * 10, n * limit / 10] for n in range(9)]],
        "kills": [{"incident": ids[0], "at": 100.0}, {"incident": ids[1], "at": 205.0}],
    }
    return doc


def test_the_chart_has_the_limit_at_its_top_and_a_mark_for_each_kill() -> None:
    (group,) = groups(with_series(leak_in_a_pod()[0]))
    drawn = chart(group)
    assert drawn is not None
    assert (drawn.limit, drawn.limit_y) == ("64.0 MiB", 0.0)
    assert [mark.name for mark in drawn.marks] == ["kill 1", "kill 2"]
    assert len(drawn.lines) == 2
    numbers = [float(n) for line in drawn.lines for n in re.findall(r"[\d.]+", line)]
    assert all(0 <= x <= 1000 for x in numbers[::2]) and all(0 <= y <= HIGH for y in numbers[1::2])
    assert "kill 1: from 0 B to 57.6 MiB in 90 s" in drawn.says


def test_what_was_not_measured_is_dotted() -> None:
    (group,) = groups(with_series(leak_in_a_pod()[0]))
    drawn = chart(group)
    assert drawn is not None
    assert len(drawn.gaps) == 2, "from the last sample of each run to what the kernel printed at the kill"


@pytest.mark.parametrize("broken", [{"runs": []}, {"kills": []}, {"runs": [[[5.0, 1.0]]], "kills": []}])
def test_without_samples_or_kills_there_is_no_chart(broken: Doc) -> None:
    doc = with_series(leak_in_a_pod()[0])
    doc["workloads"][0]["series"].update(broken)
    (group,) = groups(doc)
    assert chart(group) is None
    assert chart(groups(leak_in_a_pod()[0])[0]) is None


def test_samples_above_the_limit_stay_inside_the_picture() -> None:
    doc = with_series(leak_in_a_pod()[0])
    doc["workloads"][0]["series"]["runs"][0][5][1] = 900.0 * MIB
    drawn = chart(groups(doc)[0])
    assert drawn is not None and drawn.limit_y is not None
    assert 0 < drawn.limit_y < HIGH


def test_the_chart_stands_on_the_page_with_words_beside_it() -> None:
    doc, raw = with_series(leak_in_a_pod()[0]), leak_in_a_pod()[1]
    written = render_html(doc, raw)
    assert 'class="chart" role="img"' in written
    assert "2 kills</title>" in written.replace("with ", "")
    assert "is a kill. Dotted: not measured" in written


def test_the_tree_marks_the_owner_of_the_limit_and_the_place_of_the_victim() -> None:
    levels = tree({"oom_memcg": "/kubepods/pod1", "task_memcg": "/kubepods/pod1/app"})
    assert [(level.name, level.depth, level.says) for level in levels] == [
        ("/", 0, ""),
        ("kubepods", 1, ""),
        ("pod1", 2, "its limit was hit"),
        ("app", 3, "the victim ran here"),
    ]
    assert tree({"oom_memcg": "/a", "task_memcg": "/a"})[-1].says == "its limit was hit, the victim ran here"
    assert tree({"oom_memcg": "/b", "task_memcg": "/a"})[-1].says == "its limit was hit; the victim ran elsewhere"
    assert tree({}) == ()


def test_a_very_deep_path_is_cut_in_its_middle() -> None:
    levels = tree({"task_memcg": "/x" * 400, "oom_memcg": "/x" * 400})
    assert len(levels) <= 27
    assert any("more levels" in level.name for level in levels)


def test_the_table_of_kills_says_what_differs() -> None:
    doc, raw = leak_in_a_pod()
    for incident in doc["incidents"]:
        incident["verdict"] = {**incident["verdict"], **doc["workloads"][0]["verdict"]}
    (card,) = page(doc, raw).cards
    table = card.kills_table
    assert table is not None and len(table.rows) == 4
    assert [column.title for column in table.columns] == ["when", "after the one before", "killed", "it held", "log"]
    doc["incidents"][1]["verdict"] = {**doc["incidents"][1]["verdict"], "cause": "low_limit"}
    (card,) = page(doc, raw).cards
    assert card.kills_table is not None
    assert "cause of this one" in [column.title for column in card.kills_table.columns]
    assert page(*tmpfs()).cards[0].kills_table is None


def test_the_answer_says_nothing_that_the_log_does_not() -> None:
    (card,) = page(*node_wide()).cards
    names = [line.name for line in card.facts]
    assert names[:3] == ["Killed", "Whose limit", "Filled by"]
    assert all(plain(line.value) for line in card.facts)


def test_the_answer_as_markdown_stands_on_the_page() -> None:
    shown = page(*tmpfs())
    assert shown.ticket.startswith("## ")
    assert "- **whose limit**:" in shown.ticket
    assert page(*node_wide()).ticket.count("\n") < 40


def test_links_at_the_top_lead_to_sections_that_are_there() -> None:
    doc, raw = tmpfs()
    written = render_html(doc, raw)
    for place in page(doc, raw).nav:
        assert f'id="{place.href[1:]}"' in written
