"""What the page will say, before any HTML."""

import copy

import pytest
from report_corpus import many
from report_documents import kill_line_only, leak_in_a_pod, node_wide, pod_limit, systemd_oomd, tmpfs

from oomscope.report.fields import plain
from oomscope.report.page.view import Card, page
from oomscope.report.tables import Cell
from oomscope.report.words import percent5


def known(card: Card, name: str) -> str:
    """What the answer says in one of its rows."""
    return next(plain(line.value) for line in card.facts if line.name == name)


def words(cell: str | Cell) -> str:
    return cell if isinstance(cell, str) else plain(cell.parts) + cell.tag


def test_the_first_screen_answers_five_questions() -> None:
    card = page(*tmpfs()).cards[0]
    assert known(card, "Killed") == "python3 (pid 2467) in container app of pod shop/thumbs-0"
    assert known(card, "Whose limit") == "the container's own limit: 64.0 MiB"
    assert (
        plain(card.headline)
        == "Files on tmpfs filled the container's 64\u00a0MiB limit (97\u00a0%); the kernel killed python3"
    )
    assert card.cause == "Very likely: tmpfs fill, about 95 %"
    assert (card.sure.word, card.sure.sentence) == ("very likely", "about 95 %")
    assert card.remedies[0].command.startswith("kubectl -n shop")


def test_four_kills_of_one_workload_are_one_card_with_the_verdict_over_all_of_them() -> None:
    shown = page(*leak_in_a_pod())
    (card,) = shown.cards
    assert known(card, "Killed").startswith("python3 (4 times) in container app")
    assert card.sure.word == "likely"
    assert len(card.incidents) == 4
    assert card.ledger.against
    assert card.rhythm == "Ran 3 min before each kill (start times from the pods' status)"


def test_pod_limit_blames_the_pod_not_the_container() -> None:
    card = page(*pod_limit()).cards[0]
    assert known(card, "Whose limit") == "the pod's limit, shared by its containers: 256.0 MiB"
    assert known(card, "Killed").startswith("java (pid 81) and 1 more")


def test_a_node_wide_kill_has_no_limit_and_shows_the_zone_below_min() -> None:
    card = page(*node_wide()).cards[0]
    assert known(card, "Whose limit") == "no cgroup's limit: the node ran out of free pages"
    node = card.incidents[0].node
    assert node is not None and node.zones is not None
    assert [words(row.cells[3]) for row in node.zones.rows] == ["", "", "below min"]


def test_a_userspace_killer_is_named_and_carries_no_odds() -> None:
    card = page(*systemd_oomd()).cards[0]
    assert known(card, "Whose limit") == "no kernel limit: the threshold of systemd-oomd"
    assert card.sure.word == "read from the log"
    assert card.odds is None


def test_what_the_log_does_not_say_is_never_a_zero() -> None:
    card = page(*kill_line_only()).cards[0]
    assert known(card, "Whose limit") == "not in the log"
    facts = {fact.name: plain(fact.value) for fact in card.incidents[0].facts}
    assert facts["Page size"] == facts["Invoker"] == "not in the log"
    assert card.trust == "not attested" and card.trust_tone == "low"
    assert card.gaps.startswith("header, memory, tasks, oom-kill line: not in the log")
    assert card.picture is None


def test_the_picture_adds_up_and_keeps_what_is_unaccounted_apart() -> None:
    picture = page(*node_wide()).cards[0].picture
    assert picture is not None
    assert abs(sum(float(s.width.rstrip("%")) for s in picture.slices) - 100) < 0.1
    assert picture.slices[-1].family == "lost"
    assert words(picture.table.rows[-1].cells[0]) == "Not explained by the log"


def test_the_limit_stands_inside_the_bar_when_usage_exceeds_it() -> None:
    doc, raw = tmpfs()
    doc["incidents"][0]["memcg"]["limit_bytes"] //= 2
    picture = page(doc, raw).cards[0].picture
    assert picture is not None and picture.limit_x == "50.00%"


def test_tasks_stand_worst_first_with_the_victim_in_words() -> None:
    doc, raw = node_wide()
    doc["incidents"][0]["tasks"].reverse()
    tasks = page(doc, raw).cards[0].incidents[0].tasks
    assert tasks is not None
    assert [row.cells[0] for row in tasks.tasks.rows[:3]] == ["1", "2", "3"]
    assert words(tasks.tasks.rows[0].cells[1]) == "javakilled"
    assert sum(row.style == "killed" for row in tasks.tasks.rows) == 1


def test_a_long_task_table_is_cut_and_the_rest_counted_per_comm() -> None:
    doc, raw = many(1, tasks=500)
    doc["incidents"][0]["victims"][0]["pid"] = doc["incidents"][0]["tasks"][123]["pid"]
    tasks = page(doc, raw).cards[0].incidents[0].tasks
    assert tasks is not None and tasks.tail is not None
    assert len(tasks.tasks.rows) == 41  # the 40 worst, and the victim from far below
    assert sum(int(words(row.cells[1]).replace(",", "")) for row in tasks.tail.rows) == 459


def test_evidence_links_only_to_lines_that_the_page_shows() -> None:
    doc, raw = tmpfs()
    identity = doc["incidents"][0]["id"]
    clue = page(doc, raw).cards[0].ledger.favour[0]
    assert clue.href == f"#i-{identity}-L41"
    assert page(doc, {}).cards[0].ledger.favour[0].href is None


def test_a_long_report_keeps_its_cited_lines_when_it_is_cut() -> None:
    doc, _ = tmpfs()
    one = doc["incidents"][0]
    one["verdict"]["evidence"][0]["lines"] = [5000, 5000]
    raw = page(doc, {one["id"]: [(n, f"line {n}") for n in range(12, 9000)]}).cards[0].incidents[0].raw
    assert 5000 in raw.ids
    assert sum(run.text.count("\n") for run in raw.runs) == 402
    assert any("lines left out" in run.text for run in raw.runs)


def test_a_storm_is_told_once_per_workload_and_folded() -> None:
    shown = page(*many(30, kills=40))
    told = [i for card in shown.cards for i in card.incidents]
    assert all(card.incidents for card in shown.cards)
    assert len(told) <= 100
    listed = sum(len(card.kills_table.rows) for card in shown.cards if card.kills_table)
    assert listed <= 1000
    assert "told in full" in shown.folded and "1,200" in shown.folded
    assert shown.cards[-1].rest_hidden


def test_no_kill_is_not_an_all_clear() -> None:
    doc, raw = systemd_oomd()
    doc["incidents"], doc["workloads"] = [], []
    shown = page(doc, raw)
    assert plain(shown.heading) == "No OOM kill in this log"
    assert shown.coverage.losses == ("1 line that looks like an OOM kill and is not counted",)


def test_incidents_without_a_workload_entry_are_shown_all_the_same() -> None:
    doc, raw = leak_in_a_pod()
    doc["workloads"] = []
    (card,) = page(doc, raw).cards
    assert len(card.incidents) == 4


def test_seconds_of_two_boots_never_share_an_axis() -> None:
    doc, raw = leak_in_a_pod()
    for one in doc["incidents"]:
        one["time"]["wall"] = None
    assert page(doc, raw).cards[0].timeline is not None
    doc["incidents"][0]["boot_id"] = "another"
    assert page(doc, raw).cards[0].timeline is None


@pytest.mark.parametrize(
    ("probability", "step"),
    [(0.0, 0), (0.02, 0), (0.03, 5), (0.74, 70), (0.75, 75), (0.88, 85), (0.899, 85), (0.9, 90), (0.97, 95), (1.0, 95)],
)
def test_odds_go_in_steps_of_five_and_never_round_up_into_a_stronger_word(probability: float, step: int) -> None:
    assert percent5(probability) == step


def test_the_view_leaves_the_document_alone() -> None:
    doc, raw = leak_in_a_pod()
    before = copy.deepcopy(doc)
    page(doc, raw)
    assert doc == before


def test_lives_of_one_pod_are_named_by_the_pod_when_only_container_ids_are_known() -> None:
    doc, raw = leak_in_a_pod()
    for n, one in enumerate(doc["incidents"]):
        one["workload"].update(pod=None, namespace=None, container=None, container_id=f"{n}" * 64)
    card = page(doc, raw).cards[0]
    assert known(card, "Killed") == "python3 (4 times) in pod uid ceb06323-be34-45be-ae42-386a69731d8f"


def test_a_node_wide_storm_names_no_single_victim_and_no_single_pod() -> None:
    doc, raw = leak_in_a_pod()
    for n, one in enumerate(doc["incidents"]):
        one.update(scope="node", memcg=None, oom_memcg=None)
        one["workload"]["pod"] = f"pod-{n}"
        one["victims"][0]["comm"] = f"comm-{n}"
    shown = page(doc, raw)
    assert plain(shown.heading) == "4 processes were OOM-killed; 4 kills"
    assert known(shown.cards[0], "Killed") == "comm-0, comm-1, comm-2 and 1 more (4 kills) in 4 places"
    assert plain(shown.cards[0].name) == "node worker-3"


def test_the_kernels_word_for_no_limit_is_not_a_size() -> None:
    doc, raw = tmpfs()
    doc["incidents"][0]["memcg"].update(swap_usage_bytes=0, swap_limit_bytes=9007199254740988 << 10)
    (limit,) = [line for line in page(doc, raw).cards[0].facts if line.name == "Whose limit"]
    assert limit.more[0].endswith("swap 0 B, no swap limit")


def test_odds_that_say_nothing_make_no_headline() -> None:
    card = page(*kill_line_only()).cards[0]
    assert plain(card.headline) == "java was OOM-killed"
    assert card.cause == "Open: the log holds too little to judge the cause"


def test_one_observation_stands_once_against_a_cause() -> None:
    doc, raw = leak_in_a_pod()
    says = {"group": "x", "says": "memory rises steadily", "lines": None, "source": "x"}
    verdict = doc["workloads"][0]["verdict"]
    verdict["evidence"] = [
        *verdict["evidence"],
        {"id": "a", "cause": "low_limit", "weight": 2.2, **says},
        {"id": "b", "cause": verdict["cause"], "weight": -1.5, **says},
    ]
    (card,) = page(doc, raw).cards
    assert [clue.weight for clue in card.ledger.against if clue.says == "memory rises steadily"] == ["+2.2"]
