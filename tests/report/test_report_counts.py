"""The same thing is counted the same way everywhere, and no name of ours reaches a reader."""

import re
from pathlib import Path

import pytest

from oomscope.analysis import Analysis
from oomscope.api import analyze
from oomscope.report.fields import plain
from oomscope.report.groups import counted, groups
from oomscope.report.page.view import page
from oomscope.report.text import render_text

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = sorted(path for path in SAMPLES.iterdir() if path.suffix == ".log")
PLACEHOLDER = re.compile(
    r"(?<![A-Za-z_])(NAMESPACE|POD|CONTAINER|OWNER|OOM_MEMCG|LOG|VICTIM_COMM|LARGEST_[A-Z_]+)(?![A-Za-z_])"
)


def commands(document: dict) -> list[str]:
    found = []
    for one in (*document["incidents"], *document["workloads"]):
        verdict = one["verdict"]
        for name in ("remedies", "remedies_if", "would_settle"):
            found += [step["command"] for step in verdict[name] if step["command"]]
    return found


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_kills_are_those_whose_outcome_is_killed(log: Path) -> None:
    document = analyze([str(log)]).document()
    killed = sum(incident["outcome"] == "killed" for incident in document["incidents"])
    assert sum(workload["kills"] for workload in document["workloads"]) == killed
    first = render_text(document).splitlines()[0]
    said = re.search(r": (\d+|no) OOM kill", first)
    assert said is not None
    assert int(said[1].replace("no", "0")) == killed


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_no_placeholder_reaches_a_reader(log: Path) -> None:
    analysis = analyze([str(log)])
    document = analysis.document()
    assert not [command for command in commands(document) if PLACEHOLDER.search(command)]
    assert not PLACEHOLDER.search(render_text(document, False, 200))


def test_a_panic_is_no_kill_in_any_view() -> None:
    analysis = analyze([str(SAMPLES / "6.12-v2-panic-on-oom.log")])
    document = analysis.document()
    assert "no OOM kill, 1 kernel panic instead of a kill" in render_text(document).splitlines()[0]
    (card,) = page(document, analysis.raw_lines()).cards
    assert card.kills == "no kill, 1 kernel panic instead of a kill"


def of(*names: str) -> Analysis:
    return analyze([str(SAMPLES / name) for name in names])


def test_each_kill_says_its_file_as_soon_as_there_are_two() -> None:
    names = ("6.1-v2-mlock.log", "6.12-v2-shm-segment.log")
    analysis = of(*names)
    document = analysis.document()
    shown = " ".join(render_text(document, False, 200).split())
    cards = page(document, analysis.raw_lines()).cards
    for name, card in zip(names, cards, strict=True):
        assert f"{name} lines" in shown
        assert name in card.where
        assert name in card.incidents[0].brief.where
    assert [Path(i["source"]["path"]).name for i in document["incidents"]] == list(names)
    assert document["incidents"][0]["source"]["lines"] == document["incidents"][0]["lines"]


def test_one_file_is_not_repeated_at_each_kill() -> None:
    (card,) = page(of("6.1-v2-mlock.log").document(), {}).cards
    assert card.where == ""
    assert card.incidents[0].brief.where == "lines 8–89"


def test_a_group_kill_is_one_kill_of_several_processes() -> None:
    analysis = of("6.1-v2-oom-group.log")
    assert "1 OOM kill of 1 workload (4 processes)" in render_text(analysis.document()).splitlines()[0]


def test_the_largest_holder_and_the_victim_stand_on_the_first_screen() -> None:
    analysis = of("6.12-v2-system-daemon.log")
    shown = render_text(analysis.document(), False, 120)
    assert re.search(r"held +unattended-upgr +176\.1 MiB +53 %\n", shown)
    assert re.search(r"php-fpm +40\.5 MiB +12 % +killed\n", shown)
    held = page(analysis.document(), {}).cards[0].held
    assert held is not None
    assert [plain(row.cells[0].parts) for row in held.table.rows[:2]] == ["unattended-upgr", "php-fpm"]
    assert "is larger" in held.why
    assert "`unattended-upgr` held 176.1 of 334.2 MiB RAM" in shown  # headline, table and reason say the same
    assert "176.1 MiB) is larger" in " ".join(shown.split())


def test_no_share_is_above_the_whole() -> None:
    for log in LOGS:
        for card in page(analyze([str(log)]).document(), {}).cards:
            for row in card.held.table.rows if card.held else ():
                assert not row.cells[2] or float(str(row.cells[2]).strip("<%\u202f ").split()[0]) <= 100


def test_a_shortened_document_counts_all_kills() -> None:
    analysis = analyze([str(log) for log in LOGS])
    short, whole = analysis.shown_document(most=1), analysis.document()
    assert len(short["workloads"]) == 1
    kills = counted(whole, groups(whole)).partition(" (")[0]
    assert counted(short, groups(short)).partition(" (")[0] == kills
